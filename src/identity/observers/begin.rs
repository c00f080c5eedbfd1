//! Observers that an identity has from its first version on, collected by its builder.

use super::super::history::Keep;
use super::super::shared::Shared;
use super::ObserversCell;
use super::validator::{Cause, Validator, validator};

/// What builders of identities collect.
pub(in super::super) struct Beginning<T> {
    pub(in super::super) keep: Keep,
    validator: Option<Validator<T>>,
}

impl<T: Send + Sync + 'static> Beginning<T> {
    pub(in super::super) fn new() -> Self {
        Self {
            keep: Keep::nothing(),
            validator: None,
        }
    }

    pub(in super::super) fn set_validator<E: Into<Cause>>(
        &mut self,
        f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) {
        self.validator = Some(validator(f));
    }

    /// Whether `first` may be the first value.
    pub(in super::super) fn validate(&self, first: &T) -> Result<(), Cause> {
        self.validator.as_ref().map_or(Ok(()), |f| f(first))
    }

    /// The observers of an identity that nobody else has yet; `current` gives its first value.
    pub(in super::super) fn observe(
        self,
        cell: &ObserversCell<T>,
        current: impl FnOnce() -> Shared<T>,
    ) {
        if let Some(validator) = &self.validator {
            cell.observers().validators.begin(validator).done();
        }
        cell.keep_history(self.keep, current);
    }
}
