//! What watches an identity, and what may refuse its values.
//!
//! An identity embeds an [`ObserversCell`], null until the first observer comes, and calls it at
//! three moments of each update, in this order:
//!
//! 1. `validate`, with the value that is to be published; code of users.
//! 2. `note`, right after the new node was published and before anything else: it files the node
//!    under its version, which is what streams and history are made of. No code of users runs
//!    between the publication and the end of `note`, so whoever waits for a version to be filed
//!    waits for a few instructions of another thread; only if the system suspends that thread in
//!    the middle, for longer.
//! 3. `tell`, when nothing is held any more: it wakes readers of streams and calls watches; code
//!    of users. At its end it gives up the values that `note` has found to be in nobody's
//!    interest.
//!
//! Whoever begins to observe, stores that and then *lines up* at the identity's word with a
//! read-modify-write (`Word::line_up`), before it loads the current value. The update that
//! publishes reads the word with its own read-modify-write and then looks for observers. One of
//! the two is first: either the observer loads what was published, or the update sees the
//! observer. So nothing falls between the value that an observer begins with and the first update
//! that it is told of, and updates pay no fence for it.

mod begin;
mod buffer;
mod feed;
#[cfg(all(test, not(heptad_loom)))]
mod tests;
mod validator;
mod watches;

pub use validator::RefusedByValidator;

pub(super) use begin::Beginning;
pub(super) use buffer::{Buffer, News};
pub(super) use feed::Feed;
pub(super) use validator::{Cause, Validator, validator};

use core::panic::{RefUnwindSafe, UnwindSafe};

use self::validator::{Validators, check};
use self::watches::{Call, Watch, Watches};
use super::changes::{Changes, Lag};
use super::history::{AsOf, History, Keep, NotKept, Version};
use super::late::{Discarded, Late};
use super::shared::Shared;
use crate::runtime::isolation::FirstPanic;
use crate::runtime::once_box::OnceBox;
use crate::runtime::sync::{Arc, plain};

/// The observers of one identity, made when the first one comes.
///
/// Where a method takes `line_up`, that is a function which lines up at the word and then loads
/// the current value, and runs no code of users.
pub(super) struct ObserversCell<T: Send + Sync + 'static>(OnceBox<Observers<T>>);

// A panic never leaves them half changed: users' code is called with nothing of them borrowed.
impl<T: Send + Sync + 'static> UnwindSafe for ObserversCell<T> {}
impl<T: Send + Sync + 'static> RefUnwindSafe for ObserversCell<T> {}

struct Observers<T: Send + Sync + 'static> {
    validators: Validators<T>,
    watches: Watches<T>,
    feed: Arc<Feed<T>>,
}

/// A new value that has been published and filed, of which watches have not been told yet.
#[must_use = "an update is only done when it has been told"]
pub(super) struct Noted<T: Send + Sync + 'static> {
    /// Whether streams have got something to read.
    delivered: bool,
    discarded: Discarded<T>,
}

impl<T: Send + Sync + 'static> Noted<T> {
    #[inline]
    fn nothing() -> Self {
        Self {
            delivered: false,
            discarded: Discarded::new(),
        }
    }
}

impl<T: Send + Sync + 'static> ObserversCell<T> {
    pub(super) fn new() -> Self {
        Self(OnceBox::new())
    }

    /// Whether `value` may be published.
    #[inline]
    pub(super) fn validate(&self, value: &T) -> Result<(), Cause> {
        match self.0.get() {
            None => Ok(()),
            Some(observers) => observers.validators.validate(value),
        }
    }

    /// Files a value that this thread has just published. Runs no code of users.
    #[inline]
    pub(super) fn note(&self, new: &Shared<T>) -> Noted<T> {
        let mut noted = Noted::nothing();
        if let Some(observers) = self.0.get() {
            noted.delivered = observers.feed.note(new, &mut noted.discarded);
        }
        noted
    }

    /// Tells of an update that was noted, and then gives up `replaced`, the word's count of the
    /// old value. `old` makes a handle to that value when asked. Code of users runs here.
    ///
    /// # Panics
    ///
    /// If the `Drop` of a value panics that is dropped on this occasion. Everybody has been told
    /// by then.
    #[inline]
    pub(super) fn tell(
        &self,
        noted: Noted<T>,
        old: impl FnOnce() -> Shared<T>,
        new: &Shared<T>,
        replaced: Late<T>,
    ) {
        match self.0.get() {
            None => drop(replaced),
            Some(observers) => observers.tell(noted, old, new, replaced),
        }
    }

    fn observers(&self) -> &Observers<T> {
        self.0.get_or_make(Observers::new)
    }

    /// Sets the validator, unless it refuses the current value.
    pub(super) fn set_validator(
        &self,
        validator: &Validator<T>,
        line_up: impl Fn() -> Shared<T>,
    ) -> Result<(), RefusedByValidator<T>> {
        let before = line_up();
        check(validator, &before)?;
        let setting = self.observers().validators.begin(validator);
        let current = line_up();
        if current.version() != before.version() {
            // Published meanwhile, perhaps by somebody who did not know the validator.
            check(validator, &current)?;
        }
        setting.done();
        Ok(())
    }

    /// Removes the validator; true if there was one.
    pub(super) fn clear_validator(&self) -> bool {
        let observers = self.0.get();
        observers.is_some_and(|observers| observers.validators.clear())
    }

    /// Adds a watch or replaces the one of that key; true if there was one.
    pub(super) fn watch(
        &self,
        key: plain::Arc<str>,
        call: Call<T>,
        line_up: impl FnOnce(),
    ) -> bool {
        let replaced = self.observers().watches.set(Watch::new(key, call));
        line_up();
        replaced
    }

    /// Removes a watch; true if there was one.
    pub(super) fn unwatch(&self, key: &str) -> bool {
        let observers = self.0.get();
        observers.is_some_and(|observers| observers.watches.remove(key))
    }

    /// How many calls of watches have panicked.
    pub(super) fn watch_panics(&self) -> u64 {
        let observers = self.0.get();
        observers.map_or(0, |observers| observers.watches.panics())
    }

    /// A stream of what changes from the current value on.
    pub(super) fn changes(&self, lag: Lag, line_up: impl FnOnce() -> Shared<T>) -> Changes<T> {
        let feed = &self.observers().feed;
        let (buffer, current) = feed.join(lag.limit(), line_up);
        Changes::new(Arc::clone(feed), buffer, current)
    }

    /// Sets what history is kept.
    pub(super) fn keep_history(&self, keep: Keep, line_up: impl FnOnce() -> Shared<T>) {
        if keep.is_nothing() {
            if let Some(observers) = self.0.get() {
                observers.feed.forget_history();
            }
            return;
        }
        self.observers().feed.keep_history(keep, line_up);
    }

    /// The versions that are kept, `current` at least. What was published before `current` was
    /// loaded is included.
    pub(super) fn history(&self, current: Shared<T>) -> History<T> {
        match self.0.get() {
            None => History::only(current),
            Some(observers) => observers.feed.history(current),
        }
    }

    /// The value of that version or moment; `current` as in [`history`](Self::history).
    pub(super) fn as_of(&self, wanted: AsOf, current: Shared<T>) -> Result<Shared<T>, NotKept> {
        match self.0.get() {
            None => History::only(current).as_of(wanted).map(Version::to_shared),
            Some(observers) => observers.feed.as_of(wanted, current),
        }
    }
}

impl<T: Send + Sync + 'static> Observers<T> {
    fn new() -> Self {
        Self {
            validators: Validators::new(),
            watches: Watches::new(),
            feed: Arc::new(Feed::new()),
        }
    }

    #[inline(never)]
    fn tell(
        &self,
        noted: Noted<T>,
        old: impl FnOnce() -> Shared<T>,
        new: &Shared<T>,
        replaced: Late<T>,
    ) {
        let mut discarded = noted.discarded;
        if cfg!(heptad_mutant = "observers_give_up_before_telling") {
            drop(core::mem::replace(&mut discarded, Discarded::new()));
        }
        if noted.delivered {
            self.feed.wake_readers();
        }
        self.watches.tell(old, new, &mut discarded);
        if discarded.is_empty() {
            drop(replaced);
        } else {
            discarded.push_late(replaced);
        }
    }
}

impl<T: Send + Sync + 'static> Drop for Observers<T> {
    fn drop(&mut self) {
        let mut panics = FirstPanic::none();
        panics.catch(|| self.feed.end());
        for watch in self.watches.remove_all() {
            panics.catch(|| drop(watch));
        }
        panics.catch(|| {
            self.validators.clear();
        });
        panics.pass_on();
    }
}
