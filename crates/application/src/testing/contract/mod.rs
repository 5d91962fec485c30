//! Contract tests that every adapter of the store must pass.
//!
//! The same tests run on memory and on PostgreSQL, so that a use-case test on memory says something about production.
//! An adapter's tests implement [`Harness`] and call [`crate::contract_tests!`], which generates one test per promise.
//!
//! The promises use a unit of work in the way that PostgreSQL needs: after a constraint violation it is dropped and
//! another begun. Names, e-mails and ids are new in every promise, so that one database can serve them all.

#![expect(
    clippy::missing_panics_doc,
    reason = "a promise panics when it is not kept: that is what it is for"
)]

pub mod accounts;
pub mod api_keys;
pub mod attachments;
pub mod bin;
pub mod blobs;
pub mod companies;
pub mod contacts;
pub mod history;
pub mod idempotency;
pub mod invitations;
pub mod jobs;
pub mod mails;
pub mod opportunities;
pub mod people;
pub mod pipelines;
pub mod records;
mod scene;
pub mod sessions;
pub mod stages;
pub mod transfers;
pub mod units;
pub mod upkeep;
pub mod users;

use std::sync::Arc;

use async_trait::async_trait;
use cartera_domain::ids::CompanyId;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    jobs::QueuedJob,
    ports::{CompanyRoll, Directory, HistoryQueries, Store},
};

/// An adapter under test.
#[async_trait]
pub trait Harness: Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// The store as the worker uses it, with its own database role where there are roles.
    fn worker_store(&self) -> Arc<dyn Store>;

    /// The roll of all companies over the same rows.
    fn roll(&self) -> Arc<dyn CompanyRoll>;

    /// The directory over the same rows.
    fn directory(&self) -> Arc<dyn Directory>;

    /// Lists of operations and events over the same rows.
    fn history(&self) -> Arc<dyn HistoryQueries>;

    /// Sequence and name of every published event of a company, in order.
    async fn events(&self, company: CompanyId) -> Vec<(i64, String)>;

    /// The record that each published event of a company is about, and its payload, in order.
    async fn payloads(&self, company: CompanyId) -> Vec<(Uuid, Value)>;

    /// The queued jobs of a company, in order.
    async fn jobs(&self, company: CompanyId) -> Vec<QueuedJob>;
}

/// Generates one `#[tokio::test]` per promise. The expression creates a [`Harness`] for one test and may `.await`; the
/// crate that uses it needs tokio with `macros` and a runtime.
///
/// ```text
/// cartera_application::contract_tests!(PgHarness::new().await);
/// ```
#[macro_export]
macro_rules! contract_tests {
    ($harness:expr) => {
        $crate::contract_tests! { @every make_tests ($harness) }
    };
    (@make_tests ($harness:expr) $($suite:ident { $($promise:ident)+ })+) => {
        $(mod $suite {
            use super::*;

            $(#[tokio::test]
            async fn $promise() {
                let harness = $harness;
                $crate::testing::contract::$suite::$promise(&harness).await;
            })+
        })+
    };
    (@run_all ($harness:expr) $($suite:ident { $($promise:ident)+ })+) => {
        $($($crate::testing::contract::$suite::$promise($harness).await;)+)+
    };
    (@every $use:ident ($harness:expr)) => {
        $crate::contract_tests! { @$use ($harness)
            companies {
                a_company_is_read_back_as_it_was_stored
                a_slug_is_taken_once_even_by_two_at_a_time
                a_free_slug_is_the_first_that_nobody_has
                a_company_is_read_back_as_changed_and_the_second_of_two_edits_loses
                a_company_is_changed_only_from_within
                whoever_locks_the_company_goes_alone
                an_id_that_a_company_has_is_refused
            }
            people {
                a_user_is_read_back_as_stored_and_as_changed
                users_of_another_company_are_out_of_reach
                an_email_belongs_to_one_person_of_all
                the_directory_says_whose_an_email_is_and_who_may_sign_in
                administrators_are_of_the_platform_alone
            }
            users {
                a_removed_user_is_absent_but_named
                an_email_that_was_given_back_belongs_to_anybody
                an_owner_besides_is_active_and_of_the_company
                whoever_is_given_something_stays_active_until_it_is_theirs
                everything_owned_goes_over_and_each_record_tells_it
                a_handover_stays_within_the_company
                a_user_is_read_with_their_maker
            }
            sessions {
                a_session_is_read_back_as_stored_and_as_ended
                authority_follows_the_session_the_person_and_the_company
                sessions_of_another_company_are_out_of_reach
                open_sessions_come_oldest_first_without_the_ended
                the_platforms_sessions_are_apart_from_every_company
            }
            invitations {
                an_invitation_is_read_back_as_stored_and_as_changed
                an_email_has_one_pending_invitation
                invitations_of_another_company_are_out_of_reach
                a_password_reset_is_found_by_its_token_and_used_up_with_the_others
                every_wrong_password_is_counted
                sign_ins_are_not_counted_from_within_a_company
            }
            api_keys {
                a_key_is_read_back_as_stored_and_as_revoked
                authority_follows_the_key_its_creator_and_the_company
                keys_of_another_company_are_out_of_reach
                names_are_unique_among_keys_that_were_not_revoked
                the_latest_use_is_kept
                all_keys_of_one_person_are_revoked_at_once
            }
            records {
                every_record_is_read_back_as_stored_and_as_changed
                what_a_record_was_is_told_by_its_history
                every_record_of_another_company_is_out_of_reach
                unique_fields_are_unique_among_live_records
                the_second_of_two_edits_of_a_record_loses
                a_deleted_record_is_absent
                what_belongs_to_others_belongs_to_one
                what_belongs_to_a_record_is_found_below_it
                what_is_removed_for_good_leaves_nothing_written_in_its_events
            }
            accounts {
                what_uses_an_account_is_counted_of_live_ones_of_the_company
                uses_are_counted
                who_refers_to_an_account_and_who_deletes_it_wait_for_each_other
            }
            contacts {
                contacts_are_referred_to_and_locked_while_they_are_live_and_the_companys
                contacts_without_an_email_do_not_share_one
                opportunities_without_another_party_are_counted
                who_refers_to_a_contact_and_who_deletes_it_wait_for_each_other
            }
            bin {
                what_lies_in_the_bin_is_found_there_and_only_there
                the_bin_of_another_company_is_out_of_reach
                what_belongs_to_an_account_is_locked_and_changed_at_once
                a_deletion_holds_what_went_together_and_nothing_else
                a_change_of_many_is_refused_when_one_of_them_is_stale
                what_came_back_takes_its_name_and_email_again
                a_landing_is_stored_with_its_stage_change
                what_has_expired_is_removed_for_good_with_what_hangs_on_it
                what_somebody_holds_or_needs_is_not_purged
            }
            history {
                an_operation_is_what_one_unit_of_work_wrote
                what_wrote_nothing_is_no_operation
                operations_are_listed_by_who_did_them
                histories_of_another_company_are_out_of_reach
                a_record_as_it_was_is_shown_with_its_names
                what_happened_since_a_moment_includes_the_last_before
            }
            pipelines {
                a_pipeline_is_read_back_with_its_stages_in_order
                the_default_pipeline_comes_first
                pipelines_of_another_company_are_out_of_reach
            }
            stages {
                a_pipeline_is_read_back_as_changed
                names_of_pipelines_are_unique_whatever_their_spelling
                a_deleted_pipeline_is_absent_with_its_stages
                the_second_of_two_changes_of_a_pipeline_loses
                changes_of_pipelines_wait_for_each_other
                a_pipeline_may_be_long
            }
            transfers {
                stages_of_another_company_are_out_of_reach
                what_stands_in_a_stage_moves_with_its_history
                a_deleted_stage_is_still_named_in_histories
                who_comes_into_a_stage_and_who_deletes_it_wait_for_each_other
                who_leaves_a_stage_and_who_deletes_it_wait_for_each_other
                who_edits_an_opportunity_and_who_moves_its_stage_wait_for_each_other
            }
            opportunities {
                an_opportunity_is_read_back_as_stored_and_as_changed
                opportunities_of_another_company_are_out_of_reach
                numbers_have_no_gaps_even_after_an_undone_creation
                numbers_have_no_gaps_when_many_create_at_once
                the_second_of_two_moves_loses_and_leaves_no_trace
                a_move_is_read_back_with_its_reason
                a_deleted_opportunity_is_absent_with_its_history
                nothing_can_point_into_another_company
            }
            attachments {
                an_attachment_is_read_back_as_stored_and_as_confirmed
                attachments_of_another_company_are_out_of_reach
                the_second_of_two_changes_loses
                attachments_of_a_record_in_the_bin_are_hidden_until_it_is_back
                abandoned_uploads_come_oldest_first
                what_is_deleted_is_removable_until_it_is_forgotten
            }
            units {
                what_was_not_committed_never_was
                what_was_begun_to_read_keeps_nothing
                events_are_published_with_the_commit_and_only_then
                events_are_numbered_without_gaps_when_many_commit_at_once
                a_change_without_an_event_does_not_commit
            }
            idempotency {
                a_key_is_new_until_its_answer_is_committed
                a_key_that_another_transaction_holds_is_busy
                a_key_is_free_as_soon_as_its_request_is_answered
                keys_of_different_actors_and_companies_never_meet
            }
            jobs {
                a_job_is_queued_with_the_commit_and_only_then
                a_job_has_the_company_and_the_request_of_its_unit_of_work
            }
            upkeep {
                answers_are_forgotten_by_their_age
                sessions_are_forgotten_by_when_they_were_over
                what_is_forgotten_is_of_one_company
                counters_that_were_never_touched_do_not_differ
                every_company_is_on_the_roll_once
            }
        }
    };
}

/// Runs every promise in turn, on one harness.
pub async fn run_all(harness: &impl Harness) {
    crate::contract_tests! { @every run_all (harness) }
}
