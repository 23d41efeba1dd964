//! Keys change under load, node by node, and no flow is lost.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::testing::{Bench, MemoryDevices};
use otp_core::{
    Caller, Clock as _, Code, CodeFormat, Contact, DeviceSecret, Key, KeyId, Keyring, OtpService,
    Outcome, Purpose, Refusal, Verify, VerifyContact,
};
use tokio::task::JoinSet;

fn fresh(number: u8) -> Key {
    let secret: Vec<u8> = (0..32_u8)
        .map(|n| n.wrapping_mul(91).wrapping_add(5 + number))
        .collect();
    let id = KeyId::parse(&format!("fresh{number}")).expect("a name");
    Key::new(id, secret.into()).expect("a key")
}

/// The ring before a rotation, with the next key announced, and after it.
fn rings(bench: &Bench) -> [Arc<Keyring>; 3] {
    let before = Keyring::clone(&bench.keys);
    let announced = before.clone().announced(fresh(0)).expect("a ring");
    let now = bench.clock.now();
    let end = now + TimeDelta::hours(12);
    let after = announced
        .clone()
        .rotated(fresh(0), now, end)
        .expect("a ring");
    [before, announced, after].map(Arc::new)
}

fn node(bench: &Bench, keys: &Arc<Keyring>) -> OtpService {
    OtpService::new(
        bench.subject.otps.clone(),
        keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    )
}

/// One person's way: a code by one node, sent by another, typed in at a third.
async fn flow(bench: Arc<Bench>, number: usize, nodes: [Arc<Keyring>; 3]) -> bool {
    let [first, sender, verifier] = &nodes;
    let contact = Contact::email(&format!("person{number}@example.com")).expect("an address");
    let issued = node(&bench, first).issue(contact).await.expect("a store");
    let id = issued.granted().expect("a code").id;
    tokio::task::yield_now().await;
    let otp = bench.subject.otps.find(id).await.expect("a store");
    let Some(code) = otp.and_then(|otp| otp.code(sender)) else {
        return false;
    };
    tokio::task::yield_now().await;
    let answer = node(&bench, verifier).verify(Verify::new(id, code)).await;
    answer.expect("a store").granted().is_some()
}

/// How many of a hundred flows are lost when each step is taken by any node, which has one of these rings.
async fn lost(bench: &Arc<Bench>, rings: [&Arc<Keyring>; 2]) -> usize {
    let mut flows = JoinSet::new();
    for number in 0..100 {
        let any = |step: usize| rings[(number >> step) & 1].clone();
        flows.spawn(flow(bench.clone(), number, [any(0), any(1), any(2)]));
    }
    let ended = flows.join_all().await;
    ended.into_iter().filter(|kept| !kept).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_under_load_loses_no_flow() {
    let bench = Arc::new(Bench::new());
    let [before, announced, after] = rings(&bench);
    assert_eq!(lost(&bench, [&before, &announced]).await, 0);
    assert_eq!(lost(&bench, [&announced, &after]).await, 0);
    let without_a_step_between = lost(&bench, [&before, &after]).await;
    assert!(without_a_step_between > 0, "this is what the step is for");
}

#[tokio::test]
async fn a_code_from_before_the_rotation_opens_afterwards() {
    let bench = Bench::new();
    let [before, _, after] = rings(&bench);
    let contact = Contact::email("ada@example.com").expect("an address");
    let issued = node(&bench, &before).issue(contact.clone()).await;
    let id = issued.expect("a store").granted().expect("a code").id;
    let code = bench.read_code(id).await;
    let by_contact = VerifyContact {
        contact,
        code,
        purpose: Purpose::default(),
        caller: Caller::default(),
    };
    let answer = node(&bench, &after).verify_contact(by_contact).await;
    assert!(answer.expect("a store").granted().is_some());
}

#[tokio::test]
async fn a_key_that_left_the_ring_opens_nothing() {
    let bench = Bench::new();
    let contact = Contact::email("ada@example.com").expect("an address");
    let issued = bench.service().issue(contact).await.expect("a store");
    let id = issued.granted().expect("a code").id;
    let code = bench.read_code(id).await;
    let alone = Arc::new(Keyring::new(fresh(0), Vec::new()).expect("a ring"));
    let answer = node(&bench, &alone).verify(Verify::new(id, code)).await;
    assert_eq!(
        answer.expect("a store"),
        Outcome::Refused(Refusal::NotUsable)
    );
}

/// Whoever has a stolen key and may write rows can make one that outlives the key's end; nothing opens it.
#[tokio::test]
async fn a_retired_key_opens_nothing_from_its_end_on() {
    let bench = Bench::new();
    let ends_at_once = Keyring::clone(&bench.keys);
    let now = bench.clock.now();
    let after = ends_at_once.rotated(fresh(0), now, now + TimeDelta::seconds(9));
    let after = Arc::new(after.expect("a ring"));
    for (seconds, opens) in [(8, true), (9, false)] {
        let contact = Contact::email(&format!("ada{seconds}@example.com")).expect("an address");
        let issued = bench.service().issue(contact).await.expect("a store");
        let id = issued.granted().expect("a code").id;
        let code = bench.read_code(id).await;
        let passed = now + TimeDelta::seconds(seconds) - bench.clock.now();
        bench.advance(passed);
        let answer = node(&bench, &after).verify(Verify::new(id, code)).await;
        let answer = answer.expect("a store");
        assert_eq!(answer.granted().is_some(), opens, "after {seconds} s");
    }
}

/// What was charged counts, and who signed in is known, after every key of that time has ended.
#[tokio::test]
async fn limits_and_known_devices_outlive_every_key_that_opens() {
    let bench = Bench::new();
    let devices = Arc::new(MemoryDevices::default());
    let ada = Contact::email("ada@example.com").expect("an address");
    let device = DeviceSecret::from_bytes([7; 32]);
    let guarded = |keys: &Arc<Keyring>| node(&bench, keys).with_devices(devices.clone());
    let first = guarded(&bench.keys);
    let issued = first.issue(ada.clone()).await.expect("a store");
    let id = issued.granted().expect("a code").id;
    let verify = Verify::new(id, bench.read_code(id).await);
    let verified = first.verify(verify).await.expect("a store").granted();
    let verified = verified.expect("the right code");
    let remembered = first.remember_device(&device, &verified).await;
    remembered.expect("a store");
    spend_the_guesses(&first, &bench, &ada).await;

    let mut keys = Keyring::clone(&bench.keys);
    for number in 0..3 {
        let (now, next) = (bench.now(), fresh(number));
        keys = keys
            .rotated(next, now, now + TimeDelta::hours(6))
            .expect("a ring");
        bench.advance(TimeDelta::hours(7));
    }
    let last = guarded(&Arc::new(keys));
    let issued = last.issue(ada.clone()).await.expect("a store");
    let format = issued.granted().expect("a code").format;
    assert_eq!(format, CodeFormat::STRONG, "the guesses are still spent");
    assert!(last.knows_device(&device, &ada).await.expect("a store"));
}

/// Ten wrong codes: all that a contact is granted in a day.
async fn spend_the_guesses(service: &OtpService, bench: &Bench, contact: &Contact) {
    for _ in 0..2 {
        let issued = service.issue(contact.clone()).await.expect("a store");
        let id = issued.granted().expect("a code").id;
        let code = bench.read_code(id).await;
        let (first, rest) = code.expose().split_at(1);
        let wrong = format!("{}{rest}", if first == "0" { "1" } else { "0" });
        for _ in 0..5 {
            let wrong = Code::parse(&wrong).expect("a code");
            let answer = service.verify(Verify::new(id, wrong)).await;
            let answer = answer.expect("a store").refused();
            assert!(matches!(answer, Some(Refusal::WrongCode { .. })));
        }
    }
}
