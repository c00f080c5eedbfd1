//! However fast others are, the closure of a `swap` runs at most once more than the atom's
//! `max_attempts`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use heptad::Atom;

fn atom(attempts: u32) -> Atom<u64> {
    Atom::builder().max_attempts(attempts).build(0)
}

/// Whole updates of another thread.
fn overtake(atom: &Atom<u64>, updates: u64) {
    thread::scope(|threads| {
        threads.spawn(|| (0..updates).for_each(|_| drop(atom.swap(|n| n + 1))));
    });
}

#[test]
fn a_swap_that_is_overtaken_each_time_runs_its_closure_once_more_than_its_attempts() {
    for attempts in [1, 2, 4, 8] {
        let (atom, mut runs) = (atom(attempts), 0);
        let new = atom.swap(|n| {
            runs += 1;
            // In its turn nobody can get ahead of it, so nobody may be waited for either.
            if runs <= attempts {
                overtake(&atom, 1);
            }
            n + 100
        });
        assert_eq!(runs, attempts + 1);
        assert_eq!(
            (*new, new.version()),
            (u64::from(attempts) + 100, u64::from(attempts) + 1)
        );

        let metrics = atom.metrics();
        assert_eq!(
            (metrics.escalations, metrics.conflicts),
            (1, u64::from(attempts))
        );
        assert_eq!(metrics.attempts, u64::from(2 * attempts + 1));
        assert_eq!(metrics.most_attempts, u64::from(runs));
    }
}

#[test]
fn the_other_updates_have_the_same_bound() {
    const ATTEMPTS: u32 = 2;
    let (atom, mut runs) = (atom(ATTEMPTS), 0);
    let mut overtaken = |atom: &Atom<u64>| {
        runs += 1;
        if runs <= ATTEMPTS {
            overtake(atom, 1);
        }
        runs
    };
    let refused = atom.try_swap(|_| match overtaken(&atom) {
        run if run <= ATTEMPTS => Ok(0),
        run => Err(run),
    });
    assert!(refused.is_err_and(|error| error.to_string().ends_with("refused: 3")));
    assert_eq!(atom.version(), 2);
    assert_eq!(*atom.swap(|n| n + 1), 3, "the turn has ended");
}

#[test]
fn a_swap_that_falls_far_behind_in_one_run_takes_a_turn_at_once() {
    for (behind, escalations) in [(31, 0), (32, 1)] {
        let (atom, mut runs) = (atom(100), 0);
        atom.swap(|n| {
            runs += 1;
            if runs == 1 {
                overtake(&atom, behind);
            }
            n + 1
        });
        assert_eq!((runs, *atom.load()), (2, behind + 1));
        assert_eq!(atom.metrics().escalations, escalations, "{behind} behind");
    }
}

#[test]
fn a_swap_inside_the_closure_of_another_has_the_bound_too() {
    let (outer, inner) = (atom(1), atom(2));
    let (mut outer_runs, mut most) = (0, 0);
    outer.swap(|n| {
        outer_runs += 1;
        if outer_runs == 1 {
            overtake(&outer, 1);
        }
        let mut runs = 0;
        inner.swap(|n| {
            runs += 1;
            if runs <= 2 {
                overtake(&inner, 1);
            }
            n + 100
        });
        most = most.max(runs);
        n + 100
    });
    assert_eq!((outer_runs, most), (2, 3));
    assert_eq!((*outer.load(), *inner.load()), (101, 204));
    assert_eq!(outer.metrics().escalations, 1);
    assert_eq!(inner.metrics().escalations, 2);
}

#[test]
fn threads_that_all_overtake_each_other_keep_the_bound() {
    const THREADS: u64 = 4;
    for attempts in [2, 4, 8] {
        let atom = atom(attempts);
        let (mut updates, most) = (0, AtomicU64::new(0));
        while atom.metrics().escalations == 0 {
            thread::scope(|threads| {
                for _ in 0..THREADS {
                    threads.spawn(|| {
                        for _ in 0..200 {
                            let mut runs = 0;
                            atom.swap(|n| {
                                runs += 1;
                                // Lets the others in.
                                thread::yield_now();
                                n + 1
                            });
                            most.fetch_max(runs, SeqCst);
                        }
                    });
                }
            });
            updates += THREADS * 200;
        }
        assert_eq!((*atom.load(), atom.version()), (updates, updates));
        assert!(
            most.load(SeqCst) <= u64::from(attempts) + 1,
            "{attempts}: {most:?}"
        );
        assert!(most.load(SeqCst) > 1, "nobody was overtaken");
    }
}

#[test]
fn swap_once_runs_once_among_fast_updates() {
    let (atom, busy) = (atom(2), AtomicBool::new(true));
    let mut runs = 0;
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while busy.load(SeqCst) {
                    atom.swap(|n| n + 1);
                }
            });
        }
        let mut updates = 0;
        while updates < 200 || atom.metrics().waits == 0 {
            updates += 1;
            let done = atom.swap_once(|n| {
                runs += 1;
                thread::yield_now();
                n + 1
            });
            assert!(done.is_ok());
            assert_eq!(runs, updates);
        }
        busy.store(false, SeqCst);
    });
    assert_eq!(*atom.load(), atom.version());
}
