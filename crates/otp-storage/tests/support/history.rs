//! Clauses of the history beside the conformance suite: what only the rows show.

use chrono::TimeDelta;
use otp_core::ports::{Batch, Purge};
use otp_core::statistics::Window;
use otp_core::testing::Bench;
use otp_core::{Contact, OtpHistory as _};

use super::fresh::Fresh;

async fn issue(fresh: &Fresh, bench: &Bench, names: &[&str]) {
    let service = otp_core::OtpService::new(
        std::sync::Arc::new(fresh.database.otps()),
        bench.keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    );
    for name in names {
        let contact = Contact::email(&format!("{name}@example.com")).unwrap();
        assert!(service.issue(contact).await.unwrap().granted().is_some());
    }
}

fn now(bench: &Bench) -> chrono::DateTime<chrono::Utc> {
    otp_core::Clock::now(bench.clock.as_ref())
}

/// A receipt is told, and a row that cannot be read holds up neither the counting nor the others.
pub(crate) async fn counts_receipts_and_leaves_out_what_is_corrupt(fresh: Fresh) {
    let bench = Bench::new();
    issue(&fresh, &bench, &["ada", "bob", "eve"]).await;
    fresh
        .execute("UPDATE core_otp_delivery SET state = 'delivered'")
        .await;
    fresh
        .execute("UPDATE core_otp SET purpose = 'No Purpose' WHERE email = 'eve@example.com'")
        .await;
    bench.advance(TimeDelta::minutes(5));
    let history = fresh.database.history();
    let window = Window::new(now(&bench) - TimeDelta::days(1), now(&bench));
    let told = history.read(&window, now(&bench)).await.unwrap();
    let all = Batch {
        done: 3,
        more: false,
    };
    assert_eq!(history.count(now(&bench), 10).await.unwrap(), all);
    for told in [told, history.read(&window, now(&bench)).await.unwrap()] {
        let [hour] = told.hours.as_slice() else {
            panic!("one hour, not {}", told.hours.len())
        };
        assert_eq!((hour.funnel.issued, hour.funnel.delivered), (2, 2));
        assert_eq!(told.totals.total, 2);
    }
    let window = window.of_purpose(otp_core::Purpose::default());
    assert_eq!(
        history
            .read(&window, now(&bench))
            .await
            .unwrap()
            .hours
            .len(),
        1
    );
}

/// What a purge would remove can be told before.
pub(crate) async fn tells_how_much_would_be_removed(fresh: Fresh) {
    let bench = Bench::new();
    issue(&fresh, &bench, &["ada", "bob"]).await;
    let history = fresh.database.history();
    let purge = |bench: &Bench| Purge {
        issued_until: now(bench),
        now: now(bench),
        limit: 1,
    };
    assert_eq!(history.removable(&purge(&bench)).await.unwrap(), 0);
    bench.advance(TimeDelta::minutes(5));
    assert_eq!(history.removable(&purge(&bench)).await.unwrap(), 2);
    assert_eq!(history.purge(&purge(&bench)).await.unwrap().done, 1);
    assert_eq!(history.removable(&purge(&bench)).await.unwrap(), 1);
}

/// No delivery stays behind.
pub(crate) async fn removes_the_deliveries_of_what_it_removes(fresh: Fresh) {
    let bench = Bench::new();
    issue(&fresh, &bench, &["ada", "bob"]).await;
    bench.advance(TimeDelta::minutes(5));
    let purge = Purge {
        issued_until: now(&bench),
        now: now(&bench),
        limit: 10,
    };
    assert_eq!(
        fresh.database.history().purge(&purge).await.unwrap().done,
        2
    );
    for table in ["core_otp", "core_otp_delivery"] {
        let rows = fresh.query(&format!("SELECT 'x' FROM {table}")).await;
        assert!(rows.is_empty(), "{table}");
    }
}
