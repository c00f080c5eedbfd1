//! Models of what observers of an atom are told while others update it, run through loom.
//!
//! `.ci/with-cfg heptad_loom -- cargo test --profile loom --test loom_changes`; without the cfg this
//! is an empty test.

#![cfg(heptad_loom)]

#[path = "../src/runtime/explore.rs"]
mod explore;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use explore::explore;
use heptad::Atom;
use heptad::identity::{Changes, Keep, Lag};
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// A number that loom asks about at the end: left behind, it fails.
struct Value {
    number: u64,
    _leak_check: loom::alloc::Track<()>,
}

fn value(number: u64) -> Value {
    Value {
        number,
        _leak_check: loom::alloc::Track::new(()),
    }
}

fn atom() -> Arc<Atom<Value>> {
    Arc::new(Atom::new(value(0)))
}

fn step(atom: &Atom<Value>) {
    atom.swap(|old| value(old.number + 1));
}

fn spawn_step(atom: &Arc<Atom<Value>>) -> thread::JoinHandle<()> {
    let atom = Arc::clone(atom);
    thread::spawn(move || step(&atom))
}

/// Reads what is there; fails unless each change leads on from the one before.
fn follow(changes: &mut Changes<Value>) {
    let mut at = changes.seen().version();
    while let Ok(change) = changes.try_recv() {
        assert_eq!(change.old.version(), at);
        assert_eq!(change.new.number, change.version());
        assert_eq!(change.skipped(), 0);
        at = change.version();
    }
}

#[test]
fn a_stream_begins_with_an_update_or_shows_it() {
    explore(8_000, None, || {
        let atom = atom();
        let other = spawn_step(&atom);
        let mut changes = atom.changes(Lag::Bounded(8));
        other.join().unwrap();
        follow(&mut changes);
        assert_eq!(changes.seen().version(), 1);
    });
}

#[test]
fn a_stream_begins_with_an_update_in_a_turn_or_shows_it() {
    explore(30_000, None, || {
        let atom = atom();
        let other = thread::spawn({
            let atom = Arc::clone(&atom);
            move || drop(atom.swap_in_turn(|old| value(old.number + 1)))
        });
        let mut changes = atom.changes(Lag::Bounded(8));
        other.join().unwrap();
        follow(&mut changes);
        assert_eq!(changes.seen().version(), 1);
    });
}

#[test]
fn a_watch_is_told_of_every_update_after_the_value_loaded_next() {
    explore(14_000, None, || {
        let atom = atom();
        let told = Arc::new(AtomicUsize::new(0));
        let other = spawn_step(&atom);
        let telling = Arc::clone(&told);
        atom.watch("count", move |_| {
            telling.fetch_add(1, Relaxed);
        });
        let loaded = atom.version();
        other.join().unwrap();
        assert!(loaded as usize + told.load(Relaxed) >= 1);
    });
}

#[test]
fn two_threads_that_begin_to_watch_at_once_both_do() {
    explore(1_400, None, || {
        let atom = atom();
        let told = Arc::new(AtomicUsize::new(0));
        let watch = |key: &'static str| {
            let (atom, told) = (Arc::clone(&atom), Arc::clone(&told));
            move || {
                atom.watch(key, move |_| {
                    told.fetch_add(1, Relaxed);
                })
            }
        };
        let other = thread::spawn(watch("theirs"));
        assert!(!watch("ours")());
        assert!(!other.join().unwrap());
        step(&atom);
        assert_eq!(told.load(Relaxed), 2);
    });
}

#[test]
fn two_updates_are_shown_in_order_whoever_files_first() {
    explore(4_500, 3, || {
        let atom = atom();
        let mut changes = atom.changes(Lag::Bounded(8));
        let other = spawn_step(&atom);
        step(&atom);
        // Their update may be published and not yet filed, and ours wait for it.
        follow(&mut changes);
        other.join().unwrap();
        follow(&mut changes);
        assert_eq!(changes.seen().version(), 2);
    });
}

#[test]
fn history_has_what_was_loaded_before_and_no_gap() {
    explore(2_000, 2, || {
        let atom = atom();
        atom.keep_history(Keep::nothing().versions(8));
        let one = spawn_step(&atom);
        let two = spawn_step(&atom);
        let loaded = atom.version();
        let history = atom.history();
        assert!(history.newest().version() >= loaded);
        let versions: Vec<u64> = history.into_iter().map(|v| v.version()).collect();
        let expected: Vec<u64> = (0..versions.len() as u64).rev().collect();
        assert_eq!(versions, expected);
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!(atom.history().len(), 3);
    });
}

#[test]
fn history_is_not_waited_for_when_it_is_no_longer_kept() {
    explore(500, 3, || {
        let atom = atom();
        atom.keep_history(Keep::nothing().versions(8));
        let writer = spawn_step(&atom);
        let forgetful = thread::spawn({
            let atom = Arc::clone(&atom);
            move || atom.keep_history(Keep::nothing())
        });
        let loaded = atom.version();
        assert!(atom.history().newest().version() >= loaded);
        writer.join().unwrap();
        forgetful.join().unwrap();
    });
}

#[test]
fn a_parked_reader_is_woken_by_an_update_and_by_the_end_of_the_atom() {
    explore(600, 3, || {
        let atom = atom();
        let mut changes = atom.changes(Lag::Latest);
        let writer = thread::spawn(move || step(&atom));
        assert_eq!(changes.recv().map(|change| change.version()), Some(1));
        assert!(changes.recv().is_none());
        writer.join().unwrap();
    });
}

/// A task's executor: a flag, and a thread that waits for it.
struct Task {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Task {
    fn wake(self: std::sync::Arc<Self>) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_one();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let task = std::sync::Arc::new(Task {
        woken: Mutex::new(false),
        changed: Condvar::new(),
    });
    let waker = Waker::from(std::sync::Arc::clone(&task));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        let mut woken = task.woken.lock().unwrap();
        while !*woken {
            woken = task.changed.wait(woken).unwrap();
        }
        *woken = false;
    }
}

#[test]
fn a_waiting_task_is_woken_by_an_update_and_by_the_end_of_the_atom() {
    explore(500, 3, || {
        let atom = atom();
        let mut changes = atom.changes(Lag::Latest);
        let writer = thread::spawn(move || step(&atom));
        let first = block_on(changes.next());
        assert_eq!(first.map(|change| change.version()), Some(1));
        assert!(block_on(changes.next()).is_none());
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_may_leave_while_others_update_and_end_the_atom() {
    explore(800, 3, || {
        let atom = atom();
        let mut changes = atom.changes(Lag::Latest);
        let one = thread::spawn({
            let atom = Arc::clone(&atom);
            move || {
                step(&atom);
                step(&atom);
            }
        });
        drop(atom);
        let seen = changes.try_recv().map_or(0, |change| change.version());
        drop(changes);
        assert!(seen <= 2);
        one.join().unwrap();
    });
}
