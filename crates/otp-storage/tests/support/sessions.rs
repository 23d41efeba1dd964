//! Clauses of web sessions.

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::Contact;
use otp_core::ports::Batch;
use otp_storage::Session;

use super::customers;
use super::fresh::Fresh;

const IDLE: TimeDelta = TimeDelta::minutes(30);
const MOMENT: TimeDelta = TimeDelta::microseconds(1);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_268_800_123_456).unwrap()
}

fn session(digest: u8, contact: &str) -> Session {
    let contact = Contact::email(contact).or_else(|_| Contact::phone(contact));
    Session {
        digest: [digest; 32],
        contact: contact.unwrap(),
        customer_id: None,
        created_at: now(),
        seen_at: now(),
        expires_at: now() + TimeDelta::hours(1),
    }
}

/// A session lives until its end, and until nobody was seen for too long; being seen never shortens it.
pub(crate) async fn finds_a_session_until_it_ends_or_idles(fresh: Fresh) {
    let sessions = fresh.database.sessions();
    let opened = session(1, "ada@example.com");
    sessions.open(&opened).await.unwrap();
    sessions.open(&session(2, "+919876543210")).await.unwrap();
    let find = async |at| sessions.find(&[[1; 32]], at, IDLE).await.unwrap();
    assert_eq!(find(now()).await, Some(opened.clone()));
    assert!(find(now() + IDLE - MOMENT).await.is_some());
    assert!(find(now() + IDLE).await.is_none());
    let seen_at = now() + IDLE - MOMENT;
    sessions.touch(&[1; 32], seen_at).await.unwrap();
    sessions.touch(&[1; 32], now()).await.unwrap();
    let seen = Session {
        seen_at,
        ..opened.clone()
    };
    assert_eq!(find(now() + IDLE).await, Some(seen));
    sessions
        .touch(&[1; 32], opened.expires_at - MOMENT)
        .await
        .unwrap();
    assert!(find(opened.expires_at - MOMENT).await.is_some());
    assert!(find(opened.expires_at).await.is_none());
    let among = async |digests: &[[u8; 32]]| sessions.find(digests, now(), IDLE).await.unwrap();
    assert!(among(&[[9; 32], [1; 32]]).await.is_some());
    assert!(among(&[[9; 32]]).await.is_none() && among(&[]).await.is_none());
    let by_phone = sessions.find(&[[2; 32]], now(), IDLE).await.unwrap();
    assert_eq!(by_phone, Some(session(2, "+919876543210")));
}

/// A closed session is gone; closing it again is no failure.
pub(crate) async fn closes_a_session(fresh: Fresh) {
    let sessions = fresh.database.sessions();
    sessions.open(&session(1, "ada@example.com")).await.unwrap();
    sessions.open(&session(2, "ada@example.com")).await.unwrap();
    sessions.close(&[[1; 32]]).await.unwrap();
    sessions.close(&[[1; 32]]).await.unwrap();
    assert!(
        sessions
            .find(&[[1; 32]], now(), IDLE)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        sessions
            .find(&[[2; 32]], now(), IDLE)
            .await
            .unwrap()
            .is_some()
    );
    let shown = format!("{:?}", session(1, "ada@example.com"));
    assert!(
        !shown.contains("ada") && !shown.contains("[1, 1"),
        "{shown}"
    );
}

/// A digest cannot be taken twice, and the refusal does not repeat it as the databases do.
pub(crate) async fn refuses_a_digest_twice_without_repeating_it(fresh: Fresh) {
    let sessions = fresh.database.sessions();
    let opened = session(b'A', "ada@example.com");
    sessions.open(&opened).await.unwrap();
    let refused = sessions.open(&opened).await.unwrap_err();
    let mut next: Option<&dyn Error> = Some(&refused);
    while let Some(error) = next {
        let said = format!("{error} {error:?}");
        for digest in ["AAAA", "4141", "65, 65"] {
            assert!(!said.contains(digest), "{said}");
        }
        next = error.source();
    }
}

/// Whoever is removed is signed out everywhere.
pub(crate) async fn ends_the_sessions_of_a_removed_customer(fresh: Fresh) {
    let list = fresh.database.customers();
    let ada = customers::add(&list, &customers::new(Some("ada@example.com"), None)).await;
    let sessions = fresh.database.sessions();
    let mut hers = session(1, "ada@example.com");
    hers.customer_id = Some(ada.id);
    sessions.open(&hers).await.unwrap();
    sessions.open(&session(2, "eve@example.com")).await.unwrap();
    assert_eq!(
        sessions.find(&[[1; 32]], now(), IDLE).await.unwrap(),
        Some(hers)
    );
    assert!(list.remove(ada.id).await.unwrap());
    assert!(
        sessions
            .find(&[[1; 32]], now(), IDLE)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        sessions
            .find(&[[2; 32]], now(), IDLE)
            .await
            .unwrap()
            .is_some()
    );
}

/// What is over or idle is removed, no more than asked at a time; what lives stays.
pub(crate) async fn removes_dead_sessions_in_batches(fresh: Fresh) {
    let sessions = fresh.database.sessions();
    for digest in 1..=3 {
        sessions
            .open(&session(digest, "ada@example.com"))
            .await
            .unwrap();
    }
    let ended = Session {
        expires_at: now(),
        ..session(4, "ada@example.com")
    };
    sessions.open(&ended).await.unwrap();
    let seen_at = now() + MOMENT;
    sessions.touch(&[3; 32], seen_at).await.unwrap();
    let batch = |done, more| Batch { done, more };
    assert_eq!(sessions.dead(now(), IDLE).await.unwrap(), 1);
    assert_eq!(
        sessions.purge(now(), IDLE, 9).await.unwrap(),
        batch(1, false)
    );
    let later = now() + IDLE;
    assert_eq!(sessions.dead(later, IDLE).await.unwrap(), 2);
    assert_eq!(
        sessions.purge(later, IDLE, 1).await.unwrap(),
        batch(1, true)
    );
    assert_eq!(
        sessions.purge(later, IDLE, 1).await.unwrap(),
        batch(1, false)
    );
    assert_eq!(
        sessions.purge(later, IDLE, 1).await.unwrap(),
        batch(0, false)
    );
    assert!(
        sessions
            .find(&[[3; 32]], later, IDLE)
            .await
            .unwrap()
            .is_some()
    );
}
