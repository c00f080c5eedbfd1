//! What `Atom::compare_and_set` returns when it refuses.

use core::error::Error;
use core::fmt;

use super::super::shared::Shared;

/// A value was not set: the atom no longer held the expected one, or a validator refused.
///
/// Nothing is lost. If the atom was updated meanwhile ([`is_beaten`](Self::is_beaten)), compute a
/// new value from [`current`](Self::current) and try again, or use [`swap`](super::Atom::swap),
/// which does so by itself.
///
/// # Examples
///
/// ```
/// let atom = heptad::Atom::new(1);
/// let seen = atom.load_full();
/// atom.reset(5);
///
/// let Err(error) = atom.compare_and_set(&seen, 2) else { unreachable!() };
/// assert!(error.to_string().contains("version 1"));
/// assert!(atom.compare_and_set(&error.current, *error.current + error.refused).is_ok());
/// assert_eq!(*atom.load(), 7);
/// ```
#[non_exhaustive]
pub struct CompareError<T> {
    /// What the atom held when the refusal was returned, read after the refusal.
    pub current: Shared<T>,
    /// The value that was not set.
    pub refused: T,
    /// What a validator said against the value; `None` if the atom was updated meanwhile.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl<T> CompareError<T> {
    /// Whether the atom was updated meanwhile, so that a new attempt makes sense. Otherwise a
    /// validator refused the value.
    pub fn is_beaten(&self) -> bool {
        self.cause.is_none()
    }
}

impl<T> fmt::Debug for CompareError<T> {
    /// Leaves the values out, so that any result can be unwrapped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompareError")
            .field("current_version", &self.current.version())
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for CompareError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cause) = &self.cause {
            return write!(
                f,
                "a validator of the atom, which is at version {}, refused the value: {cause}; the \
                 value is in `refused`",
                self.current.version()
            );
        }
        write!(
            f,
            "the atom was updated meanwhile and is at version {}; compute the new value again from \
             the `current` handle of this error, or use `swap`, which retries by itself",
            self.current.version()
        )
    }
}

impl<T> Error for CompareError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let cause: &(dyn Error + 'static) = self.cause.as_deref()?;
        Some(cause)
    }
}
