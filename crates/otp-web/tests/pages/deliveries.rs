//! The administrator's list of messages.

use chrono::TimeDelta;
use otp_core::OtpId;
use otp_core::ports::{Claim, Settlement};

use crate::browser::Browser;
use crate::house::House;

const MESSAGES: &str = "/otp/admin/deliveries/";
const RETRY: &str = "/otp/admin/deliveries/retry/";

async fn of_admin(house: &House) -> Browser<'_> {
    let key = house.add_key('a', "admin").await;
    Browser::of_admin(house, &key).await
}

async fn issue(house: &House) -> OtpId {
    house
        .issue_by_api("email", "ada@example.com", "login")
        .await
}

/// Settles whatever is queued.
async fn settle(house: &House, settlement: &Settlement) {
    let now = house.bench.now();
    let queue = &house.bench.subject.queue;
    let claim = Claim {
        lease: [7; 16],
        now,
        lease_until: now + TimeDelta::seconds(1),
        limit: 100,
    };
    for claimed in queue.claim(&claim).await.unwrap() {
        let settled = queue.settle(claimed.delivery.id, [7; 16], settlement).await;
        assert!(settled.is_ok(), "{settled:?}");
    }
}

const REFUSED: Settlement = Settlement::Failed {
    reason: "the server refused the recipient",
};

/// Returns the ids that the page offers to try again.
fn offered(page: &str) -> Vec<&str> {
    page.split("name=\"id\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.get(..36))
        .collect()
}

#[tokio::test]
async fn messages_are_listed_without_codes_handles_and_contacts() {
    let house = House::new().await;
    let mut admin = of_admin(&house).await;
    admin.open(MESSAGES).await.says("There are none.");
    let id = issue(&house).await;
    let page = admin.open(MESSAGES).await;
    page.says("a***@example.com");
    page.says("queued");
    for secret in [
        house.code(id).await,
        id.to_string(),
        "ada@example.com".to_owned(),
    ] {
        assert!(!page.text.contains(&secret));
    }
    assert!(offered(&page.text).is_empty(), "nothing failed");
}

#[tokio::test]
async fn a_message_that_failed_is_sent_once_more() {
    let house = House::new().await;
    let mut admin = of_admin(&house).await;
    issue(&house).await;
    settle(&house, &REFUSED).await;
    let page = admin.open("/otp/admin/deliveries/?state=failed").await;
    page.says("the server refused the recipient");
    let [id] = offered(&page.text)[..] else {
        panic!("{}", page.text)
    };
    let again = admin.submit(RETRY, &[("id", id)]).await;
    assert_eq!(again.status, 200);
    again.says("It is queued and will be sent in a moment.");
    let twice = admin.submit(RETRY, &[("id", id)]).await;
    assert_eq!(twice.status, 409);
    assert_eq!(house.take_messages().await, 1);
    for unknown in ["", "x", "00000000-0000-7000-8000-000000000000"] {
        let page = admin.submit(RETRY, &[("id", unknown)]).await;
        assert_eq!(page.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_message_whose_code_is_dead_is_not_offered_and_not_sent() {
    let house = House::new().await;
    let mut admin = of_admin(&house).await;
    issue(&house).await;
    settle(&house, &REFUSED).await;
    let page = admin.open(MESSAGES).await;
    let [id] = offered(&page.text)[..] else {
        panic!("{}", page.text)
    };
    house.bench.advance(TimeDelta::minutes(5));
    let later = admin.open(MESSAGES).await;
    assert!(offered(&later.text).is_empty());
    let refused = admin.submit(RETRY, &[("id", id)]).await;
    assert_eq!(refused.status, 409);
    refused.says("nobody needs it any more");
    assert_eq!(house.take_messages().await, 0);
}

#[tokio::test]
async fn older_messages_stand_on_the_next_page_of_the_same_state() {
    let house = House::new().await;
    let mut admin = of_admin(&house).await;
    for _ in 0..60 {
        issue(&house).await;
        house.bench.advance(TimeDelta::milliseconds(2));
    }
    settle(&house, &REFUSED).await;
    issue(&house).await;
    let first = admin.open("/otp/admin/deliveries/?state=failed").await;
    let (_, older) = first.text.split_once("?state=failed&amp;before=").unwrap();
    let before = older.get(..36).unwrap();
    let path = format!("{MESSAGES}?state=failed&before={before}");
    let second = admin.open(&path).await;
    let mut all = [offered(&first.text), offered(&second.text)].concat();
    assert_eq!((offered(&first.text).len(), all.len()), (50, 60));
    all.dedup();
    assert_eq!(all.len(), 60, "none stands on both");
    assert!(!second.text.contains("Older messages"));
    for odd in ["?state=lost", "?before=x", "?before=", "?state=&x=1"] {
        assert_eq!(admin.open(&format!("{MESSAGES}{odd}")).await.status, 200);
    }
}

#[tokio::test]
async fn a_retry_needs_an_administrator_and_our_own_form() {
    let house = House::new().await;
    let mut admin = of_admin(&house).await;
    issue(&house).await;
    settle(&house, &REFUSED).await;
    let page = admin.open(MESSAGES).await;
    let id = offered(&page.text)[0].to_owned();
    let mut stranger = Browser::signed_in(&house).await;
    house.take_messages().await;
    stranger
        .submit(RETRY, &[("id", &id)])
        .await
        .leads_to("/otp/admin/login/");
    admin.form_token = String::new();
    assert_eq!(admin.submit(RETRY, &[("id", &id)]).await.status, 403);
    assert_eq!(house.take_messages().await, 0);
}
