//! A claim on an atom's word, ended by whatever ends the update.

use core::cell::Cell;
use core::panic::Location;

use super::super::guard::Guard;
use super::super::late::Late;
use super::super::node::Fresh;
use super::super::shared::Shared;
use super::super::word::marks::release_claim;
use super::Atom;
use super::turns::{Deadlock, Turns};
use crate::runtime::nesting::{self, Hold};

/// A claim on the word of an atom. Dropping it ends it, if it is still held.
pub(super) struct Claim<'a, T: Send + Sync + 'static> {
    atom: &'a Atom<T>,
    /// Invariant: while this is not `Ended`, the word has the mark of this claim.
    hold: Cell<Hold>,
}

impl<'a, T: Send + Sync + 'static> Claim<'a, T> {
    /// For a word that has just been marked so by the caller.
    pub(super) fn taken(atom: &'a Atom<T>, hold: Hold) -> Self {
        Self {
            atom,
            hold: Cell::new(hold),
        }
    }

    /// Waits for a turn.
    pub(super) fn take(atom: &'a Atom<T>, turns: &Turns, hold: Hold) -> Result<Self, Deadlock> {
        turns.take(&atom.word, hold)?;
        Ok(Self::taken(atom, hold))
    }

    pub(super) fn is_held(&self) -> bool {
        self.hold.get() != Hold::Ended
    }

    /// Publishes what follows `old`, and ends the claim, which is still held.
    pub(super) fn publish(self, old: &Guard<'_, T>, fresh: Fresh<T>) -> (Shared<T>, Late<T>) {
        self.hold.set(Hold::Ended);
        self.atom
            .word
            .publish_claimed(old, fresh, |marks| self.atom.claim_ended(marks))
    }

    fn end(&self, wake: bool) {
        if self.hold.replace(Hold::Ended) == Hold::Ended {
            return;
        }
        release_claim(&self.atom.word, |marks| {
            if wake {
                self.atom.claim_ended(marks);
            }
        });
    }
}

impl<T: Send + Sync + 'static> Drop for Claim<'_, T> {
    fn drop(&mut self) {
        self.end(!cfg!(heptad_mutant = "turns_no_wake_after_a_panic"));
    }
}

impl<T: Send + Sync + 'static> nesting::Claim for Claim<'_, T> {
    fn order(&self) -> u64 {
        self.atom.turns().order()
    }

    fn hold(&self) -> Hold {
        self.hold.get()
    }

    fn give_up(&self) {
        self.end(!cfg!(heptad_mutant = "turns_given_up_but_not_passed_on"));
    }
}

/// Says that a call cannot wait.
#[cold]
#[track_caller]
pub(super) fn would_deadlock(outer: &Location<'_>, inner: &Location<'_>) -> ! {
    panic!(
        "an update would have to wait for a `swap_once` of another thread, inside the closure of \
         a `swap_once`: the outer one was called at {outer}, the inner one at {inner}; as neither \
         closure may run twice, the threads could wait for each other for ever. Update one atom \
         after the other, or use `swap` for the outer one"
    )
}
