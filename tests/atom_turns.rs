//! What others see while an update has its turn, and how a turn ends.

mod counted;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use counted::Census;
use heptad::Atom;
use heptad::identity::TrySwapError;

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// Runs an update whose closure first loses to another update, and calls `in_turn` in its turn.
fn swap_in_turn(atom: &Atom<u64>, mut in_turn: impl FnMut()) {
    assert_eq!(atom.metrics().escalations, 0);
    let mut runs = 0;
    atom.swap(|n| {
        runs += 1;
        if runs == 1 {
            thread::scope(|threads| {
                threads.spawn(|| atom.swap(|n| n + 1000));
            });
        } else {
            assert_eq!(atom.metrics().escalations, 1);
            in_turn();
        }
        n + 1
    });
    assert_eq!(runs, 2);
}

fn atom() -> Atom<u64> {
    Atom::builder().max_attempts(1).build(0)
}

/// Goes on when this many threads have parked in front of the atom.
fn await_waits(atom: &Atom<u64>, waits: u64) {
    while atom.metrics().waits < waits {
        thread::yield_now();
    }
}

#[test]
fn readers_do_not_wait_for_a_turn() {
    let atom = atom();
    let read = |expected| {
        thread::scope(|threads| {
            threads.spawn(|| {
                assert_eq!(*atom.load(), expected);
                assert_eq!(atom.load_full().version(), atom.version());
                assert_eq!(atom.with(|n| *n), expected);
                assert!(format!("{atom:?}").contains(&expected.to_string()));
            });
        });
    };
    swap_in_turn(&atom, || read(1000));
    let done = atom.swap_once(|n| {
        read(1001);
        n + 1
    });
    assert!(done.is_ok());
}

#[test]
fn all_kinds_of_updates_wait_for_a_turn_and_then_go_on() {
    let updates: [fn(&Atom<u64>); 6] = [
        |atom| drop(atom.swap(|n| n + 10)),
        |atom| drop(atom.swap_vals(|n| n + 10)),
        |atom| drop(atom.reset(11)),
        |atom| drop(atom.reset_vals(11)),
        |atom| assert!(atom.swap_once(|n| n + 10).is_ok()),
        |atom| assert!(atom.try_swap(|n| Ok::<u64, ()>(n + 10)).is_ok()),
    ];
    for update in updates {
        let atom = atom();
        thread::scope(|threads| {
            let done = atom.swap_once(|n| {
                threads.spawn(|| update(&atom));
                await_waits(&atom, 1);
                assert_eq!(atom.version(), 0);
                n + 1
            });
            assert!(done.is_ok());
        });
        assert_eq!((*atom.load(), atom.version()), (11, 2));
    }
}

#[test]
fn a_compare_and_set_waits_for_a_turn_and_is_told_what_became_of_it() {
    let atom = atom();
    let seen = atom.load_full();
    thread::scope(|threads| {
        let mut other = None;
        let turn = atom.swap_once(|n| {
            let (atom, seen) = (&atom, &seen);
            other = Some(threads.spawn(move || atom.compare_and_set(seen, 50)));
            await_waits(atom, 1);
            n + 1
        });
        assert!(turn.is_ok());
        let Some(Err(error)) = other.map(|other| other.join().unwrap()) else {
            panic!("the expected value was replaced by the turn");
        };
        assert!(error.is_beaten());
        assert_eq!((*error.current, error.refused), (1, 50));
    });
    assert_eq!((*atom.load(), atom.version()), (1, 1));
}

#[test]
fn a_compare_and_set_with_an_outdated_value_does_not_wait_for_a_turn() {
    let atom = atom();
    let seen = atom.load_full();
    atom.reset(1);
    let turn = atom.swap_once(|n| {
        thread::scope(|threads| {
            threads.spawn(|| assert!(atom.compare_and_set(&seen, 50).is_err()));
        });
        n + 1
    });
    assert!(turn.is_ok());
    assert_eq!((*atom.load(), atom.metrics().waits), (2, 0));
}

#[test]
fn a_compare_and_set_goes_through_when_the_turn_before_it_has_failed() {
    let atom = atom();
    let seen = atom.load_full();
    thread::scope(|threads| {
        let mut other = None;
        let failed = panics(|| {
            atom.swap_once(|_| {
                let (atom, seen) = (&atom, &seen);
                other = Some(threads.spawn(move || atom.compare_and_set(seen, 50).is_ok()));
                await_waits(atom, 1);
                panic!("injected")
            })
        });
        assert!(failed);
        assert!(other.is_some_and(|other| other.join().unwrap()));
    });
    assert_eq!((*atom.load(), atom.version()), (50, 1));
}

#[test]
fn a_panic_in_a_turn_reaches_the_caller_and_wakes_who_waits() {
    let atom = atom();
    thread::scope(|threads| {
        let failed = panics(|| {
            swap_in_turn(&atom, || {
                threads.spawn(|| atom.swap(|n| n + 1));
                threads.spawn(|| atom.reset(7));
                threads.spawn(|| assert!(atom.swap_once(|n| n + 1).is_ok()));
                await_waits(&atom, 3);
                panic!("injected")
            })
        });
        assert!(failed);
    });
    assert_eq!(atom.version(), 4, "one overtook it, and three waited");
    assert!((7..=9).contains(&*atom.load()), "{atom:?}");
}

#[test]
fn a_panic_in_swap_once_reaches_the_caller_and_wakes_who_waits() {
    let census = Census::default();
    let atom = Atom::builder().max_attempts(1).build(census.value(0));
    thread::scope(|threads| {
        let failed = panics(|| {
            atom.swap_once(|old| {
                let _computed = old.another(99);
                for _ in 0..3 {
                    threads.spawn(|| atom.swap(|n| n.another(n.number + 1)));
                }
                while atom.metrics().waits < 3 {
                    thread::yield_now();
                }
                panic!("injected")
            })
        });
        assert!(failed);
    });
    assert_eq!((atom.load().number, atom.version()), (3, 3));
    census.settle(1);
    drop(atom);
    census.settle(0);
}

#[test]
fn a_closure_that_refuses_in_its_turn_ends_it() {
    let (atom, mut runs) = (atom(), 0);
    let result = atom.try_swap(|_| {
        runs += 1;
        if runs == 1 {
            thread::scope(|threads| drop(threads.spawn(|| atom.swap(|n| n + 1))));
            return Ok(0);
        }
        assert_eq!(atom.metrics().escalations, 1);
        Err("no")
    });
    assert!(matches!(result, Err(TrySwapError::Refused("no"))));
    assert_eq!(*atom.swap(|n| n + 1), 2);
}

#[test]
fn an_atom_may_be_dropped_when_its_queue_has_emptied() {
    let census = Census::default();
    for _ in 0..50 {
        let atom = Atom::builder().max_attempts(1).build(census.value(0));
        let handle = atom.load_full();
        thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for _ in 0..20 {
                        let done = atom.swap_once(|n| {
                            thread::yield_now();
                            n.another(n.number + 1)
                        });
                        assert!(done.is_ok());
                    }
                });
            }
        });
        assert_eq!(atom.load().number, 80);
        drop(atom);
        assert_eq!(handle.number, 0, "a handle outlives its atom");
    }
    census.settle(0);
}

thread_local! {
    /// How many `Counts` this thread has dropped.
    static DROPPED_HERE: Cell<u64> = const { Cell::new(0) };
}

/// Updates the atom when it is dropped.
struct Counts(Arc<Atom<u64>>);

impl Drop for Counts {
    fn drop(&mut self) {
        self.0.swap(|n| n + 1_000_000);
        DROPPED_HERE.set(DROPPED_HERE.get() + 1);
    }
}

#[test]
fn a_drop_that_updates_the_atom_in_whose_turn_it_happens_to_run_waits_for_nobody() {
    let atom = Arc::new(atom());
    let values = Atom::new(None);
    let (mut runs, mut made) = (0, 0);
    atom.swap(|n| {
        runs += 1;
        if runs == 1 {
            thread::scope(|threads| drop(threads.spawn(|| atom.swap(|n| n + 1))));
        }
        if runs == 2 {
            // In its turn: old values of another atom are dropped, on this very thread. (Another
            // thread of this process may drop some of them, and waits for the turn to end.)
            while DROPPED_HERE.get() == 0 {
                values.reset(Some(Counts(Arc::clone(&atom))));
                made += 1;
                heptad::identity::flush();
            }
        }
        n + 1
    });
    assert!(
        runs >= 3,
        "the turn was given up for the update in the `Drop`"
    );
    values.reset(None);
    while *atom.load() != 2 + made * 1_000_000 {
        heptad::identity::flush();
        thread::yield_now();
    }
}
