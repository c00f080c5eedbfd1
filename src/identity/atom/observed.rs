//! Validators, watches, streams and history of an atom.

use core::time::Duration;

use super::super::change::Change;
use super::super::changes::{Changes, Lag};
use super::super::history::{AsOf, History, Keep, NotKept};
use super::super::invalid::Invalid;
use super::super::observers::{Cause, RefusedByValidator, validator};
use super::super::shared::Shared;
use super::{Atom, AtomBuilder};
use crate::runtime::sync::plain;

impl<T: Send + Sync + 'static> Atom<T> {
    /// Has every new value approved by `f` before it is published, in the place of the validator
    /// that there was.
    ///
    /// `f` is called as a part of each update, by its thread, with the value that its closure has
    /// made; **it may run again** as that closure may. What it refuses is not published: the update
    /// returns the error or, if it has no way to, panics with it. If `f` panics the update does. It
    /// may read this atom and must not update it.
    ///
    /// From the return of this on, every update that begins is held to `f`. One that is going on
    /// may have asked the former validator already and still publish what it approved; an atom that
    /// must never hold an invalid value gets its validator from its [builder](AtomBuilder::validator).
    ///
    /// Until this returns, the former validator is asked too, so that it can stay if `f` is not set.
    ///
    /// # Errors
    ///
    /// [`RefusedByValidator`] if `f` refuses the current value. The former validator stays.
    ///
    /// # Panics
    ///
    /// If `f` panics. The former validator stays.
    ///
    /// # Examples
    ///
    /// ```
    /// let balance = heptad::Atom::new(10);
    /// let not_negative = |n: &i32| if *n < 0 { Err("overdrawn") } else { Ok(()) };
    /// balance.set_validator(not_negative).unwrap();
    ///
    /// let error = balance.try_reset(-5).unwrap_err();
    /// assert_eq!((error.refused, error.cause.to_string().as_str()), (-5, "overdrawn"));
    /// assert_eq!(*balance.load(), 10);
    /// ```
    #[doc(alias("set-validator!"))]
    pub fn set_validator<E: Into<Cause>>(
        &self,
        f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<(), RefusedByValidator<T>> {
        let line_up = || self.load_in_line();
        self.observers.set_validator(&validator(f), line_up)
    }

    /// Lets every value pass from now on; true if there was a validator.
    ///
    /// # Examples
    ///
    /// ```
    /// let even = |n: &u32| if n % 2 == 0 { Ok(()) } else { Err("odd") };
    /// let atom = heptad::Atom::builder().validator(even).build(0);
    /// assert!(atom.try_reset(1).is_err());
    /// assert!(atom.clear_validator());
    /// assert!(atom.try_reset(1).is_ok());
    /// ```
    pub fn clear_validator(&self) -> bool {
        self.observers.clear_validator()
    }

    /// Has `f` called after each update, in the place of the watch that has this key; true if there
    /// was one.
    ///
    /// `f` is called by the thread that has updated the atom, before its call returns, when the new
    /// value is published and the atom is not held. It may read and update this atom (which calls
    /// it again) and others, and add and remove watches. It does not keep others from updating the
    /// atom meanwhile: calls for different updates can come at the same time and in any order,
    /// [`Change::version`] tells. [`changes`](Self::changes) come in order.
    ///
    /// Every update that is published after this returns is told to `f`, and one that is published
    /// at about this time may be. A panic of `f` is caught and [counted](Self::watch_panics); the
    /// update and the other watches go on.
    ///
    /// An `f` that owns a handle to what owns the atom keeps both alive for ever.
    ///
    /// If the update is made inside the closure of an update of another atom, so is the call of
    /// `f`: it runs again when that closure does, and must not update that other atom.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicI64, Ordering};
    /// use heptad::Atom;
    ///
    /// static TOTAL: AtomicI64 = AtomicI64::new(0);
    ///
    /// let stock = Atom::new(10_i64);
    /// stock.watch("total", |change| {
    ///     TOTAL.fetch_add(*change.new - *change.old, Ordering::Relaxed);
    /// });
    /// stock.swap(|n| n - 3);
    /// assert_eq!(TOTAL.load(Ordering::Relaxed), -3);
    /// ```
    #[doc(alias("add-watch", "subscribe", "observe"))]
    pub fn watch(
        &self,
        key: impl AsRef<str>,
        f: impl Fn(&Change<T>) + Send + Sync + 'static,
    ) -> bool {
        let key = plain::Arc::<str>::from(key.as_ref());
        let line_up = || self.word.line_up();
        self.observers.watch(key, Box::new(f), line_up)
    }

    /// Removes the watch that has this key; true if there was one.
    ///
    /// Updates that are going on may still call it after this has returned.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(1);
    /// assert!(!atom.watch("print", |change| println!("{}", change.new)));
    /// assert!(atom.unwatch("print"));
    /// assert!(!atom.unwatch("print"));
    /// ```
    #[doc(alias("remove-watch", "unsubscribe"))]
    pub fn unwatch(&self, key: impl AsRef<str>) -> bool {
        self.observers.unwatch(key.as_ref())
    }

    /// How many calls of watches have panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(1);
    /// atom.watch("bad", |_| panic!("as ever"));
    /// assert_eq!(*atom.swap(|n| n + 1), 2);
    /// assert_eq!(atom.watch_panics(), 1);
    /// ```
    pub fn watch_panics(&self) -> u64 {
        self.observers.watch_panics()
    }

    /// What changes from now on, in order, for a thread or a task to read.
    ///
    /// The stream begins with the value that the atom has now. `lag` says what happens when its
    /// reader is slower than the updates, which never wait for it. See [`Changes`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, identity::Lag};
    ///
    /// let atom = Atom::new(1);
    /// let mut changes = atom.changes(Lag::Bounded(10));
    /// atom.swap(|n| n + 1);
    /// atom.swap(|n| n * 10);
    /// let (first, second) = (changes.recv().unwrap(), changes.recv().unwrap());
    /// assert_eq!((*first.new, *second.old, *second.new), (2, 2, 20));
    /// ```
    pub fn changes(&self, lag: Lag) -> Changes<T> {
        self.observers.changes(lag, || self.load_in_line())
    }

    /// Sets which old versions are kept from now on. What is kept already and is no longer asked
    /// for goes now; what was not kept cannot be had back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, identity::Keep};
    ///
    /// let atom = Atom::new('a');
    /// atom.keep_history(Keep::nothing().versions(10));
    /// atom.reset('b');
    /// assert_eq!(atom.history().len(), 2);
    /// atom.keep_history(Keep::nothing());
    /// assert_eq!(atom.history().len(), 1);
    /// ```
    pub fn keep_history(&self, keep: Keep) {
        self.observers.keep_history(keep, || self.load_in_line());
    }

    /// The versions that are kept now: at least the current one, and older ones if
    /// [`keep_history`](Self::keep_history) or the builder asked for them.
    ///
    /// Every update that has returned is in it, and every version that this thread has seen. For an
    /// update that another thread has just published it may wait for that thread to say so, which
    /// takes no code of users: a few instructions, unless the system suspends that thread there.
    /// What it waits for ends also when so much has been published since that the rule would not
    /// keep that update any more. There are no gaps.
    ///
    /// Takes one count for each version kept, and updates of this atom wait meanwhile;
    /// [`as_of`](Self::as_of) is quicker if one is wanted.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an old value panics that is dropped on this occasion.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::builder().keep_versions(5).build(1);
    /// atom.swap(|n| n + 1);
    /// for version in &atom.history() {
    ///     println!("version {} was {}", version.version(), **version);
    /// }
    /// ```
    pub fn history(&self) -> History<T> {
        self.observers.history(self.load_full())
    }

    /// The value of that version, or the one that the atom had at that moment.
    ///
    /// Waits as [`history`](Self::history) does, and takes the logarithm of the number of versions
    /// kept. If times are kept, which they are under [`Keep::span`] only, a moment in the future, or
    /// now, means the current value.
    ///
    /// # Errors
    ///
    /// [`NotKept`], with the range that is kept: it is older than that or newer, or a moment is
    /// asked for and no times are kept.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an old value panics that is dropped on this occasion.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use heptad::Atom;
    ///
    /// let atom = Atom::builder().keep_for(Duration::from_secs(3600)).build("before");
    /// let noon = Instant::now();
    /// atom.reset("after");
    /// assert_eq!(*atom.as_of(noon).unwrap(), "before");
    /// assert_eq!(*atom.as_of(Instant::now()).unwrap(), "after");
    /// assert_eq!(*atom.as_of(0_u64).unwrap(), "before");
    /// ```
    pub fn as_of(&self, wanted: impl Into<AsOf>) -> Result<Shared<T>, NotKept> {
        self.observers.as_of(wanted.into(), self.load_full())
    }

    /// The current value; every update after it sees what this thread has written before.
    fn load_in_line(&self) -> Shared<T> {
        self.word.line_up();
        self.load_full()
    }
}

impl<T: Send + Sync + 'static> AtomBuilder<T> {
    /// Has every value approved by `f`, the first one too; see [`Atom::set_validator`].
    ///
    /// # Examples
    ///
    /// ```
    /// let even = |n: &u32| if n % 2 == 0 { Ok(()) } else { Err("odd") };
    /// assert!(heptad::Atom::builder().validator(even).try_build(1).is_err());
    /// ```
    pub fn validator<E: Into<Cause>>(
        mut self,
        f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.beginning.set_validator(f);
        self
    }

    /// Keeps the last `older` versions before the current one; see [`Keep::versions`].
    pub fn keep_versions(mut self, older: usize) -> Self {
        self.beginning.keep = self.beginning.keep.versions(older);
        self
    }

    /// Keeps what was the current version within the last `span`, and times; see [`Keep::span`].
    pub fn keep_for(mut self, span: Duration) -> Self {
        self.beginning.keep = self.beginning.keep.span(span);
        self
    }

    /// Keeps never more than `older` versions before the current one; see [`Keep::at_most`].
    pub fn keep_at_most(mut self, older: usize) -> Self {
        self.beginning.keep = self.beginning.keep.at_most(older);
        self
    }

    /// As [`build`](Self::build), for a validator that may refuse the first value.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with the value.
    pub fn try_build(self, value: T) -> Result<Atom<T>, Invalid<T>> {
        if let Err(cause) = self.beginning.validate(&value) {
            let who = ("atom", self.settings.name.as_deref());
            return Err(Invalid::new(who, 0, value, cause));
        }
        let atom = Atom::with_settings(value, self.settings);
        let current = || atom.load_full();
        self.beginning.observe(&atom.observers, current);
        Ok(atom)
    }
}
