//! No secret gets out: one day of the service, and everything that it left behind is searched.

#[expect(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "../pages/browser.rs"]
mod browser;
#[path = "../serve/collector.rs"]
mod collector;
#[expect(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "../pages/house.rs"]
mod house;
mod inside;
mod needle;
mod person;
#[path = "../serve/process.rs"]
mod process;
mod story;
mod types;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_its_place_on_sqlite() {
    let read = |path: &std::path::Path| std::fs::read(path).unwrap();
    let evidence = story::told_on("sqlite://FOLDER/canary.sqlite3", read).await;
    evidence.tells_no_secret();
}
