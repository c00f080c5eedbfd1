//! When and where the values of an atom are dropped: once each, not before the last reader is
//! done, with nothing held, so that a `Drop` may use atoms itself; also while a thread ends.

mod counted;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::thread;

use counted::{Census, Counted};
use heptad::{Atom, Shared, identity};

#[test]
fn each_value_is_dropped_once_when_nobody_holds_it() {
    let census = Census::default();
    let atom = Atom::new(census.value(0));
    for n in 1..1000 {
        atom.reset(census.value(n));
    }
    census.settle(1);
    let kept: Vec<Shared<Counted>> = (0..10)
        .map(|_| atom.swap(|v| v.another(v.number + 1)))
        .collect();
    census.settle(10);
    drop(atom);
    census.settle(10);
    assert!(kept.iter().map(|v| v.number).eq(1000..1010));
    drop(kept);
    census.settle(0);
}

#[test]
fn the_last_handle_drops_the_value_then_and_there() {
    let census = Census::default();
    let atom = Atom::new(census.value(0));
    let handle = atom.load_full();
    drop(atom);
    assert_eq!(census.living(), 1);
    let copies = [handle.clone(), handle];
    thread::spawn(move || drop(copies)).join().unwrap();
    assert_eq!(census.living(), 0);
}

#[test]
fn ended_threads_leave_nothing_behind() {
    let census = Census::default();
    let atom = Arc::new(Atom::new(census.value(0)));
    for _ in 0..50 {
        let shared = Arc::clone(&atom);
        let worker = thread::spawn(move || {
            for _ in 0..10 {
                shared.swap(|v| v.another(v.number + 1));
            }
        });
        worker.join().unwrap();
    }
    assert_eq!(atom.version(), 500);
    census.settle(1);
}

#[test]
fn a_thread_that_ends_after_refused_updates_leaves_nothing_behind() {
    let census = Census::default();
    let atom = Arc::new(Atom::new(census.value(0)));
    let (shared, values) = (Arc::clone(&atom), census.clone());
    let worker = thread::spawn(move || {
        let stale = shared.load_full();
        for n in 1..200 {
            shared.reset(values.value(n));
        }
        // Enough calls for the old values to be handed back, none of which drops strangers' values.
        for _ in 0..1000 {
            assert!(shared.compare_and_set(&stale, values.value(0)).is_err());
        }
    });
    worker.join().unwrap();
    census.settle(1);
}

/// A value whose `Drop` updates the atom that it was in.
struct Echo {
    generation: u64,
    home: Weak<Home>,
}

#[derive(Default)]
struct Home {
    atom: std::sync::OnceLock<Atom<Echo>>,
    dropped: AtomicU64,
}

impl Home {
    fn atom(&self) -> &Atom<Echo> {
        self.atom.get().unwrap()
    }

    fn with_atom() -> Arc<Self> {
        let home = Arc::new(Self::default());
        let first = Echo {
            generation: 0,
            home: Arc::downgrade(&home),
        };
        assert!(home.atom.set(Atom::new(first)).is_ok());
        home
    }
}

/// Every value is followed by the next generation when it is dropped, up to this one.
const GENERATIONS: u64 = 300;

impl Drop for Echo {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else {
            return;
        };
        home.dropped.fetch_add(1, SeqCst);
        if self.generation < GENERATIONS {
            home.atom().swap(|old| Echo {
                generation: old.generation + 1,
                home: Weak::clone(&old.home),
            });
        }
    }
}

/// Flushes until `done`.
fn flush_until(done: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if done() {
            return;
        }
        identity::flush();
        thread::yield_now();
    }
    assert!(done(), "flushing does not get there");
}

#[test]
fn a_drop_may_update_the_atom_that_its_value_was_in() {
    let home = Home::with_atom();
    home.atom().swap(|old| Echo {
        generation: old.generation + 1,
        home: Weak::clone(&old.home),
    });
    // Each drop publishes a value and so retires another one, whose drop does the same.
    flush_until(|| home.dropped.load(SeqCst) >= GENERATIONS);
    let current = home.atom().load_full();
    assert!(current.generation >= GENERATIONS);
    assert_eq!(current.version(), current.generation);
}

/// A value whose `Drop` updates an atom, and tells whether it ran on a thread.
struct Knock {
    target: Arc<Atom<u64>>,
    thread: thread::ThreadId,
    ran_there: Arc<AtomicU64>,
}

impl Drop for Knock {
    fn drop(&mut self) {
        self.target.swap(|n| n + 1);
        if thread::current().id() == self.thread {
            self.ran_there.fetch_add(1, SeqCst);
        }
    }
}

#[test]
fn a_drop_that_runs_inside_a_closure_is_no_part_of_it() {
    let target = Arc::new(Atom::new(0));
    let ran_there = Arc::new(AtomicU64::new(0));
    let knock = || Knock {
        target: Arc::clone(&target),
        thread: thread::current().id(),
        ran_there: Arc::clone(&ran_there),
    };
    let other = Atom::new(knock());
    let mut runs = 0;
    target.swap(|n| {
        runs += 1;
        if runs == 1 {
            // Old values of another atom get their turn while the closure runs. Their drops
            // update this one, which is no nested update: nothing in the closure asked for it.
            flush_until(|| {
                other.reset(knock());
                ran_there.load(SeqCst) > 0
            });
        }
        n + 1
    });
    assert!(runs > 1, "a drop inside the closure updated the atom");
}

#[test]
fn many_values_whose_drops_use_atoms_need_no_deep_stack() {
    const VALUES: u64 = 20_000;
    struct Busy(Arc<Atom<u64>>);
    impl Drop for Busy {
        fn drop(&mut self) {
            // Each of these calls may find the next values waiting.
            for _ in 0..8 {
                self.0.swap(|n| n + 1);
            }
            identity::flush();
        }
    }
    let count = Arc::new(Atom::new(0));
    let worker = {
        let count = Arc::clone(&count);
        let small = thread::Builder::new().stack_size(128 * 1024);
        small.spawn(move || {
            let atom = Atom::new(Busy(Arc::clone(&count)));
            for _ in 1..VALUES {
                atom.reset(Busy(Arc::clone(&count)));
            }
        })
    };
    worker.unwrap().join().unwrap();
    flush_until(|| *count.load() == 8 * VALUES);
}

/// Uses an atom while the thread-locals of the thread are destroyed.
struct Farewell {
    atom: Arc<Atom<Counted>>,
    kept: Shared<Counted>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        assert!(self.kept.number <= self.atom.load().number);
        for _ in 0..300 {
            self.atom.swap(|v| v.another(v.number + 1));
        }
        assert!(self.atom.load_full().version() >= 300);
        identity::flush();
    }
}

thread_local! {
    static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

#[test]
fn atoms_work_in_the_destructors_of_thread_locals() {
    let census = Census::default();
    let atom = Arc::new(Atom::new(census.value(0)));
    for atom_first in [true, false] {
        let atom = Arc::clone(&atom);
        let worker = thread::spawn(move || {
            // Destructors run in the reverse order of first use, or the other way round: one of
            // the two orders has the reclaimer's own thread-local gone before.
            if atom_first {
                assert!(atom.load().number < u64::MAX);
            }
            FAREWELL.with(|farewell| {
                let kept = atom.load_full();
                *farewell.borrow_mut() = Some(Farewell { atom, kept });
            });
        });
        worker.join().unwrap();
    }
    assert_eq!(atom.version(), 600);
    census.settle(1);
    drop(atom);
    census.settle(0);
}

#[test]
fn a_guard_that_is_kept_for_long_holds_back_nothing_else() {
    let census = Census::default();
    let atom = Atom::new(census.value(0));
    let guard = atom.load();
    for n in 1..500 {
        atom.reset(census.value(n));
    }
    census.settle(2);
    assert_eq!(guard.number, 0);
    atom.with(|value| {
        atom.reset(census.value(value.number + 1));
        for n in 1000..1500 {
            atom.reset(census.value(n));
        }
        census.settle(3);
    });
    drop(guard);
    census.settle(1);
}

#[test]
fn a_leaked_guard_leaks_its_value_and_nothing_else() {
    let census = Census::default();
    let atom = Atom::new(census.value(0));
    std::mem::forget(atom.load());
    atom.reset(census.value(1));
    atom.reset(census.value(2));
    census.settle(2);
}
