//! The two places that every update of an atom passes: before it publishes a value, and after.

use super::super::invalid::Invalid;
use super::super::late::Late;
use super::super::observers::{Cause, Noted};
use super::super::shared::Shared;
use super::Atom;

impl<T: Send + Sync + 'static> Atom<T> {
    /// Asks whether `value` may be published. Called before each attempt to do so, and on a value
    /// that may yet lose the race; code of users runs here, as a part of the update.
    #[inline]
    pub(super) fn validate(&self, value: &T) -> Result<(), Cause> {
        self.observers.validate(value)
    }

    /// Files what this thread has just published. Called right after that, before code of users
    /// runs.
    #[inline]
    pub(super) fn note(&self, new: &Shared<T>) -> Noted<T> {
        self.observers.note(new)
    }

    /// Tells of an update that was noted, and gives up `replaced`, which may run any old value's
    /// `Drop`. Called once for each update, by the thread that made it, with nothing held: the atom
    /// may be read and updated here. `old` makes a handle when asked.
    #[inline]
    pub(super) fn published(
        &self,
        noted: Noted<T>,
        old: impl FnOnce() -> Shared<T>,
        new: &Shared<T>,
        replaced: Late<T>,
    ) {
        self.observers.tell(noted, old, new, replaced);
    }

    /// The error for a value that `validate` refused as the successor of `version`.
    #[cold]
    pub(super) fn invalid(&self, version: u64, refused: T, cause: Cause) -> Invalid<T> {
        Invalid::new(("atom", self.name()), version, refused, cause)
    }
}
