//! `kill -9` at every point of a message's way, on every kind of database: no message is lost, a mail is sent twice only
//! where nobody could mark it, and a short message never is.

mod house;
mod sinks;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use otp_core::Channel;
use otp_kills::Point;
use sea_orm::ConnectionTrait as _;

use crate::house::{Fate, House};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_a_message_or_doubles_a_short_one_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("otp.sqlite3");
    play_all("SQLite", format!("sqlite://{}", file.display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_a_message_or_doubles_a_short_one_on_postgres() {
    let server = variable("OTP_TEST_POSTGRES_URL").expect("a server, from `cargo xtask ci`");
    play_all("PostgreSQL", database_on(&server).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_a_message_or_doubles_a_short_one_on_mariadb() {
    let server = variable("OTP_TEST_MARIADB_URL").expect("a server, from `cargo xtask ci`");
    play_all("MariaDB", database_on(&server).await).await;
}

/// Plays every point on both channels, and prints what became of the messages as rows of a table.
async fn play_all(database: &str, url: String) {
    let runs = variable("OTP_TEST_KILLS").map_or(2, |runs| runs.parse().unwrap());
    let mut house = House::open(url).await;
    let mut rows = String::new();
    for point in Point::ALL {
        let mail = play(&mut house, Channel::Email, point, runs).await;
        let short = play(&mut house, Channel::Phone, point, runs).await;
        let point = point.as_str();
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "| {database} | {point} | {mail} | {short} |");
    }
    #[expect(clippy::print_stdout, reason = "`cargo xtask kills` shows the table")]
    {
        print!("{rows}");
    }
}

/// Plays a point so many times, and says what became of the message whose worker died.
async fn play(house: &mut House, channel: Channel, point: Point, runs: u32) -> String {
    let mut fates = BTreeMap::<Fate, u32>::new();
    for run in 0..runs {
        // How far a mark gets is tried in turn.
        let fate = house.play(channel, point, 1 + run % 8).await;
        assert!(
            allowed(channel, point).contains(&fate),
            "{channel}, {point:?}: {fate:?}"
        );
        *fates.entry(fate).or_default() += 1;
    }
    let told: Vec<String> = fates.iter().map(told).collect();
    told.join("; ")
}

/// What may become of the message whose worker dies.
fn allowed(channel: Channel, point: Point) -> Vec<Fate> {
    let fate = |state, accepted| Fate { state, accepted };
    match (channel, point) {
        (_, Point::BeforeClaim | Point::AfterClaim | Point::Commit)
        | (Channel::Email, Point::Render | Point::Connect | Point::Accept) => {
            vec![fate("sent", 1)]
        }
        (Channel::Email, Point::Accepted) => vec![fate("sent", 2)],
        // The statement arrived, or it did not.
        (Channel::Email, Point::Mark) => vec![fate("sent", 1), fate("sent", 2)],
        (Channel::Phone, Point::Render | Point::Connect | Point::Accept) => {
            vec![fate("unknown", 0)]
        }
        (Channel::Phone, Point::Accepted) => vec![fate("unknown", 1)],
        (Channel::Phone, Point::Mark) => vec![fate("sent", 1), fate("unknown", 1)],
    }
}

fn told((fate, count): (&Fate, &u32)) -> String {
    let accepted = match fate.accepted {
        0 => "never taken",
        1 => "taken once",
        2 => "taken twice",
        _ => "taken more than twice",
    };
    format!("{count} {}, {accepted}", fate.state)
}

/// Makes a database of its own.
async fn database_on(server: &str) -> String {
    let name = format!("kills_{}", std::process::id());
    let connection = sea_orm::Database::connect(server).await.unwrap();
    let made = format!("CREATE DATABASE {name}");
    connection.execute_unprepared(&made).await.unwrap();
    connection.close().await.unwrap();
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(&name);
    url.into()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the servers' addresses and the number of runs come from the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
