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
reclaim_drops_payloads_in_the_open |         | --test atom_drop_panics panics_that_nobody_sees_cost_no_value_its_drop
epoch_release_under_pin        | heptad_portable | --test atom_drop_panics a_panic_in_one_drop_costs_no_other_value_its_drop
epoch_reads_keep_what_is_ready | heptad_portable | $protection a_thread_that_only_reads_keeps_no_old_values
epoch_releases_at_thread_end   | heptad_portable | $ends a_thread_may_end_while_drops_panic
epoch_releases_leftovers_under_pin | heptad_portable | $ends a_thread_may_end_while_drops_panic
epoch_releases_leftovers_under_pin | heptad_portable | $ends a_drop_that_waits_at_the_end_of_a_thread_stops_nobodys_memory
nesting_not_left_for_releases  |             | $drops a_drop_that_runs_inside_a_closure_is_no_part_of_it
atom_updates_inside_itself     |             | --test atom_nesting an_update_inside_its_own_closure_is_refused_with_both_places
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
