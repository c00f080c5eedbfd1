//! A panic in a user's closure or `Clone` reaches the caller, leaves the old value in place, and
//! neither leaks nor drops anything twice.

mod counted;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use counted::{Census, Counted};
use heptad::Atom;

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_closure_that_panics_on_its_nth_run_leaves_what_was_published_before() {
    // The closure loses its first races, each to one update of another thread.
    for fatal in 1..=5_u64 {
        let census = Census::default();
        // Never in a turn: in one, the closure must not wait for other updates.
        let atom = Atom::builder().max_attempts(10).build(census.value(0));
        let run = Cell::new(0);
        let swap = || {
            atom.swap(|old| {
                run.set(run.get() + 1);
                let computed = old.another(old.number + 100);
                assert!(run.get() != fatal, "injected");
                thread::scope(|threads| {
                    threads.spawn(|| atom.swap(|v| v.another(v.number + 1)));
                });
                computed
            })
        };
        assert!(panics(swap));
        assert_eq!(run.get(), fatal);
        assert_eq!((atom.load().number, atom.version()), (fatal - 1, fatal - 1));

        atom.swap(|old| old.another(old.number + 1));
        assert_eq!(atom.load().number, fatal);
        census.settle(1);
        drop(atom);
        census.settle(0);
    }
}

#[test]
fn a_closure_of_with_that_panics_gives_its_count_back() {
    let census = Census::default();
    let atom = Atom::new(census.value(7));
    assert!(panics(
        || atom.with(|value| assert_eq!(value.number, 0, "injected"))
    ));
    atom.reset(census.value(8));
    census.settle(1);
    assert_eq!(atom.load().number, 8);
}

/// A value whose `Clone` panics when its budget is used up.
struct Fragile {
    parts: Vec<Part>,
}

struct Part {
    value: Counted,
}

thread_local! {
    static CLONES_LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

impl Clone for Part {
    fn clone(&self) -> Self {
        CLONES_LEFT.with(|left| {
            assert!(left.get() > 0, "injected");
            left.set(left.get() - 1);
        });
        Self {
            value: self.value.another(self.value.number),
        }
    }
}

#[test]
fn a_clone_that_panics_half_way_through_an_update_leaks_nothing() {
    const PARTS: u64 = 6;
    let census = Census::default();
    let parts = (0..PARTS).map(|n| Part {
        value: census.value(n),
    });
    let atom = Atom::new(Fragile {
        parts: parts.collect(),
    });
    let push = || {
        atom.swap(|old| {
            let mut parts = old.parts.clone();
            parts.push(parts[0].clone());
            Fragile { parts }
        })
    };
    for budget in 0..=PARTS {
        CLONES_LEFT.set(budget);
        assert!(panics(push));
        assert_eq!((atom.load().parts.len() as u64, atom.version()), (PARTS, 0));
        census.settle(PARTS as i64);
    }
    CLONES_LEFT.set(PARTS + 1);
    assert_eq!(push().parts.len() as u64, PARTS + 1);
    census.settle(PARTS as i64 + 1);
}

#[test]
fn values_that_lost_a_race_are_dropped_at_once() {
    let census = Census::default();
    let atom = Atom::new(census.value(0));
    let seen = atom.load_full();
    atom.reset(census.value(1));
    let Err(error) = atom.compare_and_set(&seen, census.value(2)) else {
        panic!("the value expected is gone");
    };
    assert_eq!((error.refused.number, error.current.number), (2, 1));
    assert_eq!(census.living(), 3);
    drop(error);
    assert_eq!(census.living(), 2, "the refused value came back by value");
    drop(seen);
    census.settle(1);
}
