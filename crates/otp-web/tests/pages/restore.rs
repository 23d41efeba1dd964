//! What a restored backup revives, and what the epoch does about it.

use otp_web::ApiAccess;

use crate::browser::Browser;
use crate::house::House;

/// The same browser, at another house.
fn moved<'a>(browser: &Browser<'_>, house: &'a House) -> Browser<'a> {
    let mut moved = Browser::new(house);
    moved.cookies.clone_from(&browser.cookies);
    moved.form_token.clone_from(&browser.form_token);
    moved
}

#[tokio::test]
async fn a_restored_backup_revives_neither_codes_nor_sessions_in_another_epoch() {
    let house = House::with("http://localhost:8000", ApiAccess::Keys(Vec::new())).await;
    let key = house.add_key('a', "admin").await;
    let signed_in = Browser::signed_in(&house).await;
    let admin = Browser::of_admin(&house, &key).await;
    let waiting = Browser::waiting(&house).await;
    let code = house.code(waiting.flow()).await;
    let backup = house.backup("yesterday").await;
    // What the backup does not know of: the code is used, and both sessions are over.
    let used = moved(&waiting, &house).verify(&code).await;
    used.leads_to("/otp/done/");
    let mut gone = moved(&signed_in, &house);
    gone.open("/otp/done/").await;
    gone.submit("/otp/logout/", &[]).await;
    for (epoch, revived) in [(0, true), (1, false)] {
        let house = house.restored(&backup, epoch).await;
        let session = moved(&signed_in, &house).open("/otp/done/").await;
        let board = moved(&admin, &house).open("/otp/admin/").await;
        let page = moved(&waiting, &house).verify(&code).await;
        let seen = [
            session.status == 200,
            board.status == 200,
            page.status == 303,
        ];
        assert_eq!(seen, [revived; 3], "epoch {epoch}: {}", page.text);
    }
}
