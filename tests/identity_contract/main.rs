//! What all identities have in common, tested by one body of tests over each of them.
//!
//! `subject` says what a test may do with an identity; the tests are in `streams`, `watches`,
//! `validators` and `history`, and are run over every subject.

#[path = "../counted/mod.rs"]
mod counted;
mod history;
mod streams;
mod subject;
mod validators;
mod watches;

/// Makes a module with the tests of all areas for each subject.
macro_rules! contract {
    ($($area:ident: $($test:ident)*;)*) => {
        mod atom {
            $($(#[test] fn $test() { crate::$area::$test::<heptad::Atom<crate::counted::Counted>>(); })*)*
        }

        mod agent {
            $($(#[test] fn $test() { crate::$area::$test::<crate::subject::AgentSubject>(); })*)*
        }
    };
}

contract! {
    streams:
        each_update_is_shown_once_and_in_order
        what_a_slow_reader_is_not_shown_is_counted
        the_last_value_is_always_shown
        a_stream_begins_with_the_current_value
        a_reader_who_never_reads_holds_no_more_than_the_limit
        the_end_of_the_identity_ends_the_stream_after_what_is_left
        a_parked_reader_is_woken_by_an_update_and_by_the_end
        a_task_is_woken_by_an_update_and_by_the_end
        a_future_that_is_dropped_loses_no_change
        a_stream_that_is_dropped_holds_nothing
        readers_come_and_go_while_others_update;
    watches:
        a_watch_is_told_of_each_update_with_key_values_and_version
        a_watch_is_replaced_and_removed_by_its_key
        a_panic_in_a_watch_is_counted_and_stops_nobody
        a_watch_may_update_its_own_identity
        a_watch_may_add_and_remove_watches
        a_watch_may_give_up_the_last_handle
        each_update_of_many_threads_is_told_to_each_watch_once
        watches_come_and_go_while_others_update;
    validators:
        what_a_validator_refuses_is_not_published_and_not_told
        a_validator_that_panics_publishes_nothing
        a_validator_that_refuses_the_current_value_is_not_set
        a_validator_that_panics_at_the_current_value_is_not_set
        a_validator_that_an_update_beside_it_violates_is_not_set
        of_two_validators_set_at_once_and_both_refused_none_stays
        the_former_validator_is_asked_until_the_next_one_is_set
        a_cleared_validator_lets_everything_pass
        validators_see_every_value_that_many_threads_publish;
    history:
        the_versions_asked_for_are_kept_and_no_more
        an_identity_without_history_has_its_current_version
        versions_are_found_by_number
        versions_are_found_by_moment
        times_go_up_with_the_versions
        a_rule_that_is_changed_holds_at_once
        history_outlives_the_identity
        histories_read_beside_updates_have_no_gaps_and_are_up_to_date;
}
