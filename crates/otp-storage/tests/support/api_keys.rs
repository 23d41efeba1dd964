//! Clauses of API keys and of the sessions that administrators open with them.

use chrono::{DateTime, TimeDelta, Utc};
use otp_storage::{AddedKey, AdminSession, ApiKey, ApiKeys, KeyIdentity};

use super::fresh::Fresh;

const IDLE: TimeDelta = TimeDelta::minutes(30);
const MOMENT: TimeDelta = TimeDelta::microseconds(1);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_268_800_123_456).unwrap()
}

fn key(id: &str, name: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        name: name.to_owned(),
        digest: [b'A'; 32],
        scopes: "issue,stats".parse().unwrap(),
        created_at: now(),
        last_used_at: None,
        revoked_at: None,
    }
}

fn session(digest: u8, key: KeyIdentity) -> AdminSession {
    AdminSession {
        digest: [digest; 32],
        key,
        created_at: now(),
        seen_at: now(),
        expires_at: now() + TimeDelta::hours(12),
    }
}

async fn add(keys: &ApiKeys, key: &ApiKey) {
    assert_eq!(keys.add(key).await.unwrap(), AddedKey::Done);
}

/// A key is found by its id as it was stored, and the newest stands first in the list.
pub(crate) async fn keeps_api_keys(fresh: Fresh) {
    let keys = fresh.database.api_keys();
    let old = key("aaaaaaaaaaaa", "shop");
    let new = ApiKey {
        created_at: now() + MOMENT,
        ..key("bbbbbbbbbbbb", "Shop")
    };
    for key in [&old, &new] {
        add(&keys, key).await;
    }
    assert_eq!(keys.find(&old.id).await.unwrap(), Some(old.clone()));
    assert_eq!(keys.find("AAAAAAAAAAAA").await.unwrap(), None);
    assert_eq!(keys.find("").await.unwrap(), None);
    let newest = keys.list(1).await.unwrap();
    assert_eq!(newest[0], new);
    assert_eq!(keys.list(10).await.unwrap(), [new, old]);
    let shown = format!("{newest:?}");
    assert!(shown.contains("Shop") && !shown.contains("65"), "{shown}");
}

/// A name stays with its key, also when two come at once and after the key is revoked; so does an id.
pub(crate) async fn refuses_an_api_key_whose_name_is_taken(fresh: Fresh) {
    let keys = fresh.database.api_keys();
    add(&keys, &key("aaaaaaaaaaaa", "shop")).await;
    assert!(keys.revoke("aaaaaaaaaaaa", now()).await.unwrap());
    for taken in [key("bbbbbbbbbbbb", "shop"), key("aaaaaaaaaaaa", "other")] {
        assert_eq!(keys.add(&taken).await.unwrap(), AddedKey::Taken);
    }
    let mut at_once = Vec::new();
    for letter in 'c'..'k' {
        let (keys, new) = (keys.clone(), key(&letter.to_string(), "billing"));
        at_once.push(tokio::spawn(async move { keys.add(&new).await }));
    }
    let mut added = 0;
    for task in at_once {
        added += usize::from(task.await.unwrap().unwrap() == AddedKey::Done);
    }
    assert_eq!(added, 1);
    assert_eq!(keys.list(10).await.unwrap().len(), 2);
}

/// The last use is written at most once a minute, and never moved back.
pub(crate) async fn notes_the_last_use_once_a_minute(fresh: Fresh) {
    let keys = fresh.database.api_keys();
    add(&keys, &key("aaaaaaaaaaaa", "shop")).await;
    add(&keys, &key("bbbbbbbbbbbb", "other")).await;
    let minute = ApiKeys::USED_EVERY;
    for (at, noted) in [
        (now(), now()),
        (now() + minute - MOMENT, now()),
        (now() + minute, now() + minute),
        (now(), now() + minute),
    ] {
        keys.touch("aaaaaaaaaaaa", at).await.unwrap();
        let found = keys.find("aaaaaaaaaaaa").await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(noted), "{at}");
    }
    let other = keys.find("bbbbbbbbbbbb").await.unwrap().unwrap();
    assert_eq!(other.last_used_at, None);
}

/// A key is revoked once, and the time of that stays; other keys are left alone.
pub(crate) async fn revokes_an_api_key_once(fresh: Fresh) {
    let keys = fresh.database.api_keys();
    add(&keys, &key("aaaaaaaaaaaa", "shop")).await;
    add(&keys, &key("bbbbbbbbbbbb", "other")).await;
    assert!(keys.revoke("aaaaaaaaaaaa", now()).await.unwrap());
    assert!(!keys.revoke("aaaaaaaaaaaa", now() + MOMENT).await.unwrap());
    assert!(!keys.revoke("cccccccccccc", now()).await.unwrap());
    let revoked = keys.find("aaaaaaaaaaaa").await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(now()));
    let other = keys.find("bbbbbbbbbbbb").await.unwrap().unwrap();
    assert_eq!(other.revoked_at, None);
}

/// An administrator's session lives until its end, until nobody was seen for too long, or until it is closed.
pub(crate) async fn finds_an_admin_session_until_it_ends_or_idles(fresh: Fresh) {
    let sessions = fresh.database.admin_sessions();
    let opened = session(1, KeyIdentity::Configured([7; 32]));
    sessions.open(&opened).await.unwrap();
    let find = async |at| sessions.find(&[[1; 32]], at, IDLE).await.unwrap();
    assert_eq!(find(now()).await, Some(opened.clone()));
    assert!(find(now() + IDLE).await.is_none());
    let seen_at = now() + IDLE - MOMENT;
    sessions.touch(&[1; 32], seen_at).await.unwrap();
    sessions.touch(&[1; 32], now()).await.unwrap();
    let seen = AdminSession {
        seen_at,
        ..opened.clone()
    };
    assert_eq!(find(now() + IDLE).await, Some(seen));
    let last = opened.expires_at - MOMENT;
    sessions.touch(&[1; 32], last).await.unwrap();
    assert!(find(last).await.is_some());
    assert!(find(opened.expires_at).await.is_none());
    sessions.close(&[[1; 32]]).await.unwrap();
    assert!(find(last).await.is_none());
    let shown = format!("{opened:?} {:?}", opened.key);
    assert!(
        !shown.contains("[7, 7") && !shown.contains("[1, 1"),
        "{shown}"
    );
}

/// Revoking a key ends the sessions that were opened with it, and no others.
pub(crate) async fn ends_the_admin_sessions_of_a_revoked_key(fresh: Fresh) {
    let (keys, sessions) = (fresh.database.api_keys(), fresh.database.admin_sessions());
    let stored = |id: &str| KeyIdentity::Stored(id.to_owned());
    for (digest, id) in [(1, "aaaaaaaaaaaa"), (2, "bbbbbbbbbbbb")] {
        add(&keys, &key(id, id)).await;
        sessions.open(&session(digest, stored(id))).await.unwrap();
    }
    assert!(
        sessions
            .open(&session(3, stored("cccccccccccc")))
            .await
            .is_err()
    );
    assert!(keys.revoke("aaaaaaaaaaaa", now()).await.unwrap());
    let find = async |digest| sessions.find(&[[digest; 32]], now(), IDLE).await.unwrap();
    assert_eq!(find(1).await, None);
    assert_eq!(find(2).await, Some(session(2, stored("bbbbbbbbbbbb"))));
}

/// Whoever signs in sweeps away the sessions that are over.
pub(crate) async fn sweeps_the_admin_sessions_that_are_over(fresh: Fresh) {
    let sessions = fresh.database.admin_sessions();
    let first = session(1, KeyIdentity::Configured([7; 32]));
    sessions.open(&first).await.unwrap();
    let count = "SELECT COUNT(*) || '' FROM core_admin_session";
    let count = match fresh.backend() {
        sea_orm::DbBackend::MySql => "SELECT CAST(COUNT(*) AS CHAR) FROM core_admin_session",
        _ => count,
    };
    for (digest, opened_at, left) in [
        (2, first.expires_at - MOMENT, "2"),
        (3, first.expires_at, "2"),
    ] {
        let next = AdminSession {
            created_at: opened_at,
            seen_at: opened_at,
            expires_at: opened_at + TimeDelta::hours(12),
            ..session(digest, KeyIdentity::Configured([7; 32]))
        };
        sessions.open(&next).await.unwrap();
        assert_eq!(fresh.query(count).await, [[left]], "{digest}");
    }
}
