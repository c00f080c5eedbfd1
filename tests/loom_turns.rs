//! Models of how updates take turns at an atom, run through loom: every interleaving of a few
//! threads, up to a number of preemptions where that is too many.
//!
//! `.ci/with-cfg heptad_loom -- cargo test --profile loom --test loom_turns`; without the cfg this
//! is an empty test.
//!
//! `swap_in_turn` is a `swap` that queues at once, as if it had lost often enough. That nobody
//! sleeps for ever is checked by loom itself, which fails when all threads are asleep.

#![cfg(heptad_loom)]

#[path = "../src/runtime/explore.rs"]
mod explore;
mod watched;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use explore::explore;
use heptad::Atom;
use heptad::identity::SwapOnceError;
use loom::sync::Arc;
use loom::thread;
use watched::{Watched, add};

type Watch = Arc<Atom<Watched>>;

fn atom(attempts: u32) -> Watch {
    Arc::new(
        Atom::builder()
            .max_attempts(attempts)
            .build(Watched::new(0)),
    )
}

fn spawn(atom: &Watch, f: impl FnOnce(&Atom<Watched>) + 'static) -> thread::JoinHandle<()> {
    let atom = Arc::clone(atom);
    thread::spawn(move || f(&atom))
}

fn once(atom: &Atom<Watched>, amount: u64) {
    let mut add = add(amount);
    assert!(atom.swap_once(move |value| add(value)).is_ok());
}

#[test]
fn an_update_beside_one_in_turn_is_neither_lost_nor_drawn_into_the_queue() {
    explore(15_000, 5, || {
        let atom = atom(3);
        let other = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let mut runs = 0;
        atom.swap(|value| {
            runs += 1;
            Watched::new(value.get() + 10)
        });
        other.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (11, 2));
        assert!(runs <= 2, "ran {runs} times beside one update");
        assert_eq!(atom.metrics().escalations, 1, "burned its rounds");
    });
}

#[test]
fn an_update_beside_a_queue_makes_no_attempt_while_the_word_is_reserved() {
    explore(3_000, 2, || {
        let atom = atom(8);
        let one = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let two = spawn(&atom, |atom| drop(atom.swap_in_turn(add(10))));
        let mut runs = 0;
        atom.swap(|value| {
            runs += 1;
            Watched::new(value.get() + 100)
        });
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (111, 3));
        // Each loss has an update of its own that was the reason.
        assert!(runs <= 3, "ran {runs} times beside two updates");
    });
}

#[test]
fn two_updates_in_turn_lose_nothing_and_run_once() {
    explore(6_000, None, || {
        let atom = atom(3);
        let other = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let mut runs = 0;
        atom.swap_in_turn(|value| {
            runs += 1;
            Watched::new(value.get() + 10)
        });
        other.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (11, 2));
        assert_eq!(runs, 1);
    });
}

#[test]
fn three_updates_in_turn_lose_nothing_and_run_once() {
    explore(25_000, 3, || {
        let atom = atom(3);
        let one = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let two = spawn(&atom, |atom| drop(atom.swap_in_turn(add(10))));
        let mut runs = 0;
        atom.swap_in_turn(|value| {
            runs += 1;
            Watched::new(value.get() + 100)
        });
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (111, 3));
        assert_eq!(runs, 1);
    });
}

#[test]
fn of_three_threads_none_runs_its_closure_more_than_its_attempts_and_once() {
    explore(12_000, 3, || {
        let atom = atom(1);
        let counted = |atom: &Atom<Watched>, amount| {
            let mut runs = 0;
            atom.swap(|value| {
                runs += 1;
                Watched::new(value.get() + amount)
            });
            assert!(runs <= 2, "one attempt and one turn, not {runs} runs");
        };
        let one = spawn(&atom, move |atom| counted(atom, 1));
        let two = spawn(&atom, move |atom| counted(atom, 10));
        counted(&atom, 100);
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (111, 3));
    });
}

#[test]
fn updates_of_all_three_kinds_lose_nothing_together() {
    explore(15_000, 2, || {
        let atom = atom(2);
        let one = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let two = spawn(&atom, |atom| once(atom, 10));
        atom.swap(add(100));
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (111, 3));
    });
}

#[test]
fn a_queue_is_not_overtaken_by_claims_that_begin_later() {
    explore(5_000, 3, || {
        let atom = atom(2);
        let queued = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let mut waiting = 0;
        let first = atom.swap_once(|value| {
            // Counted when the thread has entered the queue.
            waiting = atom.metrics().escalations;
            Watched::new(value.get() + 10)
        });
        assert!(first.is_ok());
        let mut add_100 = add(100);
        let Ok(last) = atom.swap_once(|value| add_100(value)) else {
            unreachable!()
        };
        if waiting > 0 {
            assert_eq!(last.version(), 3, "got ahead of a thread in the queue");
        }
        queued.join().unwrap();
        assert_eq!(atom.with(Watched::get), 111);
    });
}

/// A panic ends a turn in the same way; loom's locks do not bear one.
#[test]
fn a_turn_that_ends_without_a_value_wakes_who_waits() {
    explore(18_000, 2, || {
        let atom = atom(2);
        let one = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        let two = spawn(&atom, |atom| drop(atom.swap(add(10))));
        assert!(atom.try_swap_in_turn(|_| Err(())).is_err());
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (11, 2));
    });
}

#[test]
fn a_compare_and_set_beside_a_turn_is_before_or_after_it() {
    explore(3_000, 5, || {
        let atom = atom(2);
        let expected = atom.load_full();
        let other = spawn(&atom, |atom| drop(atom.swap_in_turn(add(1))));
        match atom.compare_and_set(&expected, Watched::new(5)) {
            Ok(new) => assert_eq!(new.version(), 1),
            Err(error) => assert_eq!((error.refused.get(), error.current.get()), (5, 1)),
        }
        other.join().unwrap();
        assert!(matches!(atom.with(Watched::get), 1 | 6));
    });
}

#[test]
fn a_compare_and_set_waits_for_a_turn_that_may_yet_fail() {
    explore(3_000, None, || {
        let atom = atom(2);
        let expected = atom.load_full();
        let other = spawn(&atom, |atom| {
            let refused = atom.try_swap_in_turn(|_| Err(()));
            assert!(refused.is_err());
        });
        assert!(atom.compare_and_set(&expected, Watched::new(5)).is_ok());
        other.join().unwrap();
        assert_eq!((atom.with(Watched::get), atom.version()), (5, 1));
    });
}

/// Two atoms in their order. (An atom with settings gets its place in the order at once.)
fn pair() -> (Watch, Watch) {
    (atom(1), atom(1))
}

/// Adds 1 to the outer atom and what is given to the inner one.
fn nested(outer: &Atom<Watched>, inner: impl Fn()) {
    outer.swap_in_turn(|value| {
        inner();
        Watched::new(value.get() + 1)
    });
}

#[test]
fn two_atoms_nested_both_ways_in_turn_end_and_lose_nothing() {
    let dropped = std::sync::Arc::new(AtomicU64::new(0));
    let sum = std::sync::Arc::clone(&dropped);
    explore(20_000, 4, move || {
        let (a, b) = pair();
        let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
        let other = thread::spawn(move || nested(&b2, || drop(a2.swap_in_turn(add(100)))));
        let runs = AtomicU64::new(0);
        nested(&a, || {
            runs.fetch_add(1, Relaxed);
            b.swap_in_turn(add(100));
        });
        other.join().unwrap();
        for atom in [&a, &b] {
            // The inner update of a closure that ran again was made again.
            let sum = atom.with(Watched::get);
            assert_eq!((sum % 100, sum / 100 + 1), (1, atom.version()));
        }
        assert_eq!(runs.load(Relaxed), 1, "the earlier claim is kept");
        assert_eq!(b.metrics().dropped_claims, 0, "the earlier claim is kept");
        sum.fetch_add(a.metrics().dropped_claims, Relaxed);
    });
    assert!(dropped.load(Relaxed) > 0, "no claim was ever in the way");
}

fn once_nested(outer: &Atom<Watched>, inner: impl FnOnce()) {
    let done = outer.swap_once(|value| {
        inner();
        Watched::new(value.get() + 1)
    });
    assert!(done.is_ok(), "an outermost call only waits");
}

#[test]
fn two_atoms_nested_both_ways_in_swap_once_end_and_may_refuse() {
    explore(25_000, 4, || {
        let (a, b) = pair();
        let both = |outer: &Watch, inner: &Watch| {
            let mut refused = false;
            once_nested(outer, || {
                let mut add = add(100);
                refused = matches!(
                    inner.swap_once(|value| add(value)),
                    Err(SwapOnceError::WouldDeadlock { .. })
                );
            });
            u64::from(refused)
        };
        let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
        let other = thread::spawn(move || both(&b2, &a2));
        let refused_b = both(&a, &b);
        let refused_a = other.join().unwrap();
        assert_eq!(a.with(Watched::get), 101 - 100 * refused_a);
        assert_eq!(b.with(Watched::get), 101 - 100 * refused_b);
    });
}

#[test]
fn a_swap_once_around_a_turn_and_a_turn_around_a_swap_once_end() {
    // Both orders of the two atoms.
    for turned in [false, true] {
        explore(3_500, 3, move || {
            let (a, b) = pair();
            let (a, b) = if turned { (b, a) } else { (a, b) };
            let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
            let other = thread::spawn(move || nested(&b2, || once(&a2, 100)));
            once_nested(&a, || drop(b.swap_in_turn(add(100))));
            other.join().unwrap();
            assert_eq!(a.with(Watched::get) % 100, 1);
            assert_eq!(b.with(Watched::get), 101);
        });
    }
}

#[test]
fn a_swap_once_that_gets_its_turn_tells_those_who_sleep() {
    explore(15_000, 2, || {
        let (earlier, later) = pair();
        let mut others = Vec::new();
        // Both threads find the later atom claimed.
        later.swap_in_turn(|value| {
            let (e2, l2) = (Arc::clone(&earlier), Arc::clone(&later));
            others.push(thread::spawn(move || {
                once_nested(&l2, || drop(e2.swap_in_turn(add(100))));
            }));
            let (e3, l3) = (Arc::clone(&earlier), Arc::clone(&later));
            others.push(thread::spawn(move || {
                // Its claim on the earlier one is in nobody's way until the later one is claimed
                // for one run, which may be while this thread sleeps.
                nested(&e3, || drop(l3.swap_in_turn(add(100))));
            }));
            Watched::new(value.get() + 10_000)
        });
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(earlier.with(Watched::get), 101);
        assert_eq!(later.with(Watched::get) % 100, 1);
    });
}

#[test]
fn a_claim_that_was_given_up_passes_the_queue_on() {
    explore(30_000, 2, || {
        let (a, b) = pair();
        let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
        let waiting = spawn(&b, |b| drop(b.swap_in_turn(add(10_000))));
        let other = thread::spawn(move || nested(&b2, || drop(a2.swap_in_turn(add(100)))));
        nested(&a, || drop(b.swap_in_turn(add(100))));
        other.join().unwrap();
        waiting.join().unwrap();
        assert_eq!(a.with(Watched::get) % 100, 1);
        assert_eq!(b.with(Watched::get) / 10_000, 1);
    });
}
