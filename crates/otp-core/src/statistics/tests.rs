//! Courses on their borders, and their sums.

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    // 2026-01-01 12:00 UTC.
    DateTime::from_timestamp(1_767_268_800 + seconds, 0).expect("a time")
}

fn course() -> Course {
    Course {
        created_at: at(0),
        expires_at: at(300),
        purpose: Purpose::default(),
        channel: Channel::Email,
        attempts: 0,
        max_attempts: 5,
        sends: 1,
        verified_at: None,
        revoked_at: None,
        sent_at: None,
        delivered: false,
        decoy: false,
    }
}

fn counted(course: &Course, now: DateTime<Utc>) -> Funnel {
    let mut funnel = Funnel::default();
    funnel.count(course, now);
    funnel
}

/// The counts of the endings: verified, spent, revoked, expired, live.
fn endings(funnel: &Funnel) -> [u64; 5] {
    [
        funnel.verified,
        funnel.spent,
        funnel.revoked,
        funnel.expired,
        funnel.live,
    ]
}

#[test]
fn each_otp_has_one_ending() {
    let verified = Course {
        verified_at: Some(at(7)),
        attempts: 5,
        ..course()
    };
    let revoked = |at| Course {
        revoked_at: Some(at),
        ..course()
    };
    let spent = Course {
        attempts: 5,
        ..course()
    };
    for (case, now, expected) in [
        (course(), at(299), [0, 0, 0, 0, 1]),
        (course(), at(300), [0, 0, 0, 1, 0]),
        (verified, at(900), [1, 0, 0, 0, 0]),
        (spent, at(299), [0, 1, 0, 0, 0]),
        (revoked(at(299)), at(299), [0, 0, 1, 0, 0]),
        (revoked(at(300)), at(900), [0, 0, 0, 1, 0]),
    ] {
        let funnel = counted(&case, now);
        assert_eq!(endings(&funnel), expected, "{case:?}");
        assert_eq!(funnel.issued, 1);
    }
}

#[test]
fn attempts_that_did_not_open_are_refused() {
    let wrong_twice_then_right = Course {
        attempts: 3,
        verified_at: Some(at(9)),
        ..course()
    };
    assert_eq!(counted(&wrong_twice_then_right, at(10)).refused, 2);
    let wrong_twice = Course {
        attempts: 2,
        ..course()
    };
    assert_eq!(counted(&wrong_twice, at(10)).refused, 2);
}

#[test]
fn sends_and_times_are_counted() {
    let sent = Course {
        sends: 3,
        sent_at: Some(at(2)),
        delivered: true,
        verified_at: Some(at(12)),
        attempts: 1,
        ..course()
    };
    let funnel = counted(&sent, at(20));
    assert_eq!((funnel.sent, funnel.delivered, funnel.resent), (1, 1, 2));
    let seconds = |latencies: &Latencies| {
        let median = latencies.quantile(0.5).expect("a time");
        median.as_seconds_f64().round()
    };
    assert!((seconds(&funnel.to_send) - 2.0).abs() < 0.1);
    assert!((seconds(&funnel.to_verify) - 12.0).abs() < 0.5);
    assert!(counted(&course(), at(20)).to_send.is_empty());
}

#[test]
fn a_decoy_is_in_no_other_count() {
    let decoy = Course {
        decoy: true,
        attempts: 2,
        sends: 2,
        sent_at: Some(at(1)),
        ..course()
    };
    let only_decoys = Funnel {
        decoys: 1,
        ..Funnel::default()
    };
    assert_eq!(counted(&decoy, at(400)), only_decoys);
}

#[test]
fn merging_adds_every_count() {
    let one = Course {
        sends: 2,
        attempts: 2,
        sent_at: Some(at(1)),
        delivered: true,
        verified_at: Some(at(5)),
        ..course()
    };
    let cases = [
        one,
        course(),
        Course {
            attempts: 5,
            ..course()
        },
        Course {
            revoked_at: Some(at(1)),
            ..course()
        },
        Course {
            decoy: true,
            ..course()
        },
    ];
    let (mut together, mut merged) = (Funnel::default(), Funnel::default());
    for now in [at(10), at(400)] {
        for case in &cases {
            together.count(case, now);
            merged.merge(&counted(case, now));
        }
    }
    assert_eq!(merged, together);
    let Funnel {
        issued,
        sent,
        delivered,
        verified,
        refused,
        spent,
        revoked,
        expired,
        live,
        resent,
        decoys,
        to_send,
        to_verify,
    } = merged;
    let counts = [
        issued, sent, delivered, verified, refused, spent, revoked, expired, live, resent, decoys,
    ];
    assert_eq!(counts, [8, 2, 2, 2, 12, 2, 2, 1, 1, 2, 2]);
    assert_eq!((to_send.len(), to_verify.len()), (2, 2));
}

#[test]
fn hours_are_kept_apart_by_time_purpose_and_channel() {
    let other = Course {
        created_at: at(3600),
        ..course()
    };
    let payment = Course {
        purpose: Purpose::parse("payment").expect("a purpose"),
        ..course()
    };
    let phone = Course {
        channel: Channel::Phone,
        ..course()
    };
    let mut hours = Hours::default();
    for course in [&course(), &other, &payment, &phone, &course()] {
        hours.count(course, at(4000));
    }
    let counted: Vec<_> = hours
        .into_iter()
        .map(|hour| {
            let minutes = (hour.start - at(0)).num_minutes();
            (
                minutes,
                hour.purpose.as_str().to_owned(),
                hour.channel,
                hour.funnel.issued,
            )
        })
        .collect();
    let expected = [
        (0, "login", Channel::Email, 2),
        (0, "login", Channel::Phone, 1),
        (0, "payment", Channel::Email, 1),
        (60, "login", Channel::Email, 1),
    ];
    assert_eq!(
        counted,
        expected.map(|(minutes, purpose, channel, issued)| {
            (minutes, purpose.to_owned(), channel, issued)
        })
    );
}

#[test]
fn a_window_is_widened_to_whole_hours() {
    let window = Window::new(at(1), at(3601));
    assert_eq!((window.since(), window.until()), (at(0), at(7200)));
    let whole = Window::new(at(0), at(3600));
    assert_eq!((whole.since(), whole.until()), (at(0), at(3600)));
    let login = Purpose::default();
    assert!(whole.holds(at(0), &login) && whole.holds(at(3599), &login));
    assert!(!whole.holds(at(-1), &login) && !whole.holds(at(3600), &login));
    let payments = whole.of_purpose(Purpose::parse("payment").expect("a purpose"));
    assert!(!payments.holds(at(0), &login));
}

#[test]
fn totals_tell_today_from_before() {
    let mut totals = Totals::default();
    let funnel = Funnel {
        issued: 3,
        verified: 2,
        expired: 1,
        ..Funnel::default()
    };
    totals.add(at(-1), &funnel, at(0));
    totals.add(at(0), &funnel, at(0));
    let expected = Totals {
        total: 6,
        today: 3,
        verified: 4,
        expired: 2,
    };
    assert_eq!(totals, expected);
}
