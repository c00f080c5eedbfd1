//! Models of the waiters alone: whoever waits for a change learns of it.

use core::task::{Context, Poll, Waker};
use std::sync::Arc as PlainArc;
use std::task::Wake;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{Ticket, Waiters};
use crate::runtime::explore::explore;
use crate::runtime::sync::{Condvar, Mutex};

/// Something that changes, and those who wait for it.
struct Changing {
    value: AtomicUsize,
    waiters: Waiters,
}

impl Changing {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            value: AtomicUsize::new(0),
            waiters: Waiters::new(),
        })
    }

    fn get(&self) -> usize {
        self.value.load(Ordering::Relaxed)
    }

    fn add_one(&self) {
        self.value.fetch_add(1, Ordering::Relaxed);
        self.waiters.notify();
    }
}

/// A thread that a waker wakes.
struct Parked {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Parked {
    fn wake(self: PlainArc<Self>) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }
}

/// Polls until `value` is reached, as an executor with one task.
fn block_on(changing: &Changing, value: usize) {
    let parked = PlainArc::new(Parked {
        woken: Mutex::new(false),
        changed: Condvar::new(),
    });
    let waker = Waker::from(PlainArc::clone(&parked));
    let (mut context, mut ticket) = (Context::from_waker(&waker), Ticket::default());
    let reached = || changing.get() >= value;
    while changing
        .waiters
        .poll(&mut context, &mut ticket, reached)
        .is_pending()
    {
        let mut woken = parked.woken.lock();
        while !*woken {
            parked.changed.wait(&mut woken);
        }
        *woken = false;
    }
    assert!(!ticket.is_held());
}

#[test]
fn a_thread_that_waits_learns_of_the_change() {
    explore(40, None, || {
        let changing = Changing::new();
        let theirs = Arc::clone(&changing);
        let other = thread::spawn(move || theirs.add_one());
        assert!(changing.waiters.wait(None, || changing.get() == 1));
        other.join().unwrap();
    });
}

#[test]
fn a_task_that_waits_learns_of_the_change() {
    explore(70, None, || {
        let changing = Changing::new();
        let theirs = Arc::clone(&changing);
        let other = thread::spawn(move || theirs.add_one());
        block_on(&changing, 1);
        other.join().unwrap();
    });
}

#[test]
fn a_thread_and_a_task_learn_of_two_changes() {
    explore(7_000, 3, || {
        let changing = Changing::new();
        let (one, two) = (Arc::clone(&changing), Arc::clone(&changing));
        let first = thread::spawn(move || one.add_one());
        let task = thread::spawn(move || block_on(&two, 2));
        changing.add_one();
        assert!(changing.waiters.wait(None, || changing.get() == 2));
        first.join().unwrap();
        task.join().unwrap();
    });
}

#[test]
fn a_task_that_gives_up_leaves_the_others_their_wake_up() {
    explore(800, 3, || {
        let changing = Changing::new();
        let (theirs, waits) = (Arc::clone(&changing), Arc::clone(&changing));
        let mut ticket = Ticket::default();
        let first =
            changing
                .waiters
                .poll(&mut Context::from_waker(Waker::noop()), &mut ticket, || {
                    changing.get() == 1
                });
        assert_eq!(first, Poll::Pending);
        let task = thread::spawn(move || block_on(&waits, 1));
        let other = thread::spawn(move || theirs.add_one());
        changing.waiters.forget(&mut ticket);
        assert!(!ticket.is_held());
        task.join().unwrap();
        other.join().unwrap();
    });
}
