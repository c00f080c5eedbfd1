#!/usr/bin/env bash
# Makes known mistakes in the code, one at a time, and requires that a named test notices each.
#
#   tests/mutants.sh [PATTERN]     only the rows that contain PATTERN
#
# A mistake is compiled in by `cfg(heptad_mutant = "NAME")`, next to the line that it breaks. For
# each row the same test is first required to pass without the mistake. To add one: put the cfg in
# the code and a row in the table.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

loom='--profile loom --test'
loomed='--profile loom --lib'

turns='heptad_loom | --profile loom --test loom_turns'
shuttle='heptad_shuttle | --release --lib identity::atom::turns::tests'
drops='--test atom_drops'
ends='--test atom_thread_end'
hazard="$loom loom_hazard"
protection='--test atom_protection'
trie='--lib value::hash_trie::tests'

# MUTANT | further cfgs | arguments of `cargo test`: target and the name of the test
table() {
    cat <<ROWS
refcount_decrement_relaxed     | heptad_loom | $loom loom_refcount the_last_owner_frees_after_every_other_has_read
refcount_no_fence_before_free  | heptad_loom | $loom loom_refcount the_last_owner_frees_after_every_other_has_read
refcount_unique_relaxed        | heptad_loom | $loom loom_refcount an_edit_in_place_comes_after_the_reads_of_owners_who_left
refcount_unique_relaxed        | heptad_loom | $loom loom_refcount an_owner_who_is_the_only_one_left_frees_after_the_reads_of_the_others
reclaim_read_relaxed           | heptad_loom | $loom loom_atom a_reader_beside_a_swapper_sees_a_whole_value_that_still_exists
reclaim_look_unprotected       | heptad_loom | $loom loom_atom a_reader_beside_a_swapper_sees_a_whole_value_that_still_exists
reclaim_free_at_once           | heptad_loom | $loom loom_atom a_version_is_never_read_from_a_freed_value
word_publish_relaxed           | heptad_loom | $loom loom_atom two_swappers_lose_no_update
word_publish_unconditionally   | heptad_loom | $loom loom_atom of_two_compare_and_sets_on_one_value_one_wins
word_retires_before_replacing  | heptad_loom | $loom loom_atom a_reader_a_swapper_and_the_end_of_the_atom_do_not_use_what_is_freed
word_line_up_does_nothing      | heptad_loom | $loom loom_changes a_stream_begins_with_an_update_or_shows_it
word_line_up_relaxed           | heptad_loom | $loom loom_changes a_watch_is_told_of_every_update_after_the_value_loaded_next
word_publish_acquires_nothing  | heptad_loom | $loom loom_changes a_stream_begins_with_an_update_or_shows_it
once_box_get_relaxed           | heptad_loom | $loom loom_changes a_watch_is_told_of_every_update_after_the_value_loaded_next
feed_files_at_once             | heptad_loom | $loom loom_changes two_updates_are_shown_in_order_whoever_files_first
history_does_not_wait          | heptad_loom | $loom loom_changes history_has_what_was_loaded_before_and_no_gap
word_publish_acquires_nothing  | heptad_loom | $loom loom_changes a_stream_begins_with_an_update_in_a_turn_or_shows_it
feed_rests_in_silence          | heptad_loom | $loom loom_changes history_is_not_waited_for_when_it_is_no_longer_kept
history_shows_what_was_skipped |             | --lib identity::observers::tests::history_waits_for_what_its_rule_keeps_while_two_threads_stand_still
log_has_holes                  |             | --lib identity::observers::tests::a_rule_that_is_widened_does_not_show_what_was_before_a_skipped_version
feed_waits_for_what_nobody_sees |            | --lib identity::observers::tests::a_value_that_nobody_would_be_shown_is_not_waited_for
feed_takes_the_time_of_filing  |             | --lib identity::observers::tests::a_value_that_came_early_has_the_time_at_which_it_came
buffer_has_no_limit            |             | --test identity_contract atom::a_reader_who_never_reads_holds_no_more_than_the_limit
log_never_trims                |             | --test identity_contract agent::the_versions_asked_for_are_kept_and_no_more
watches_count_no_panics        |             | --test identity_contract agent::a_panic_in_a_watch_is_counted_and_stops_nobody
validator_is_not_undone        |             | --test identity_contract atom::a_validator_that_an_update_beside_it_violates_is_not_set
validator_undo_looks_at_the_last |           | --test identity_contract atom::of_two_validators_set_at_once_and_both_refused_none_stays
validator_replaces_at_once     |             | --test identity_contract atom::the_former_validator_is_asked_until_the_next_one_is_set
observers_give_up_before_telling |           | --test observers_drop_panics a_panic_of_a_value_that_observers_let_go_keeps_nobody_from_being_told
agent_tells_outside_of_actions |             | --test agent_observers a_watch_that_a_restart_calls_may_not_wait_for_agents_either
buffer_wakes_nobody            | heptad_loom | $loom loom_changes a_waiting_task_is_woken_by_an_update_and_by_the_end_of_the_atom
guard_ends_before_the_replacement | heptad_loom | $loom loom_atom a_new_value_in_the_place_of_a_freed_one_is_not_taken_for_it
guard_ends_before_the_replacement | heptad_loom | $hazard two_writers_lose_no_update_to_a_node_in_the_place_of_another
hazard_no_reader_fence         | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_no_scan_fence           | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_guess_not_checked       | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_announcement_ends_early | heptad_loom | $hazard a_read_that_writers_came_between_is_protected_all_the_same
hazard_announcement_ends_relaxed | heptad_loom | $hazard a_read_that_writers_came_between_is_protected_all_the_same
hazard_announcements_not_waited_for | heptad_loom | $hazard a_read_that_writers_came_between_is_protected_all_the_same
hazard_scan_announcement_relaxed | heptad_loom | $hazard a_read_that_writers_came_between_is_protected_all_the_same
hazard_slots_before_announcements | heptad_loom | $hazard a_read_that_writers_came_between_is_protected_all_the_same
hazard_slot_occupied_relaxed   | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_slot_cleared_relaxed    | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_scan_slots_relaxed      | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_look_after_its_slot     | heptad_loom | $hazard what_a_look_counts_is_not_given_up
hazard_records_before_fence    | heptad_loom | $hazard what_a_guard_protects_is_not_given_up
hazard_fence_before_leftovers  | heptad_loom | $hazard what_an_ended_thread_left_is_judged_by_a_later_fence
hazard_forgets_at_thread_end   | heptad_loom | $hazard what_an_ended_thread_left_is_judged_by_a_later_fence
hazard_adopts_as_its_own       |             | $ends what_ended_threads_leave_is_dropped_by_the_updates_of_others_and_not_by_reads
hazard_heavy_fence_is_light    |             | --lib runtime::reclaim::hazard::fence::tests::a_light_and_a_heavy_fence_never_both_miss_the_other_side
hazard_announces_always        |             | $protection with_more_threads_than_processors_old_values_go_all_the_time
reclaim_reads_release          |             | --test atom_drop_panics reading_and_printing_drop_no_old_values
reclaim_reads_release          | heptad_portable | --test atom_drop_panics reading_and_printing_drop_no_old_values
reclaim_guards_release         |             | --test atom_drop_panics the_end_of_a_read_drops_nothing_even_if_nobody_else_holds_the_value
reclaim_guards_release         | heptad_portable | --test atom_drop_panics the_end_of_a_read_drops_nothing_even_if_nobody_else_holds_the_value
atom_releases_before_updating  |             | --test atom_drop_panics a_panic_in_one_drop_costs_no_other_value_its_drop
reclaim_leaves_leftovers       |             | $ends what_ended_threads_leave_is_dropped_by_the_updates_of_others_and_not_by_reads
reclaim_leaves_leftovers       | heptad_portable | $ends what_ended_threads_leave_is_dropped_by_the_updates_of_others_and_not_by_reads
reclaim_releases_inside_releases |           | $drops many_values_whose_drops_use_atoms_need_no_deep_stack
reclaim_releases_inside_releases |           | $ends drops_that_use_atoms_do_not_nest_at_the_end_of_a_thread_either
isolation_drops_payloads_in_the_open |       | --test atom_drop_panics panics_that_nobody_sees_cost_no_value_its_drop
epoch_release_under_pin        | heptad_portable | --test atom_drop_panics a_panic_in_one_drop_costs_no_other_value_its_drop
epoch_reads_keep_what_is_ready | heptad_portable | $protection a_thread_that_only_reads_keeps_no_old_values
epoch_releases_at_thread_end   | heptad_portable | $ends a_thread_may_end_while_drops_panic
epoch_releases_leftovers_under_pin | heptad_portable | $ends a_thread_may_end_while_drops_panic
epoch_releases_leftovers_under_pin | heptad_portable | $ends a_drop_that_waits_at_the_end_of_a_thread_stops_nobodys_memory
nesting_not_left_for_releases  |             | $drops a_drop_that_runs_inside_a_closure_is_no_part_of_it
waiters_notify_without_fence   | heptad_loom | $loomed runtime::waiters::models::a_thread_that_waits_learns_of_the_change
waiters_look_without_fence     | heptad_loom | $loomed runtime::waiters::models::a_task_that_waits_learns_of_the_change
agent_looks_without_fence      | heptad_loom | $loom loom_agent who_waits_sees_what_was_sent_before
agent_forgets_notices_relaxed  | heptad_loom | $loom loom_agent of_two_who_wait_each_is_woken_when_its_actions_are_done
agent_settles_relaxed          | heptad_loom | $loom loom_agent who_waits_for_an_agent_that_fails_is_told
agent_status_relaxed           | heptad_loom | $loom loom_agent who_waits_for_an_agent_that_fails_is_told
agent_stops_relaxed            | heptad_loom | $loom loom_agent a_restart_beside_the_failure_finds_all_of_it_or_nothing
agent_stops_with_a_cleared_queue | heptad_loom | $loom loom_agent a_shutdown_that_meets_a_failure_leaves_no_queue
mailbox_add_relaxed   | heptad_loom | $loomed identity::agent::mailbox::models::letters_of_two_senders_are_run_once_in_order_by_one_at_a_time
mailbox_take_relaxed           | heptad_loom | $loomed identity::agent::mailbox::models::letters_of_two_senders_are_run_once_in_order_by_one_at_a_time
mailbox_gives_up_unseen        | heptad_loom | $loomed identity::agent::mailbox::models::letters_of_two_senders_are_run_once_in_order_by_one_at_a_time
mailbox_gives_up_relaxed       | heptad_loom | $loomed identity::agent::mailbox::models::letters_of_two_senders_are_run_once_in_order_by_one_at_a_time
agent_lets_sends_go_early      |             | --test agent_held_sends a_send_inside_an_action_is_made_after_the_watches_were_told
agent_holds_no_sends           |             | --test agent_held_sends an_action_that_fails_has_sent_nothing
agent_keeps_the_room_of_dropped_sends |      | --test agent_held_sends a_bounded_agent_counts_what_is_held_and_gets_the_room_back
agent_runs_what_is_cleared     |             | --test agent_queue a_shutdown_can_drop_what_is_queued
agent_waits_inside_actions     |             | --test agent_waiting waiting_inside_a_handler_of_errors_is_refused_too
agent_counts_done_by_the_others |            | --test agent_failure a_failure_takes_nothing_from_the_count_of_done_actions
agent_nests_executors          |             | --test agent_executors agents_that_send_to_each_other_via_an_executor_that_runs_at_once_nest_no_deeper
builder_keeps_idle_handlers    |             | --test agent_failure of_the_ways_to_go_on_after_errors_the_last_one_counts
drain_counts_no_dropped_jobs   |             | --test agent_executors a_job_of_a_cleared_agent_that_its_executor_drops_counts_as_dropped
drain_drops_outside_of_actions |             | --test agent_waiting waiting_while_a_held_send_is_dropped_is_refused
drain_drops_outside_of_actions |             | --test agent_waiting waiting_while_what_an_action_panicked_with_is_dropped_is_refused
drain_keeps_places             |             | --test agent_failure the_place_of_a_panic_is_never_that_of_one_between_the_actions
drain_never_leaves             |             | --test agent_queue agents_that_are_never_done_leave_their_threads_to_others
drain_nests_executors          |             | --test agent_executors an_executor_may_run_jobs_inside_the_call
isolation_drops_payloads_in_the_open |       | --test agent_failure panicking_destructors::a_panic_whose_payload_panics_when_dropped_is_a_failure_like_others
job_dropped_in_silence         |             | --test agent_executors a_job_that_is_dropped_makes_its_action_fail
mailbox_gives_newest_first     |             | --test agent_order actions_of_one_sender_run_in_the_order_in_which_they_were_sent
panic_place_is_the_last        |             | --test agent_failure the_place_is_that_of_the_panic_that_came_out
pool_keeps_old_values          |             | --test agent_drops a_thread_that_goes_idle_keeps_no_old_values
pool_trusts_any_idle_thread    |             | --lib runtime::workers::tests::jobs_that_wait_for_each_other_get_a_thread_each
waiters_stop_at_a_panic        |             | --test agent_waiting a_waker_that_panics_costs_nobody_else_the_wake_up
atom_never_takes_a_turn        |             | --test atom_bounded_attempts a_swap_that_is_overtaken_each_time_runs_its_closure_once_more_than_its_attempts
atom_does_not_see_how_far_behind |           | --test atom_bounded_attempts a_swap_that_falls_far_behind_in_one_run_takes_a_turn_at_once
atom_updates_inside_itself     |             | --test atom_nesting an_update_inside_its_own_closure_is_refused_with_both_places
turns_publish_by_store         | $turns two_updates_in_turn_lose_nothing_and_run_once
turns_without_reserve          | $turns a_queue_is_not_overtaken_by_claims_that_begin_later
turns_publish_drops_reserve    | $turns a_queue_is_not_overtaken_by_claims_that_begin_later
turns_claim_drops_wait         | $turns updates_of_all_three_kinds_lose_nothing_together
turns_publish_keeps_wait       | $turns an_update_beside_one_in_turn_is_neither_lost_nor_drawn_into_the_queue
turns_wake_before_publishing   | $turns two_updates_in_turn_lose_nothing_and_run_once
turns_no_wake_after_a_panic    | $turns a_turn_that_ends_without_a_value_wakes_who_waits
turns_trusts_an_old_look       | $turns a_compare_and_set_waits_for_a_turn_that_may_yet_fail
turns_wait_for_claims_only     | $turns an_update_beside_a_queue_makes_no_attempt_while_the_word_is_reserved
turns_drop_regardless_of_order | $turns two_atoms_nested_both_ways_in_turn_end_and_lose_nothing
turns_given_up_but_not_passed_on | $turns a_claim_that_was_given_up_passes_the_queue_on
turns_keep_claims_before_a_once | $turns a_swap_once_around_a_turn_and_a_turn_around_a_swap_once_end
turns_wait_inside_swap_once    | $turns two_atoms_nested_both_ways_in_swap_once_end_and_may_refuse
turns_once_tells_no_sleeper    | $turns a_swap_once_that_gets_its_turn_tells_those_who_sleep
turns_claim_drops_wait         | $shuttle::many_threads_get_through_in_random_schedules
turns_keep_claims_before_a_once | $shuttle::many_threads_get_through_in_random_schedules
turns_wait_inside_swap_once    | $shuttle::many_threads_get_through_in_random_schedules
turns_once_tells_no_sleeper    | $shuttle::many_threads_get_through_in_random_schedules
turns_trusts_an_old_look       | $shuttle::many_threads_get_through_in_random_schedules
trie_edits_shared_nodes        |             | $trie::versions_stay_as_they_were
trie_releases_an_alias         |             | $trie::versions_stay_as_they_were
trie_moves_from_shared_buddies |             | $trie::versions_stay_as_they_were
trie_asks_for_owners_twice     |             | --test hash_map_owners_leave a_removal_clones_or_moves_each_entry_once_while_another_owner_leaves
trie_removal_never_merges      |             | $trie::versions_stay_as_they_were
trie_selection_never_merges    |             | $trie::algebra_keeps_shape_and_content
trie_keeps_what_meets_nothing  |             | $trie::algebra_keeps_shape_and_content
trie_union_counts_common_keys  |             | $trie::algebra_keeps_shape_and_content
trie_bulk_trusts_item_counts   |             | $trie::bulk_building_gives_the_same_shape_as_inserting
trie_newest_is_not_last        |             | $trie::a_cursor_returns_the_place_of_the_entry_that_it_added
trie_drop_stops_at_a_panic     |             | --test hash_map_panics the_last_version_may_panic_while_it_is_dropped
trie_forgets_clones_at_a_panic |             | --test hash_map_panics a_set_survives_too
trie_never_shrinks             |             | --test hash_map_memory a_leaf_gives_memory_back_as_its_entries_are_removed
map_gives_results_new_hasher_ids |           | --test hash_map_algebra shared_parts_are_skipped::hashers_with_a_seed::by_union
random_state_seed_is_constant  |             | --test random_state each_process_draws_its_own_seed
hasher_id_is_shared            |             | --lib value::hasher_id::tests::stateless_hashers_share_an_id_and_others_do_not
ROWS
}

trim() {
    local text=$1
    text=${text#"${text%%[![:space:]]*}"}
    printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# test_with "CFG.." "ARGUMENT..": runs the test, with a limit for mistakes that never end.
test_with() {
    local cfgs arguments runner=()
    read -ra cfgs <<<"$1"
    read -ra arguments <<<"$2"
    [ ${#cfgs[@]} -eq 0 ] || runner=(.ci/with-cfg "${cfgs[@]}" --)
    "${runner[@]}" cargo test --quiet -p heptad --no-run "${arguments[@]:0:${#arguments[@]}-1}" >"$log" 2>&1 || return 99
    timeout 120 "${runner[@]}" cargo test --quiet -p heptad "${arguments[@]}" -- --exact >"$log" 2>&1 || return 1
    # A name that matches nothing passes in cargo's eyes.
    grep -q '^test result: ok. 1 passed' "$log" || return 98
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
declare -A sound
passed=0 failed=0

verdict() { # MUTANT TEXT OK
    printf '%-34s %s\n' "$1" "$2"
    if [ "$3" = yes ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        sed 's/^/    /' "$log" | tail -20
    fi
}

while IFS='|' read -r mutant cfgs arguments; do
    mutant=$(trim "$mutant") cfgs=$(trim "$cfgs") arguments=$(trim "$arguments")
    name=${arguments##* }
    key="$cfgs|$arguments"
    if [ -z "${sound[$key]:-}" ]; then
        test_with "$cfgs" "$arguments"
        sound[$key]=$?
    fi
    if [ "${sound[$key]}" -ne 0 ]; then
        verdict "$mutant" "NOT JUDGED: $name does not pass without it" no
        continue
    fi
    HEPTAD_ANY_EXECUTIONS=1 test_with "$cfgs heptad_mutant=\"$mutant\"" "$arguments"
    case $? in
    0) verdict "$mutant" "SURVIVED $name" no ;;
    1) verdict "$mutant" "killed by $name" yes ;;
    *) verdict "$mutant" "NOT JUDGED: does not build, or $name does not exist" no ;;
    esac
done < <(table | grep -F -- "${1:-}")

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
