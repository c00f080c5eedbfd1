//! What can be sent to an agent: a function that gives a value or may refuse, for one of three
//! places.

use std::error::Error;

use super::mailbox::{Action, Refusal};
use crate::runtime::sync::plain;
use crate::runtime::workers::{Executor, Place};

/// Where an action is to run.
pub(super) trait Destination: Send + 'static {
    const PLACE: Place;

    fn executor(&self) -> Option<&plain::Arc<dyn Executor>> {
        None
    }
}

/// On a thread for what computes.
pub(super) struct OnWorker;

impl Destination for OnWorker {
    const PLACE: Place = Place::Worker;
}

/// On a thread for what may wait.
pub(super) struct OnBlocking;

impl Destination for OnBlocking {
    const PLACE: Place = Place::Blocking;
}

impl Destination for plain::Arc<dyn Executor> {
    const PLACE: Place = Place::Executor;

    fn executor(&self) -> Option<&plain::Arc<dyn Executor>> {
        Some(self)
    }
}

/// A function that gives the next value.
pub(super) struct Plain<F, D>(pub(super) F, pub(super) D);

impl<T, F, D> Action<T> for Plain<F, D>
where
    F: FnOnce(&T) -> T + Send + 'static,
    D: Destination,
{
    const PLACE: Place = D::PLACE;

    fn executor(&self) -> Option<&plain::Arc<dyn Executor>> {
        self.1.executor()
    }

    #[inline]
    fn run(self, value: &T) -> Result<T, Refusal> {
        Ok((self.0)(value))
    }
}

/// A function that gives the next value or an error.
pub(super) struct Fallible<F, D>(pub(super) F, pub(super) D);

impl<T, E, F, D> Action<T> for Fallible<F, D>
where
    F: FnOnce(&T) -> Result<T, E> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
    D: Destination,
{
    const PLACE: Place = D::PLACE;

    fn executor(&self) -> Option<&plain::Arc<dyn Executor>> {
        self.1.executor()
    }

    fn run(self, value: &T) -> Result<T, Refusal> {
        (self.0)(value).map_err(Into::into)
    }
}
