//! What `Atom::try_swap` returns when nothing was published.

use core::error::Error;
use core::fmt;

use super::super::invalid::Invalid;

/// The atom was left as it was, by the closure's own decision or by a validator's.
///
/// # Examples
///
/// ```
/// use heptad::Atom;
/// use heptad::identity::TrySwapError;
///
/// let balance = Atom::new(10_u32);
/// let result = balance.try_swap(|now| now.checked_sub(25).ok_or("not enough"));
/// assert!(matches!(result, Err(TrySwapError::Refused("not enough"))));
/// assert_eq!(balance.version(), 0);
/// ```
#[non_exhaustive]
pub enum TrySwapError<T, E> {
    /// The closure returned this error instead of a value.
    Refused(E),
    /// A validator refused the value of the closure.
    Invalid(Invalid<T>),
}

impl<T, E: fmt::Debug> fmt::Debug for TrySwapError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => f.debug_tuple("Refused").field(error).finish(),
            Self::Invalid(invalid) => f.debug_tuple("Invalid").field(invalid).finish(),
        }
    }
}

impl<T, E: fmt::Display> fmt::Display for TrySwapError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(
                f,
                "the atom is unchanged, as the closure of `try_swap` refused: {error}"
            ),
            Self::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

impl<T, E: Error + 'static> Error for TrySwapError<T, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Invalid(invalid) => invalid.source(),
        }
    }
}
