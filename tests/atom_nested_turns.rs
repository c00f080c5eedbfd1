//! Updates inside the closures of other updates, in both orders of two atoms at the same time: they
//! end, and nothing is lost.
//!
//! Each thread updates its outer atom, and inside that closure its inner one, which is the other's
//! outer one. Both meet while both hold a claim, so each stands in the other's way.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use heptad::Atom;
use heptad::identity::SwapOnceError;

/// How an update is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// `swap`, which first loses to another update and so takes a turn.
    Swap,
    /// `swap_once`.
    Once,
}

const OUTER: u64 = 1;
const INNER: u64 = 1_000;
const OVERTAKING: u64 = 1_000_000;

fn atom() -> Atom<u64> {
    Atom::builder().max_attempts(1).build(0)
}

/// Two threads, one after the other has arrived. Later ones pass.
#[derive(Default)]
struct Meeting(AtomicU64);

impl Meeting {
    fn wait(&self) {
        self.0.fetch_add(1, SeqCst);
        while self.0.load(SeqCst) < 2 {
            thread::yield_now();
        }
    }
}

/// What became of one thread's updates.
#[derive(Default, Debug)]
struct Outcome {
    inner_made: u64,
    refused: u64,
}

/// The inner update. Refusals are counted, whichever way they come.
fn update_inner(kind: Kind, inner: &Atom<u64>) -> bool {
    match kind {
        Kind::Once => match inner.swap_once(|n| n + INNER) {
            Ok(_) => true,
            Err(SwapOnceError::WouldDeadlock {
                f, outer, inner, ..
            }) => {
                assert_eq!((outer.file(), inner.file()), (file!(), file!()));
                assert_eq!(f(&5), 5 + INNER, "the closure comes back");
                false
            }
            Err(other) => panic!("{other}"),
        },
        Kind::Swap => match catch_unwind(AssertUnwindSafe(|| inner.swap(|n| n + INNER))) {
            Ok(_) => true,
            Err(payload) => {
                let message = payload.downcast_ref::<String>().expect("a message");
                assert!(message.contains("could wait for each other"), "{message}");
                assert_eq!(message.matches(file!()).count(), 2, "{message}");
                false
            }
        },
    }
}

/// One thread's updates.
fn update_both(
    (outer_kind, outer): (Kind, &Atom<u64>),
    (inner_kind, inner): (Kind, &Atom<u64>),
    meeting: &Meeting,
) -> Outcome {
    let outcome = Cell::new(Outcome::default());
    let count = |made: bool| {
        let mut now = outcome.take();
        now.inner_made += u64::from(made);
        now.refused += u64::from(!made);
        outcome.set(now);
    };
    match outer_kind {
        Kind::Swap => {
            let mut runs = 0;
            outer.swap(|n| {
                runs += 1;
                if runs == 1 {
                    thread::scope(|t| drop(t.spawn(|| outer.swap(|n| n + OVERTAKING))));
                    return *n;
                }
                // In its turn, now or no longer.
                meeting.wait();
                count(update_inner(inner_kind, inner));
                n + OUTER
            });
        }
        Kind::Once => {
            let done = outer.swap_once(|n| {
                meeting.wait();
                count(update_inner(inner_kind, inner));
                n + OUTER
            });
            assert!(done.is_ok());
        }
    }
    outcome.into_inner()
}

/// Lets both threads meet, and checks that each update that was made was made once.
fn both_ways(first: Kind, second: Kind, inner: Kind) -> [Outcome; 2] {
    let (a, b, meeting) = (atom(), atom(), Meeting::default());
    let (of_first, of_second) = thread::scope(|threads| {
        let other = threads.spawn(|| update_both((second, &b), (inner, &a), &meeting));
        let of_first = update_both((first, &a), (inner, &b), &meeting);
        (of_first, other.join().unwrap())
    });
    let overtaking = |kind| if kind == Kind::Swap { OVERTAKING } else { 0 };
    assert_eq!(
        *a.load(),
        OUTER + INNER * of_second.inner_made + overtaking(first)
    );
    assert_eq!(
        *b.load(),
        OUTER + INNER * of_first.inner_made + overtaking(second)
    );
    let dropped = a.metrics().dropped_claims + b.metrics().dropped_claims;
    if first == Kind::Swap || second == Kind::Swap {
        assert_eq!(dropped, 1, "one of them had to give way");
    } else {
        assert_eq!(dropped, 0, "neither could give way");
    }
    [of_first, of_second]
}

#[test]
fn two_swaps_in_turn_both_ways() {
    for inner in [Kind::Swap, Kind::Once] {
        for _ in 0..200 {
            let outcomes = both_ways(Kind::Swap, Kind::Swap, inner);
            assert!(outcomes.iter().all(|it| it.refused == 0), "{outcomes:?}");
            let mut made = outcomes.map(|it| it.inner_made);
            made.sort_unstable();
            assert_eq!(made, [1, 2], "the one that gave way ran again");
        }
    }
}

#[test]
fn a_swap_in_turn_and_a_swap_once_both_ways() {
    for inner in [Kind::Swap, Kind::Once] {
        for _ in 0..200 {
            for (first, second) in [(Kind::Swap, Kind::Once), (Kind::Once, Kind::Swap)] {
                let outcomes = both_ways(first, second, inner);
                assert!(outcomes.iter().all(|it| it.refused == 0), "{outcomes:?}");
                let once = &outcomes[usize::from(second == Kind::Once)];
                let swap = &outcomes[usize::from(second == Kind::Swap)];
                assert_eq!((once.inner_made, swap.inner_made), (1, 2));
            }
        }
    }
}

#[test]
fn two_swap_onces_both_ways_are_refused_and_not_stuck() {
    for inner in [Kind::Once, Kind::Swap] {
        let rounds = if inner == Kind::Once { 200 } else { 5 };
        for _ in 0..rounds {
            let outcomes = both_ways(Kind::Once, Kind::Once, inner);
            let refused: u64 = outcomes.iter().map(|it| it.refused).sum();
            let made: u64 = outcomes.iter().map(|it| it.inner_made).sum();
            assert!(refused >= 1, "both stood in each other's way");
            assert_eq!(refused + made, 2);
        }
    }
}

#[test]
fn many_threads_nest_three_atoms_in_every_way_and_end() {
    const THREADS: u64 = 4;
    const UPDATES: u64 = 300;
    let atoms = [atom(), atom(), atom()];
    let inner_made = [const { AtomicU64::new(0) }; 3];
    let (mut rounds, mut dropped) = (0, 0);
    while rounds < 3 || dropped == 0 {
        thread::scope(|threads| {
            for seed in 0..THREADS {
                let (atoms, inner_made) = (&atoms, &inner_made);
                threads.spawn(move || {
                    for step in 0..UPDATES {
                        let outer = ((seed + step) % 3) as usize;
                        let inner = (outer + 1 + (step / 3 % 2) as usize) % 3;
                        atoms[outer].swap(|n| {
                            thread::yield_now();
                            if step % 5 == 0 {
                                // Waits for a claim of either kind, and is waited for.
                                assert!(atoms[inner].swap_once(|n| n + INNER).is_ok());
                            } else {
                                atoms[inner].swap(|n| n + INNER);
                            }
                            inner_made[inner].fetch_add(1, SeqCst);
                            n + OUTER
                        });
                    }
                });
            }
        });
        rounds += 1;
        dropped = atoms.iter().map(|atom| atom.metrics().dropped_claims).sum();
    }
    let sum: u64 = atoms.iter().map(|atom| *atom.load()).sum();
    let made: u64 = inner_made.iter().map(|made| made.load(SeqCst)).sum();
    assert_eq!(sum, rounds * THREADS * UPDATES * OUTER + made * INNER);
    println!("{rounds} rounds, {made} inner updates, {dropped} claims given up");
}

/// Holds a turn at the atom until another thread has parked in front of it.
fn turn_until_awaited(atom: &Atom<u64>, begun: &AtomicU64) {
    let mut runs = 0;
    atom.swap(|n| {
        runs += 1;
        if runs == 1 {
            thread::scope(|t| drop(t.spawn(|| atom.swap(|n| n + OVERTAKING))));
            return *n;
        }
        begun.store(1, SeqCst);
        while atom.metrics().waits == 0 {
            thread::yield_now();
        }
        n + OUTER
    });
}

#[test]
fn a_swap_inside_swap_once_waits_for_a_turn_that_can_end() {
    let (outer, inner, begun) = (atom(), atom(), AtomicU64::new(0));
    let done = outer.swap_once(|n| {
        thread::scope(|threads| {
            threads.spawn(|| turn_until_awaited(&inner, &begun));
            while begun.load(SeqCst) == 0 {
                thread::yield_now();
            }
            inner.swap(|n| n + INNER);
        });
        n + OUTER
    });
    assert!(done.is_ok());
    assert_eq!(
        (*outer.load(), *inner.load()),
        (OUTER, OUTER + INNER + OVERTAKING)
    );
}

#[test]
fn an_update_of_the_same_atom_inside_swap_once_is_refused_at_once() {
    let atom = atom();
    let refused = catch_unwind(AssertUnwindSafe(|| {
        atom.swap_once(|n| *atom.swap(|n| n + 1) + n)
    }));
    let payload = refused.expect_err("it could never end");
    let message = payload.downcast_ref::<String>().expect("a message");
    assert!(message.contains("inside its own update"), "{message}");
    assert_eq!(message.matches(file!()).count(), 2, "{message}");
    assert_eq!((*atom.swap(|n| n + 1), atom.version()), (1, 1));
}
