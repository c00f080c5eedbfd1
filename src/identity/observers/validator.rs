//! The function that may refuse a value before it is published.

use core::error::Error;
use core::fmt;

use super::super::shared::Shared;
use crate::runtime::sync::SharedFn;

/// Why a validator refused.
pub(in super::super) type Cause = Box<dyn Error + Send + Sync>;

/// What is asked before each attempt to publish.
pub(in super::super) type Validator<T> = SharedFn<dyn Fn(&T) -> Result<(), Cause> + Send + Sync>;

/// A validator as it is kept, from a function with any error.
pub(in super::super) fn validator<T, E: Into<Cause>>(
    f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
) -> Validator<T> {
    SharedFn::new(move |value| f(value).map_err(Into::into))
}

pub(super) fn check<T>(
    validator: &Validator<T>,
    current: &Shared<T>,
) -> Result<(), RefusedByValidator<T>> {
    validator(current).map_err(|cause| RefusedByValidator {
        current: current.clone(),
        cause,
    })
}

/// A validator was not set, as it refuses the value that the identity has.
///
/// The identity is as it was, with the validator it had before, if any. Publish a valid value first
/// and set the validator then.
///
/// # Examples
///
/// ```
/// let level = heptad::Atom::new(-1);
/// let not_negative = |n: &i32| if *n < 0 { Err("negative") } else { Ok(()) };
///
/// let error = level.set_validator(not_negative).unwrap_err();
/// assert_eq!(*error.current, -1);
/// assert!(error.to_string().contains("negative"));
/// level.reset(0);
/// assert!(level.set_validator(not_negative).is_ok());
/// ```
#[non_exhaustive]
pub struct RefusedByValidator<T> {
    /// The value that it refuses.
    pub current: Shared<T>,
    /// What it said.
    pub cause: Cause,
}

impl<T> fmt::Debug for RefusedByValidator<T> {
    /// Leaves the value out, so that any result can be unwrapped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedByValidator")
            .field("current_version", &self.current.version())
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for RefusedByValidator<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the validator was not set, as it refuses the current value, version {}: {}; publish a \
             valid value first",
            self.current.version(),
            self.cause
        )
    }
}

impl<T> Error for RefusedByValidator<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
