//! Every promise of the ports as a clause, with a name that says it.
//!
//! Run by the in-memory fake and by every backend through [`conformance_tests!`](crate::conformance_tests).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a clause is a test: it panics when the promise is broken"
)]

mod budgets;
mod history;
mod otps;
mod queue;
mod races;

pub use budgets::*;
pub use history::*;
pub use otps::*;
pub use queue::*;
pub use races::*;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Bench;
use crate::*;

/// Expands to one `#[tokio::test]` per clause; `$subject` is an expression that awaits to a fresh, empty
/// [`Subject`](crate::testing::Subject). The caller's crate needs tokio with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! conformance_tests {
    ($subject:expr) => {
        $crate::conformance_tests! { @each $subject;
            stores_every_field
            stores_nothing_under_a_taken_id
            finds_nothing_under_an_unknown_id
            finds_the_newest_valid_otp_of_a_contact
            finds_no_bound_or_closed_otp_by_contact
            charges_up_to_the_limit_and_no_further
            charges_until_the_deadline_and_not_at_it
            consumes_once
            revokes_once
            wipes_the_seed_of_what_is_closed
            resends_from_resend_at_on
            resends_nothing_that_is_closed
            a_resend_supersedes_what_still_waits
            a_resend_that_waits_supersedes_nothing
            a_resend_supersedes_nothing_that_was_handed_over
            tells_the_state_of_the_newest_delivery
            parallel_guesses_never_exceed_the_limit
            parallel_right_codes_succeed_once
            a_neighbours_guesses_never_refuse_the_owner
            a_dropped_caller_reveals_nothing_uncharged
            parallel_resends_queue_one_message
            parallel_opens_of_one_id_store_one
            parallel_requests_send_no_more_than_the_budget
            parallel_guesses_share_the_contacts_budget
            spent_guesses_make_codes_strong
            only_revealed_failures_are_charged
            a_client_waits_before_it_asks_for_the_same_contact_again
            clients_are_refused_until_they_may_ask_again
            what_is_refused_costs_nothing
            the_whole_service_counts_its_failures
            sweeps_ledgers_that_are_idle
            claims_what_is_due_oldest_first
            claims_no_more_than_asked
            keeps_a_lease_until_its_end
            settles_under_the_own_lease_only
            retries_from_not_before_on
            never_claims_what_is_settled
            gives_a_delivery_back_uncounted
            tells_the_next_worker_what_was_handed_over
            parallel_claims_never_share_a_delivery
            parallel_claims_leave_nobody_empty_handed
            tells_since_when_a_delivery_waits
            counts_what_is_queued_up_to_a_bound
        }
    };
    (@each $subject:expr; $($clause:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $clause() {
                $crate::testing::conformance::$clause($subject.await).await;
            }
        )*
    };
}

/// Expands to one `#[tokio::test]` per clause of [`OtpHistory`](crate::OtpHistory); `$archive` is an expression that
/// awaits to a fresh, empty [`Archive`](crate::testing::Archive).
#[macro_export]
macro_rules! history_conformance_tests {
    ($archive:expr) => {
        $crate::history_conformance_tests! { @each $archive;
            tells_what_became_of_each_otp
            tells_the_same_after_counting_and_after_removing
            counts_what_it_removes
            counts_up_to_a_time
            removes_what_is_over_and_old
            removes_the_oldest_in_batches
            tells_the_hours_of_a_window
            parallel_counts_and_removals_tell_each_otp_once
        }
    };
    (@each $archive:expr; $($clause:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $clause() {
                $crate::testing::conformance::$clause($archive.await).await;
            }
        )*
    };
}

/// An OTP as the service would draw it, and its delivery.
fn sample(bench: &Bench, number: u128) -> (Otp, Delivery) {
    let now = bench.clock.now();
    let contact = Contact::email("ada@example.com").unwrap();
    let id = OtpId::from_uuid(Uuid::from_u128(number));
    let otp = Otp {
        id,
        contact_key: bench.keys.contact_key(&contact),
        contact,
        purpose: Purpose::default(),
        format: CodeFormat::DEFAULT,
        key_id: bench.keys.current().clone(),
        reference: Reference::pick([1, 2, 3]),
        created_at: now,
        expires_at: now + TimeDelta::minutes(5),
        resend_at: now + TimeDelta::seconds(60),
        sends: 1,
        attempts: 0,
        max_attempts: 5,
        locale: None,
        context: None,
        context_digest: None,
        binding: None,
        decoy: false,
        state: OtpState::Live(Seed::from_bytes([7; 32])),
    };
    (otp, delivery(number, id, now))
}

fn delivery(number: u128, otp_id: OtpId, now: DateTime<Utc>) -> Delivery {
    Delivery::queued(
        DeliveryId::from_uuid(Uuid::from_u128(number)),
        otp_id,
        Channel::Email,
        None,
        now,
    )
}
