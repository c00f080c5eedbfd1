//! The two places that every update of an atom passes: before it publishes a value, and after.

use core::error::Error;

use super::super::invalid::Invalid;
use super::super::shared::Shared;
use super::Atom;

impl<T: Send + Sync + 'static> Atom<T> {
    /// Asks whether `value` may be published. Called before each attempt to do so, and on a value
    /// that may yet lose the race; code of users runs here, as a part of the update.
    #[inline]
    pub(super) fn validate(&self, value: &T) -> Result<(), Box<dyn Error + Send + Sync>> {
        let _ = value;
        Ok(())
    }

    /// Tells that `new` has replaced `old`. Called once for each update, by the thread that made
    /// it, with nothing held: the atom may be read and updated here. `old` makes a handle when
    /// asked.
    #[inline]
    pub(super) fn published(&self, old: impl FnOnce() -> Shared<T>, new: &Shared<T>) {
        let _ = (old, new);
    }

    /// The error for a value that `validate` refused as the successor of `version`.
    #[cold]
    pub(super) fn invalid(
        &self,
        version: u64,
        refused: T,
        cause: Box<dyn Error + Send + Sync>,
    ) -> Invalid<T> {
        Invalid::new(("atom", self.name()), version, refused, cause)
    }
}
