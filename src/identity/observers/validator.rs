//! The function that may refuse a value before it is published, and how it is set beside updates.

use core::error::Error;
use core::fmt;

use super::super::shared::Shared;
use crate::runtime::replaceable::Replaceable;
use crate::runtime::sync::plain;

/// Why a validator refused.
pub(in super::super) type Cause = Box<dyn Error + Send + Sync>;

/// What is asked before each attempt to publish.
pub(in super::super) type Validator<T> = plain::Arc<dyn Fn(&T) -> Result<(), Cause> + Send + Sync>;

/// A validator as it is kept, from a function with any error.
pub(in super::super) fn validator<T, E: Into<Cause>>(
    f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
) -> Validator<T> {
    plain::Arc::new(move |value| f(value).map_err(Into::into))
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

/// The validator of one identity, and those that are being set.
///
/// While one is being set, it is not yet known whether the current value passes it, so the one
/// before stays in force beside it. Then either can go and the other has been asked about every
/// value all the time.
pub(super) struct Validators<T> {
    /// In the order in which their setting began. A value has to pass all.
    ///
    /// Invariant: all but the first are being set.
    asked: Replaceable<Vec<Validator<T>>>,
}

impl<T> Validators<T> {
    pub(super) fn new() -> Self {
        Self {
            asked: Replaceable::new(Vec::new()),
        }
    }

    pub(super) fn validate(&self, value: &T) -> Result<(), Cause> {
        let asked = self.asked.load();
        if cfg!(heptad_mutant = "validator_replaces_at_once") {
            return asked.last().map_or(Ok(()), |last| last(value));
        }
        asked.iter().try_for_each(|validator| validator(value))
    }

    /// Has one asked beside those before, until its setting is done or given up.
    pub(super) fn begin<'a>(&'a self, validator: &'a Validator<T>) -> Setting<'a, T> {
        drop(self.asked.replace(|asked| {
            let mut asked = asked.clone();
            asked.push(validator.clone());
            asked
        }));
        Setting {
            validators: self,
            validator,
            done: false,
        }
    }

    /// True if there was one. Those that are being set go too.
    pub(super) fn clear(&self) -> bool {
        !self.asked.replace(|_| Vec::new()).is_empty()
    }
}

/// A validator that is being set; dropped, it goes, and nothing else changes.
#[must_use = "the setting is given up when this is dropped"]
pub(super) struct Setting<'a, T> {
    validators: &'a Validators<T>,
    validator: &'a Validator<T>,
    done: bool,
}

impl<T> Setting<'_, T> {
    /// It takes the place of those before; it does not if it has been replaced or cleared itself.
    pub(super) fn done(mut self) {
        self.done = true;
        drop(self.validators.asked.replace(|asked| {
            let own = asked.iter().position(|other| self.is_own(other));
            asked[own.unwrap_or(0)..].to_vec()
        }));
    }

    fn is_own(&self, other: &Validator<T>) -> bool {
        plain::Arc::ptr_eq(self.validator, other)
    }
}

impl<T> Drop for Setting<'_, T> {
    fn drop(&mut self) {
        if self.done || cfg!(heptad_mutant = "validator_is_not_undone") {
            return;
        }
        drop(self.validators.asked.replace(|asked| {
            let mut asked = asked.clone();
            if cfg!(heptad_mutant = "validator_undo_looks_at_the_last")
                && !asked.last().is_some_and(|last| self.is_own(last))
            {
                return asked;
            }
            asked.retain(|other| !self.is_own(other));
            asked
        }));
    }
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
