//! How an update is made: the loop that all of them share.

use core::convert::Infallible;
use core::panic::Location;

use super::super::guard::Guard;
use super::super::invalid::Invalid;
use super::super::node::Fresh;
use super::super::shared::Shared;
use super::Atom;
use super::compare_error::CompareError;
use super::try_swap_error::TrySwapError;
use crate::runtime::backoff::Backoff;
use crate::runtime::nesting;

/// What an update returns: what it replaced, protected, and what it published.
pub(super) type Updated<'a, T> = (Guard<'a, T>, Shared<T>);

impl<T: Send + Sync + 'static> Atom<T> {
    /// Updates by a closure that never refuses, on behalf of a caller that has no way to pass on
    /// what a validator says.
    #[track_caller]
    #[inline]
    pub(super) fn must_update(
        &self,
        mut f: impl FnMut(&T) -> T,
        at: &'static Location<'static>,
    ) -> Updated<'_, T> {
        match self.update(|value| Ok::<T, Infallible>(f(value)), at) {
            Ok(updated) => updated,
            Err(TrySwapError::Refused(never)) => match never {},
            Err(TrySwapError::Invalid(invalid)) => refused_by_validator(&invalid),
        }
    }

    /// The one update loop.
    #[inline]
    pub(super) fn update<E>(
        &self,
        mut f: impl FnMut(&T) -> Result<T, E>,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, TrySwapError<T, E>> {
        self.refuse_inside_own_update(at);
        let mut backoff = Backoff::new();
        loop {
            #[cfg(heptad_mutant = "atom_releases_before_updating")]
            drop(self.load_full());
            let old = self.word.guard();
            let value = nesting::running(self.id(), at, || self.compute(&old, &mut f))?;
            let fresh = Fresh::after(old.version(), value);
            if let Ok(replaced) = self.word.publish_after(&old, fresh) {
                let noted = self.note(&replaced);
                let new = self.published(noted, || old.to_shared(), replaced);
                return Ok((old, new));
            }
            backoff.pause();
        }
    }

    /// Runs the closure and the validators.
    #[inline]
    fn compute<E>(
        &self,
        old: &Guard<'_, T>,
        f: impl FnOnce(&T) -> Result<T, E>,
    ) -> Result<T, TrySwapError<T, E>> {
        let value = f(old).map_err(TrySwapError::Refused)?;
        match self.validate(&value) {
            Ok(()) => Ok(value),
            Err(cause) => Err(TrySwapError::Invalid(self.invalid(
                old.version(),
                value,
                cause,
            ))),
        }
    }

    /// Sets the value whatever it was.
    pub(super) fn set(
        &self,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, Invalid<T>> {
        self.refuse_inside_own_update(at);
        let mut fresh = Fresh::first(value);
        let mut backoff = Backoff::new();
        loop {
            let old = self.word.guard();
            fresh.follow(old.version());
            let verdict = nesting::running(self.id(), at, || self.validate(fresh.value()));
            if let Err(cause) = verdict {
                return Err(self.invalid(old.version(), fresh.into_value(), cause));
            }
            match self.word.publish_after(&old, fresh) {
                Ok(replaced) => {
                    let noted = self.note(&replaced);
                    let new = self.published(noted, || old.to_shared(), replaced);
                    return Ok((old, new));
                }
                Err(refused) => fresh = refused,
            }
            backoff.pause();
        }
    }

    /// Sets the value if it is still the expected one.
    pub(super) fn set_after(
        &self,
        expected: &Shared<T>,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<Shared<T>, CompareError<T>> {
        self.refuse_inside_own_update(at);
        let refuse = |refused, cause| CompareError {
            refused,
            current: self.load_quietly(),
            cause,
        };
        if let Err(cause) = nesting::running(self.id(), at, || self.validate(&value)) {
            return Err(refuse(value, Some(cause)));
        }
        let fresh = Fresh::after(expected.version(), value);
        match self.word.publish(expected, fresh) {
            Ok(replaced) => {
                let noted = self.note(&replaced);
                Ok(self.published(noted, || expected.clone(), replaced))
            }
            Err(fresh) => Err(refuse(fresh.into_value(), None)),
        }
    }
}

#[cold]
#[track_caller]
pub(super) fn refused_by_validator<T>(invalid: &Invalid<T>) -> ! {
    panic!("{invalid}; `try_swap` and `try_reset` return this instead of panicking")
}
