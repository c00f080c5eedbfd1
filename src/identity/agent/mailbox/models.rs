//! Models of the mailbox alone: letters arrive once, in order, and there is one turn at a time.

#![allow(unsafe_code, reason = "reads and writes loom cells")]

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{Action, Letter, Mailbox, Refusal};
use crate::runtime::explore::explore;
use crate::runtime::workers::Place;

/// Appends a digit, which lies in memory that loom watches.
struct Digit {
    digit: UnsafeCell<u64>,
    _leak_check: loom::alloc::Track<()>,
}

// SAFETY: the cell is written before the letter is sent, and read by who runs it.
unsafe impl Send for Digit {}

impl Action<u64> for Digit {
    const PLACE: Place = Place::Worker;

    fn run(self, value: &u64) -> Result<u64, Refusal> {
        // SAFETY: the action is this thread's.
        Ok(value * 10 + self.digit.with(|digit| unsafe { *digit }))
    }
}

#[track_caller]
fn digit(digit: u64) -> Letter<u64> {
    let digit = Digit {
        digit: UnsafeCell::new(digit),
        _leak_check: loom::alloc::Track::new(()),
    };
    Letter::new(digit, core::panic::Location::caller())
}

/// What belongs to who has the turn, and to nobody else.
struct Account {
    mailbox: Mailbox<u64>,
    value: UnsafeCell<u64>,
}

// SAFETY: the value is touched with the turn only; loom checks exactly that.
unsafe impl Sync for Account {}
// SAFETY: as above.
unsafe impl Send for Account {}

impl Account {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            mailbox: Mailbox::new(),
            value: UnsafeCell::new(0),
        })
    }

    /// Sends, and runs what is there if that gives the turn.
    fn send(&self, letter: Letter<u64>) {
        if !self.mailbox.add(letter) {
            return;
        }
        loop {
            let mut letters = self.mailbox.take_all();
            while let Some(letter) = letters.take_first() {
                // SAFETY: this thread has the turn.
                self.value.with_mut(|value| unsafe {
                    *value = letter.run(&*value).unwrap_or_default();
                });
            }
            if self.mailbox.give_up_turn() {
                return;
            }
        }
    }

    fn value(&self) -> u64 {
        // SAFETY: called when all senders have ended.
        self.value.with(|value| unsafe { *value })
    }
}

fn has_order(value: u64, first: u64, second: u64) -> bool {
    let digits = value.to_string();
    digits.find(&first.to_string()) < digits.find(&second.to_string())
}

#[test]
fn letters_of_two_senders_are_run_once_in_order_by_one_at_a_time() {
    explore(800, None, || {
        let account = Account::new();
        let theirs = Arc::clone(&account);
        let other = thread::spawn(move || {
            theirs.send(digit(1));
            theirs.send(digit(2));
        });
        account.send(digit(3));
        other.join().unwrap();
        let value = account.value();
        assert!(
            (100..1000).contains(&value) && has_order(value, 1, 2),
            "{value}"
        );
    });
}

#[test]
fn letters_of_three_senders_are_run_once_by_one_at_a_time() {
    explore(11_000, 3, || {
        let account = Account::new();
        let (one, two) = (Arc::clone(&account), Arc::clone(&account));
        let first = thread::spawn(move || one.send(digit(1)));
        let second = thread::spawn(move || two.send(digit(2)));
        account.send(digit(3));
        first.join().unwrap();
        second.join().unwrap();
        assert!((100..1000).contains(&account.value()));
    });
}

#[test]
fn letters_that_nobody_takes_are_freed_with_the_mailbox() {
    explore(7, None, || {
        let mailbox = Arc::new(Mailbox::new());
        let theirs = Arc::clone(&mailbox);
        let other = thread::spawn(move || {
            let _ = theirs.add(digit(1));
        });
        let _ = mailbox.add(digit(2));
        other.join().unwrap();
    });
}
