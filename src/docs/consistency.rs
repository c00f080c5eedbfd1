//! What each operation guarantees, and which test would fail if it did not.
//!
//! The tests are in `tests/`, by the names given here. Those of collections keep several versions
//! alive and look at all of them again after each operation, and run over good hashers as well as
//! bad ones: constant, the low bits only, the high bits only.
//!
//! # `HashMap`, `HashSet`
//!
//! | guarantee | test |
//! |---|---|
//! | each operation returns and leaves what the standard library's map or set would | `hash_map_model`, `hash_set_model` |
//! | a clone taken before a change never shows it | `hash_map_model`, `hash_set_model` |
//! | `insert` of a present key keeps the first key object; `HashSet::insert` stores the new one | `hash_map_model`, `hash_set_model` |
//! | equal content means the same shape, `==` and equal `Hash`, whatever the history | `hash_map_canonical`, `hash_map_traits` |
//! | an iterator yields each entry once, and its `len` is exact at each step, also with colliding hashes | `hash_map_iterators` |
//! | clones of one version iterate in the same order; nothing more is said about order | `hash_map_iterators` |
//! | `old.diff(&new)` yields each key that differs once, and applied to `old` gives `new` | `hash_map_diff` |
//! | union, intersection and complement obey the laws of sets; where both have a key, the documented side wins | `hash_map_algebra` |
//! | `merge3` keeps what one side changed, and asks `resolve` about what both changed | `hash_map_merge3` |
//! | a panic in `Hash`, `Eq`, `Clone`, `Drop` or a closure reaches the caller; every version stays valid, nothing leaks and nothing is dropped twice | `hash_map_panics` |
//! | `Hash` and `Eq` that contradict each other give wrong answers, never undefined behaviour | `hash_map_liars` |
//! | entries of any size and alignment, also none | `hash_map_layouts` |
//! | maps made from one another are merged and compared by structure, also with a hasher that has a state | `hash_map_algebra` |
//! | one seed a process for the default hasher, and another for the next process | `random_state` |
//! | an empty map, a clone, a read and the removal of an absent key allocate nothing; memory goes back as entries are removed | `hash_map_memory` |
//! | `Send` and `Sync` exactly when keys, values and hasher are; covariant | `hash_map_traits` |
//! | a program written for imbl's maps and sets passes after its `use` lines changed | `imbl_migration` |
//! | removing, updating or borrowing an absent key copies nothing, and other bugs that persistent maps have shipped | `regressions_of_others` |
//!
//! ```
//! use heptad::HashMap;
//!
//! let old: HashMap<u32, u32> = (0..1000).map(|n| (n, n)).collect();
//! let mut new = old.clone();
//! new.insert(7, 0);
//! assert_eq!(old[&7], 7); // the older version never shows the change
//! assert_eq!(old.diff(&new).count(), 1);
//!
//! new.insert(7, 7);
//! assert_eq!(old, new); // equal content, whatever the history
//! ```
//!
//! # `Atom`
//!
//! Every operation takes effect at one moment between its call and its return, in one order that
//! all threads agree on (it is *linearizable*): `atom_linearizable` searches recorded histories
//! for such an order, and `loom_atom` and `loom_turns` run small programs through every interleaving.
//!
//! | operation | guarantee | test |
//! |---|---|---|
//! | `with`, `load`, `load_full` | one value that the atom held, never a mixture, and never an older one than before | `atom_lost_update::readers_beside_writers_see_whole_values_and_never_go_back`, `atom_linearizable` |
//! | `with`, `load`, `load_full`, `version` | wait for nobody, not for a turn either | `atom_turns::readers_do_not_wait_for_a_turn` |
//! | | never run the `Drop` of a value, also if they were the last to use it | `atom_drop_panics::reading_and_printing_drop_no_old_values`, `atom_drop_panics::the_end_of_a_read_drops_nothing_even_if_nobody_else_holds_the_value` |
//! | `with`, `load` | the value lives as long as the guard, however many guards a thread has | `loom_hazard::what_a_guard_protects_is_not_given_up`, `atom_protection::any_number_of_guards_at_one_time_keep_their_values` |
//! | `load` | a guard holds back its own value and nothing else, also if it is never dropped | `atom_drops::a_guard_that_is_kept_for_long_holds_back_nothing_else`, `atom_protection::guards_that_are_never_dropped_cost_their_values_and_nothing_else` |
//! | `load_full` | the value lives as long as the handle, and is freed once when the last holder is gone | `loom_refcount`, `loom_hazard::what_a_look_counts_is_not_given_up` |
//! | `swap`, `swap_vals`, `try_swap`, `swap_once` | the new value was computed from the very value it replaced: no update is lost | `atom_lost_update::each_value_is_replaced_by_exactly_one_update`, `loom_turns::updates_of_all_three_kinds_lose_nothing_together` |
//! | `swap`, `swap_vals`, `try_swap` | whatever the other threads do, the closure runs at most `max_attempts` + 1 times, if it updates no other atom itself | `atom_bounded_attempts`, `atom_starvation`, `loom_turns::of_three_threads_none_runs_its_closure_more_than_its_attempts_and_once` |
//! | | turns are taken first come, first served, and nobody overtakes the queue | `loom_turns::a_queue_is_not_overtaken_by_claims_that_begin_later`, `loom_turns::an_update_beside_a_queue_makes_no_attempt_while_the_word_is_reserved` |
//! | | a panic in the closure reaches the caller; the old value stays, who waits goes on, and the atom works on | `atom_panics`, `atom_turns::a_panic_in_a_turn_reaches_the_caller_and_wakes_who_waits`, `loom_turns::a_turn_that_ends_without_a_value_wakes_who_waits` |
//! | `try_swap` | a closure that refuses leaves the value, and its error comes back | `atom_turns::a_closure_that_refuses_in_its_turn_ends_it` |
//! | `swap_once` | the closure runs once or, if the answer is an error, comes back unused | `atom_bounded_attempts::swap_once_runs_once_among_fast_updates`, `atom_nested_turns::two_swap_onces_both_ways_are_refused_and_not_stuck` |
//! | `reset`, `reset_vals`, `try_reset` | replaces whatever is there, and counts as one update | `atom_linearizable`, `loom_atom::a_reset_beside_a_swap_is_before_or_after_it` |
//! | `compare_and_set` | replaces the very value that `expected` holds or nothing; gives both values back when refused | `atom_linearizable`, `loom_atom::of_two_compare_and_sets_on_one_value_one_wins` |
//! | | waits for a turn only while that could still let it win | `atom_turns::a_compare_and_set_with_an_outdated_value_does_not_wait_for_a_turn`, `loom_turns::a_compare_and_set_waits_for_a_turn_that_may_yet_fail` |
//! | updates inside closures of updates | of the same atom: refused at once, with both places | `atom_nesting::an_update_inside_its_own_closure_is_refused_with_both_places` |
//! | | of other atoms, in any order and mixture on several threads: no deadlock and no lost update | `atom_nested_turns`, `loom_turns::two_atoms_nested_both_ways_in_turn_end_and_lose_nothing` |
//! | `version` | goes up by one with each update | `atom_lost_update::every_update_of_every_thread_counts_once` |
//! | `metrics` | counts each lost attempt and names the line of the longest loser | `atom_metrics` |
//! | all updates | what a thread wrote before it published a value is visible to whoever reads that value | `loom_atom::two_swappers_lose_no_update` |
//! | values that were replaced | are dropped once, by an update, `flush` or the end of a handle, and never while somebody reads them | `atom_drops`, `atom_thread_end`, `loom_hazard` |
//! | | are dropped all the time, also beside suspended readers and with more threads than processors | `atom_protection::with_more_threads_than_processors_old_values_go_all_the_time` |
//! | `AtomCell` | every update counts once; a panic in a closure leaves the value | `atom_cell` |
//!
//! `compare_and_set` compares identity, not equality. A value that was replaced and put back is a
//! different one, so there is no ABA problem:
//!
//! ```
//! use heptad::Atom;
//!
//! let atom = Atom::new(1);
//! let seen = atom.load_full();
//! atom.reset(2);
//! atom.reset(1);
//! let refused = atom.compare_and_set(&seen, 3).unwrap_err();
//! assert_eq!((*refused.current, refused.refused), (1, 3));
//! assert_eq!(refused.current.version(), seen.version() + 2);
//! ```
//!
//! # `Agent`
//!
//! | operation | guarantee | test |
//! |---|---|---|
//! | `send`, `send_off`, `send_via` and their fallible forms | what was accepted runs once, after what the same thread sent before, whatever it was sent by | `agent_order`, `loom_agent::two_senders_lose_no_action_and_each_keeps_its_order` |
//! | | actions of one agent run one at a time, and each gets the value of the one before | `agent_order::actions_of_one_agent_run_one_at_a_time`, `agent_order::each_action_runs_once_and_gets_the_value_of_the_one_before` |
//! | | what an action wrote is seen by the next one and by who waited | `agent_order::what_an_action_wrote_is_seen_by_the_next_one_and_by_who_waited` |
//! | | a send that is refused gives the action back | `agent_queue::a_full_queue_refuses_and_gives_the_action_back`, `agent_failure::a_failed_agent_keeps_its_queue_and_refuses_more_with_the_action_in_the_refusal` |
//! | | an agent with work is scheduled, also if it was just becoming idle | `loom_agent::an_agent_that_becomes_idle_while_something_is_sent_is_scheduled_again` |
//! | | no agent keeps a thread from others for ever | `agent_queue::agents_that_are_never_done_leave_their_threads_to_others` |
//! | | no action starts inside another one that waits | `agent_queue::an_action_that_waits_has_no_other_action_inside_it` |
//! | sends inside an action | are made when its value has been published, in their order; never, if it fails | `agent_held_sends` |
//! | an action that panics or returns an error | changes nothing; message, line and place of the send are kept | `agent_failure::a_panic_keeps_the_value_and_names_its_message_its_line_and_the_sending_line`, `agent_failure::a_returned_error_is_kept_with_its_source` |
//! | `restart` | goes on with the queue or without it; of two, one succeeds | `agent_failure::a_restart_goes_on_with_the_queue_or_without_it`, `loom_agent::of_two_restarts_one_succeeds_and_the_queue_is_run_once` |
//! | `wait`, `wait_timeout`, `settled` | all that was sent before is done, or the error says why it never will be; no wake-up is lost | `agent_waiting`, `loom_agent::who_waits_sees_what_was_sent_before`, `loom_agent::who_waits_for_an_agent_that_fails_is_told` |
//! | | inside an action or the closure of an update: an error at once | `agent_waiting::waiting_inside_an_action_is_refused_at_once`, `agent_waiting::waiting_inside_the_closure_of_an_update_is_refused_with_its_place` |
//! | `settled` | dropping the future costs nobody else a wake-up | `agent_waiting::a_future_that_is_dropped_keeps_no_waker_and_wakes_nobody`, `loom_agent::a_wait_that_is_given_up_takes_no_wake_up_from_others` |
//! | `shutdown` | refuses what comes after it, and runs or drops what is queued | `agent_queue::a_shutdown_lets_what_is_queued_finish_and_refuses_the_rest`, `agent_queue::a_shutdown_can_drop_what_is_queued` |
//! | `load`, `with`, `load_full` | the value after the last action that is done; as for an atom | `agent_stress::readers_see_versions_that_only_grow_and_belong_to_their_values`, `loom_agent::a_reader_beside_an_action_sees_a_whole_value_that_still_exists` |
//! | dropping all handles | what is queued still runs; a failed agent drops it | `agent_drops::an_agent_whose_handles_are_gone_runs_what_was_sent`, `agent_drops::a_failed_agent_without_handles_drops_its_queue` |
//! | all of the above together | an agent does what a sequential model does | `agent_model` |
//!
//! # Validators, watches, streams and history, of atoms and agents
//!
//! | operation | guarantee | test |
//! |---|---|---|
//! | a validator | is asked before a value is published; what it refuses is never seen and comes back in the error | `identity_contract::what_a_validator_refuses_is_not_published_and_not_told`, `atom_observers::each_way_to_update_is_held_to_the_validator`, `agent_observers::an_action_whose_value_is_refused_has_failed_and_its_sends_are_dropped` |
//! | `watch` | is told once of each update after it was added, by the thread that made it, with nothing held | `identity_contract::each_update_of_many_threads_is_told_to_each_watch_once`, `atom_observers::the_atom_is_not_held_while_watches_run`, `loom_changes::a_watch_is_told_of_every_update_after_the_value_loaded_next` |
//! | | a panic in it is counted and reaches nobody | `identity_contract::a_panic_in_a_watch_is_counted_and_stops_nobody` |
//! | `changes` | shows each version once and in order, or says how many it has skipped | `observers_model`, `identity_contract::each_update_is_shown_once_and_in_order`, `loom_changes::two_updates_are_shown_in_order_whoever_files_first` |
//! | | begins with the version after the one it says, with nothing lost between | `loom_changes::a_stream_begins_with_an_update_or_shows_it` |
//! | | ends when the identity is gone, after what it still had to show | `loom_changes::a_parked_reader_is_woken_by_an_update_and_by_the_end_of_the_atom` |
//! | `set_validator` | one that refuses the current value leaves what was there, also beside another one | `identity_contract::a_validator_that_refuses_the_current_value_is_not_set`, `identity_contract::of_two_validators_set_at_once_and_both_refused_none_stays` |
//! | `history`, `as_of` | has every version that its rule keeps, without gaps, from what was loaded before on | `observers_model`, `identity_contract::histories_read_beside_updates_have_no_gaps_and_are_up_to_date`, `loom_changes::history_has_what_was_loaded_before_and_no_gap` |
//! | values that observers let go | are dropped once, outside of all locks, and their panics keep nobody from being told | `observers_drop_panics` |
//! | `metrics::snapshot` | lists each named identity while it exists | `metrics_snapshot` |
//!
//! # What is not guaranteed
//!
//! - Two identities are never seen at one moment. What must agree belongs into one value.
//! - Values read one after the other may lie several updates apart; `Shared::version` tells.
//! - An `AtomCell` bounds nothing: its closures may run again without limit.
//! - Watches on several threads are called in no order between them; the version tells.
//! - When, and on which thread, a replaced value is dropped: see [`limitations`].
//!
//! [`limitations`]: super::limitations
