//! The clauses that every database keeps beside the conformance suite.

/// Expands to one `#[tokio::test]` per clause; `$fresh` is an expression that awaits to a migrated, empty `Fresh`.
macro_rules! storage_tests {
    ($fresh:expr) => {
        storage_tests! { @each $fresh;
            migrations::phase_3_migrations_are_applied_and_shown
            migrations::phase_11_down_and_up_again
            migrations::goes_up_to_a_name_and_down_to_a_name
            migrations::names_the_known_migrations_when_asked_for_another
            migrations::lets_four_processes_migrate_at_once
            migrations::prints_sql_that_leaves_what_up_leaves
            migrations::troubleshooting_4_says_what_to_do_when_a_table_exists
            migrations::says_what_to_do_when_a_table_is_missing
            migrations::refuses_a_database_of_a_newer_release
            migrations::looks_without_leaving_a_trace
            migrations::phase_11_the_rows_of_other_tables_stay
            migrations::sees_djangos_tables_before_anything_is_changed
            migrations::sees_djangos_customers_alone
            migrations::knows_a_database_that_was_never_migrated
            backup::phase_11_a_backup_under_load_holds_every_committed_row
            backup::a_backup_overwrites_nothing
            backup::a_dropped_backup_leaves_nothing
            failures::troubleshooting_2_says_what_to_do_when_a_table_is_gone
            failures::troubleshooting_1_a_foreign_migration_record_is_named
            schema::phase_4_core_otp_has_the_guides_columns_and_indexes
            schema::refuses_a_row_without_or_with_two_contacts
            schema::names_what_is_missing_from_the_tables
            schema::says_which_database_it_is_and_what_time_it_has
            schema::keeps_no_code_at_rest
            schema::wipes_the_seed_in_the_row_of_what_is_closed
            otps::keeps_the_seed_until_the_last_attempt
            otps::cuts_times_to_microseconds
            otps::names_a_corrupt_row_and_never_its_value
            otps::leaves_out_a_corrupt_delivery_and_hands_out_the_others
            otps::issues_with_the_callers_own_rows_or_not_at_all
            otps::a_dropped_open_stores_all_or_nothing
            otps::tells_a_closed_database_from_a_broken_one
            otps::settles_with_an_endless_message_id
            otps::tells_how_its_pools_are_used
            delivery_log::lists_deliveries_by_state_and_contact_the_newest_first
            delivery_log::retries_what_was_given_up_while_its_code_is_of_use
            delivery_log::parallel_retries_queue_a_delivery_once
            delivery_log::leaves_a_corrupt_delivery_out_of_the_list
            model::the_service_agrees_with_the_model
            customers::adds_finds_lists_and_removes_customers
            customers::refuses_a_contact_that_is_taken
            devices::knows_a_device_until_its_time_is_over
            devices::removes_devices_that_are_known_no_longer
            customers::performance_tips_customer_look_ups_are_remembered
            history::counts_receipts_and_leaves_out_what_is_corrupt
            history::tells_how_much_would_be_removed
            history::removes_the_deliveries_of_what_it_removes
            sessions::finds_a_session_until_it_ends_or_idles
            sessions::closes_a_session
            sessions::refuses_a_digest_twice_without_repeating_it
            sessions::ends_the_sessions_of_a_removed_customer
            sessions::removes_dead_sessions_in_batches
            api_keys::keeps_api_keys
            api_keys::refuses_an_api_key_whose_name_is_taken
            api_keys::notes_the_last_use_once_a_minute
            api_keys::revokes_an_api_key_once
            api_keys::finds_an_admin_session_until_it_ends_or_idles
            api_keys::ends_the_admin_sessions_of_a_revoked_key
            api_keys::sweeps_the_admin_sessions_that_are_over
        }
    };
    (@each $fresh:expr; $($module:ident::$clause:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() {
                support::$module::$clause($fresh.await).await;
            }
        )*
    };
}

pub(crate) use storage_tests;
