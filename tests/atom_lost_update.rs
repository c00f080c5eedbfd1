//! No update of an atom is lost, none is applied twice, and readers see whole values in order.

mod counted;

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use counted::Census;
use heptad::Atom;

const THREADS: u64 = 4;
const UPDATES: u64 = 20_000;

#[test]
fn every_update_of_every_thread_counts_once() {
    let (atom, runs) = (Atom::new(0), AtomicU64::new(0));
    let mut updates = 0;
    // Until threads did get in each other's way: without that the result would say nothing.
    while runs.load(SeqCst) == updates {
        let start = Barrier::new(THREADS as usize);
        thread::scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| {
                    start.wait();
                    for _ in 0..UPDATES {
                        atom.swap(|n| {
                            runs.fetch_add(1, SeqCst);
                            n + 1
                        });
                    }
                });
            }
        });
        updates += THREADS * UPDATES;
        assert_eq!(*atom.load(), updates);
        assert_eq!(atom.version(), updates);
    }
}

#[test]
fn a_closure_that_lost_a_race_runs_again_on_the_newer_value() {
    let atom = Atom::new(vec![0]);
    let mut seen = Vec::new();
    let new = atom.swap(|values| {
        seen.push(values.clone());
        if seen.len() <= 2 {
            // A whole update of another thread fits into this run of the closure.
            thread::scope(|threads| {
                threads.spawn(|| atom.swap(|v| v.iter().copied().chain([v.len()]).collect()));
            });
        }
        values.iter().copied().chain([100]).collect()
    });
    assert_eq!(seen, [vec![0], vec![0, 1], vec![0, 1, 2]]);
    assert_eq!(*new, [0, 1, 2, 100]);
    assert_eq!(new.version(), 3);
}

#[test]
fn each_value_is_replaced_by_exactly_one_update() {
    let atom = Atom::new(0_u64);
    let mut replaced: Vec<u64> = thread::scope(|threads| {
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                threads.spawn(|| {
                    let one_update = |_| {
                        let (old, new) = atom.swap_vals(|n| n + 1);
                        assert_eq!(*old + 1, *new);
                        assert_eq!(old.version() + 1, new.version());
                        *old
                    };
                    (0..UPDATES / 4).map(one_update).collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|w| w.join().unwrap())
            .collect()
    });
    replaced.sort_unstable();
    assert!(replaced.iter().copied().eq(0..THREADS * (UPDATES / 4)));
}

#[test]
fn readers_beside_writers_see_whole_values_and_never_go_back() {
    let census = Census::default();
    // Two parts that belong together.
    let atom = Atom::new((census.value(0), census.value(0)));
    let (writing, reads) = (AtomicBool::new(true), AtomicU64::new(0));
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let mut newest = 0;
                while writing.load(SeqCst) {
                    let pair = atom.load_full();
                    assert_eq!(pair.0.number, pair.1.number);
                    assert_eq!(pair.0.number, pair.version());
                    assert!(pair.version() >= newest, "a reader went back in time");
                    newest = pair.version();
                    assert!(atom.version() >= newest);
                    reads.fetch_add(1, SeqCst);
                }
            });
        }
        let mut writes = 0;
        while writes < UPDATES || reads.load(SeqCst) < UPDATES {
            atom.swap(|(a, b)| (a.another(a.number + 1), b.another(b.number + 1)));
            writes += 1;
        }
        writing.store(false, SeqCst);
    });
    census.settle(2);
    drop(atom);
    census.settle(0);
}

#[test]
fn compare_and_set_as_a_loop_loses_nothing_either() {
    let (atom, refused) = (Atom::new(0_u64), AtomicU64::new(0));
    let mut updates = 0;
    while refused.load(SeqCst) == 0 {
        thread::scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| {
                    for _ in 0..UPDATES / 10 {
                        let mut seen = atom.load_full();
                        while let Err(error) = atom.compare_and_set(&seen, *seen + 1) {
                            assert_eq!(error.refused, *seen + 1);
                            assert!(error.current.version() > seen.version());
                            refused.fetch_add(1, SeqCst);
                            seen = error.current;
                        }
                    }
                });
            }
        });
        updates += THREADS * (UPDATES / 10);
        assert_eq!((*atom.load(), atom.version()), (updates, updates));
    }
}

#[test]
fn a_value_that_came_back_equal_is_not_the_one_expected() {
    let atom = Atom::new("a");
    let seen = atom.load_full();
    atom.reset("b");
    let again = atom.reset("a");
    assert_eq!(*seen, *again);
    assert!(atom.compare_and_set(&seen, "c").is_err());
    assert!(atom.compare_and_set(&again, "c").is_ok());
    // Nor is a value of another atom.
    let other = Atom::new("c");
    assert!(atom.compare_and_set(&other.load_full(), "d").is_err());
    assert_eq!(*atom.load(), "c");
}
