//! What one client network may take of a contact's messages.

use chrono::TimeDelta;
use otp_core::testing::Bench;
use otp_core::{Budgets, Caller, Contact, Issue, Limit, Limits, Refusal};

/// Half of a day's messages is remembered for a day, also where a client's own limits are by the hour only.
#[tokio::test]
async fn one_network_gets_half_of_the_days_messages_whatever_its_own_limits() {
    let bench = Bench::new();
    let hourly = Limits::all_of(Limit::new(10, TimeDelta::hours(1)));
    let service = bench.guarded_service().with_budgets(Budgets {
        client_requests: hourly,
        ..Budgets::default()
    });
    let ask = async || {
        let mut request = Issue::new(Contact::email("ada@example.com").expect("an address"));
        request.caller = Caller {
            client: Some([192, 0, 2, 7].into()),
            device: None,
        };
        service.issue(request).await.expect("a store").refused()
    };
    let start = bench.now();
    for _ in 0..5 {
        assert_eq!(ask().await, None);
        bench.advance(TimeDelta::hours(2));
    }
    let retry_at = start + TimeDelta::hours(24);
    assert_eq!(ask().await, Some(Refusal::TooMany { retry_at }));
}
