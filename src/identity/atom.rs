//! The atom: one value that any thread reads without waiting and updates by a function.
//!
//! An update runs the user's closure on the current value, which a guard protects, puts the result
//! in a new node and replaces the word if it still points to the value that the closure was given. If
//! not, somebody else's update came first: the result is dropped and the closure runs again on the
//! newer value, at last in a turn of its own.

mod builder;
mod claim;
mod compare_error;
mod funnel;
mod losses;
mod observed;
mod once;
mod try_swap_error;
mod turns;
mod update;

pub use builder::AtomBuilder;
pub use compare_error::CompareError;
pub use once::SwapOnceError;
pub use try_swap_error::TrySwapError;

use core::fmt;
use core::panic::Location;
use core::ptr;

use self::builder::Settings;
use self::turns::Turns;
use self::update::refused_by_validator;
use super::guard::Guard;
use super::invalid::Invalid;
use super::metrics::AtomMetrics;
use super::node::Fresh;
use super::observers::ObserversCell;
use super::shared::Shared;
use super::word::Word;
use super::word::marks::WAIT;
use crate::runtime::nesting;
use crate::runtime::sync::{OnceLock, plain};

/// A shared place for one immutable value: read it at any time, update it by a function.
///
/// Every reader gets a whole value of one moment. Every update is computed from the very value
/// that it replaces, so none is lost. There are no locks to hold, to forget or to poison; values
/// that are cheap to clone and change, such as this crate's collections, are the intended content.
///
/// | call | cost | may run the closure again |
/// |---|---|---|
/// | [`with`](Self::with), [`load`](Self::load) | on Linux two loads of the atom and two stores to memory of the thread, two nanoseconds however many read; elsewhere as `load_full` | no |
/// | [`load_full`](Self::load_full) | an increment in the value's memory, which readers compete for | no |
/// | [`version`](Self::version) | as `with` | |
/// | [`swap`](Self::swap), [`swap_vals`](Self::swap_vals) | a load, the closure, one allocation, one compare-and-set; again after a lost race | yes |
/// | [`swap_once`](Self::swap_once) | two compare-and-sets, the closure, one allocation | no |
/// | [`reset`](Self::reset) | as `swap`, the value is allocated once | |
/// | [`compare_and_set`](Self::compare_and_set) | one allocation, one compare-and-set | |
///
/// Reads wait for nobody. Of several updates at the same time one succeeds and the others try
/// again, a few times; then they take a turn, first come, first served, in which nobody else
/// publishes. So a slow closure among many fast updates runs a bounded number of times: at most once
/// more than [`max_attempts`](AtomBuilder::max_attempts), if it updates no other atom itself.
///
/// Old values are dropped when the last handle is gone and no reader can be looking, some time
/// later, by an update on any thread that updates atoms, never by a read; see
/// [`identity`](crate::identity).
///
/// # Examples
///
/// ```
/// use heptad::Atom;
///
/// let hits = Atom::new(0);
/// std::thread::scope(|threads| {
///     for _ in 0..4 {
///         threads.spawn(|| {
///             for _ in 0..1000 {
///                 hits.swap(|n| n + 1);
///             }
///         });
///     }
/// });
/// assert_eq!(*hits.load(), 4000);
/// assert_eq!(hits.version(), 4000);
/// ```
///
/// A static atom:
///
/// ```
/// use std::sync::LazyLock;
/// use heptad::Atom;
///
/// static MOTD: LazyLock<Atom<String>> = LazyLock::new(|| Atom::new("welcome".to_owned()));
///
/// MOTD.reset("closed for lunch".to_owned());
/// assert_eq!(MOTD.with(String::len), 16);
/// ```
pub struct Atom<T: Send + Sync + 'static> {
    word: Word<T>,
    /// What most atoms never need.
    turns: OnceLock<plain::Arc<Turns>>,
    observers: ObserversCell<T>,
}

impl<T: Send + Sync + 'static> Atom<T> {
    /// An atom that holds `value`, as version 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(vec![1, 2, 3]);
    /// assert_eq!(atom.load().len(), 3);
    /// ```
    #[doc(alias("newIORef", "newTVar", "atom"))]
    pub fn new(value: T) -> Self {
        Self {
            word: Word::new(Fresh::first(value)),
            turns: OnceLock::new(),
            observers: ObserversCell::new(),
        }
    }

    /// Settings for an atom to be, with a name for instance.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::Atom;
    ///
    /// let hits = Atom::builder().name("hits").build(0);
    /// assert_eq!(hits.name(), Some("hits"));
    /// ```
    pub fn builder() -> AtomBuilder<T> {
        AtomBuilder::new()
    }

    /// Settings go to the lazily made part, if there are any.
    fn with_settings(value: T, settings: Settings) -> Self {
        let atom = Self::new(value);
        if settings != Settings::default() {
            let _ = atom.turns.set(Turns::new(settings));
        }
        atom
    }

    /// The name that the atom was given by its builder.
    pub fn name(&self) -> Option<&str> {
        self.turns.get()?.settings.name.as_deref()
    }

    /// Runs `f` on the current value.
    ///
    /// `f` sees one value from beginning to end, whatever is published meanwhile. It may take as
    /// long as it likes and may use any atom, this one too: it holds the value and nothing else. No
    /// old value is dropped on this occasion, not even the one that `f` saw.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// let names = heptad::Atom::new(vec!["ada", "grace"]);
    /// assert!(names.with(|n| n.contains(&"ada")));
    /// ```
    #[doc(alias("deref", "borrow", "read"))]
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.load())
    }

    /// The current value, to be read in place.
    ///
    /// The [`Guard`] is a snapshot and no lock: updates go on beside it. Use it where the value is
    /// needed on this thread for a moment, and [`load_full`](Self::load_full) to store or send it.
    /// It drops no old value, neither now nor at its end.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(String::from("a"));
    /// let before = atom.load();
    /// atom.reset(String::from("b"));
    /// assert_eq!((before.as_str(), atom.load().as_str()), ("a", "b"));
    /// ```
    #[doc(alias("deref", "get", "readIORef", "readTVarIO"))]
    #[inline]
    pub fn load(&self) -> Guard<'_, T> {
        self.word.guard()
    }

    /// The current value as a counted handle, which can be stored, cloned and sent.
    ///
    /// No old value is dropped on this occasion. The handle itself is an owner: if it turns out to
    /// be the last one, dropping it drops the value.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(7);
    /// let kept = atom.load_full();
    /// drop(atom);
    /// assert_eq!(*kept, 7);
    /// ```
    #[doc(alias("snapshot", "get", "clone"))]
    #[inline]
    pub fn load_full(&self) -> Shared<T> {
        self.word.load()
    }

    /// Updates the value to what `f` makes of it, and returns a handle to the new value.
    ///
    /// **`f` may run more than once**: if another update was published while `f` ran, what `f`
    /// returned is dropped and `f` runs again on the newer value. So it should compute and not
    /// act; effects belong after the call, on the handle that it returns.
    ///
    /// The value that `f` was given on its last run and the value published are consecutive
    /// versions. `f` may read any atom and update others. Its last run, after it has lost
    /// [`max_attempts`](AtomBuilder::max_attempts) times, is a turn in which other updates of this
    /// atom wait; so `f` must not wait for something that waits for this atom.
    ///
    /// # Panics
    ///
    /// - If `f` panics; the atom is unchanged.
    /// - If this thread is already running the closure of an update of the same atom. That update
    ///   could never succeed; the message names the places of both.
    /// - If it would have to wait for a [`swap_once`](Self::swap_once) of another thread inside the
    ///   closure of a `swap_once`: neither may run twice, so the two could wait for each other for
    ///   ever. The message names the places of both.
    /// - If a validator refuses what `f` returned; [`try_swap`](Self::try_swap) returns that as an
    ///   error. The atom is unchanged.
    /// - If the `Drop` of a value panics: of one that this call computed or loaded for a race that
    ///   it lost, and the atom is unchanged; or of an older one that is dropped on this occasion,
    ///   and the update has been made. See [`identity`](crate::identity).
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(20);
    /// let new = atom.swap(|n| n + 1);
    /// assert_eq!((*new, new.version()), (21, 1));
    /// ```
    #[doc(alias("update", "fetch_update", "rcu", "swap!", "alter", "modify"))]
    #[doc(alias("modifyIORef", "atomicModifyIORef", "modifyTVar"))]
    #[track_caller]
    #[inline]
    pub fn swap(&self, f: impl FnMut(&T) -> T) -> Shared<T> {
        self.must_update(f, Location::caller()).1
    }

    /// As [`swap`](Self::swap), and returns handles to both the value replaced and the new one.
    ///
    /// **`f` may run more than once.**
    ///
    /// # Panics
    ///
    /// As [`swap`](Self::swap).
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = heptad::Atom::new(vec!["first", "second"]);
    /// let (old, new) = queue.swap_vals(|q| q[1..].to_vec());
    /// assert_eq!((old[0], new.len()), ("first", 1));
    /// assert_eq!(old.version() + 1, new.version());
    /// ```
    #[doc(alias("swap-vals!", "fetch_update", "stateTVar"))]
    #[track_caller]
    #[inline]
    pub fn swap_vals(&self, f: impl FnMut(&T) -> T) -> (Shared<T>, Shared<T>) {
        let (old, new) = self.must_update(f, Location::caller());
        (old.to_shared(), new)
    }

    /// Updates the value to what `f` makes of it, where **`f` runs once at most**: for closures
    /// with effects, and for costly ones.
    ///
    /// The call claims the atom first. While `f` runs, other updates wait, and readers go on. `f`
    /// may read any atom. It may also update others, unless that means waiting for a `swap_once`
    /// of another thread; see [the limitations](crate::docs::limitations).
    ///
    /// Waits for other claims, and if there are many of them, or other updates are always faster,
    /// first come, first served.
    ///
    /// # Errors
    ///
    /// - [`WouldDeadlock`](SwapOnceError::WouldDeadlock) inside the closure of another `swap_once`,
    ///   if this atom is in the hands of a `swap_once` of another thread. `f` comes back.
    /// - [`Invalid`](SwapOnceError::Invalid) if a validator refuses what `f` returned.
    ///
    /// # Panics
    ///
    /// As [`swap`](Self::swap), but for validators that refuse. After a panic of `f` the atom is
    /// unchanged and no longer claimed.
    ///
    /// # Examples
    ///
    /// ```
    /// let inbox = heptad::Atom::new(vec!["first", "second"]);
    /// let mut handled = Vec::new();
    /// let done = inbox.swap_once(|letters| {
    ///     handled.extend_from_slice(letters); // an effect, made once
    ///     Vec::new()
    /// });
    /// assert!(done.is_ok());
    /// assert_eq!(handled, ["first", "second"]);
    /// ```
    #[doc(alias("modifyMVar", "lock", "fetch_update"))]
    #[track_caller]
    pub fn swap_once<F: FnOnce(&T) -> T>(&self, f: F) -> Result<Shared<T>, SwapOnceError<T, F>> {
        Ok(self.update_once(f, Location::caller())?.1)
    }

    /// As [`swap`](Self::swap), with a closure that may refuse.
    ///
    /// **`f` may run more than once.**
    ///
    /// # Errors
    ///
    /// [`TrySwapError`], with the error of `f` or with what a validator refused. The atom is
    /// unchanged.
    ///
    /// # Panics
    ///
    /// As [`swap`](Self::swap), but for validators that refuse.
    ///
    /// # Examples
    ///
    /// ```
    /// let seats = heptad::Atom::new(1_u32);
    /// let book = || seats.try_swap(|free| free.checked_sub(1).ok_or("sold out"));
    /// assert!(book().is_ok());
    /// assert!(book().is_err());
    /// assert_eq!((*seats.load(), seats.version()), (0, 1));
    /// ```
    #[doc(alias("fetch_update", "try_update"))]
    #[track_caller]
    #[inline]
    pub fn try_swap<E>(
        &self,
        f: impl FnMut(&T) -> Result<T, E>,
    ) -> Result<Shared<T>, TrySwapError<T, E>> {
        Ok(self.update(f, Location::caller())?.1)
    }

    /// Sets the value whatever it was, and returns a handle to the new value.
    ///
    /// # Panics
    ///
    /// If this thread is running the closure of an update of the same atom, or of a `swap_once`
    /// while this atom is in the hands of another thread's, if a validator refuses the value, or if
    /// the `Drop` of a value panics, all as for [`swap`](Self::swap).
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new("draft");
    /// assert_eq!(atom.reset("final").version(), 1);
    /// assert_eq!(*atom.load(), "final");
    /// ```
    #[doc(alias("set", "store", "reset!", "writeIORef", "writeTVar", "replace"))]
    #[track_caller]
    pub fn reset(&self, value: T) -> Shared<T> {
        match self.set(value, Location::caller()) {
            Ok((_, new)) => new,
            Err(invalid) => refused_by_validator(&invalid),
        }
    }

    /// As [`reset`](Self::reset), and returns handles to both the value replaced and the new one.
    ///
    /// # Panics
    ///
    /// As [`reset`](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// let waiting = heptad::Atom::new(vec!["a", "b"]);
    /// let (all, none) = waiting.reset_vals(Vec::new());
    /// assert_eq!((all.len(), none.len()), (2, 0));
    /// ```
    #[doc(alias("reset-vals!", "swap", "replace", "take"))]
    #[track_caller]
    pub fn reset_vals(&self, value: T) -> (Shared<T>, Shared<T>) {
        match self.set(value, Location::caller()) {
            Ok((old, new)) => (old.to_shared(), new),
            Err(invalid) => refused_by_validator(&invalid),
        }
    }

    /// As [`reset`](Self::reset), for an atom with validators.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with the value, if a validator refuses it. The atom is unchanged.
    ///
    /// # Panics
    ///
    /// As [`reset`](Self::reset), but for validators that refuse.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(1);
    /// assert_eq!(atom.try_reset(2).map(|new| new.version()).ok(), Some(1));
    /// ```
    #[track_caller]
    pub fn try_reset(&self, value: T) -> Result<Shared<T>, Invalid<T>> {
        Ok(self.set(value, Location::caller())?.1)
    }

    /// Sets the value to `new` if the current value is the very one that `expected` is a handle
    /// to, and returns a handle to the new value.
    ///
    /// What counts is that nothing was published since `expected` was, not whether the values are
    /// equal: a value that was replaced and then set again to an equal one is refused. Use it when
    /// the new value takes more than a closure to compute, an `.await` for instance.
    ///
    /// # Errors
    ///
    /// [`CompareError`] if something else was published meanwhile, or if a validator refuses. It
    /// hands back the value and a handle to the current one.
    ///
    /// # Panics
    ///
    /// If this thread is running the closure of an update of the same atom, or if the `Drop` of a
    /// value panics, both as for [`swap`](Self::swap).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let atom = heptad::Atom::new(1);
    /// let seen = atom.load_full();
    /// atom.compare_and_set(&seen, *seen + 10)?;
    ///
    /// let Err(error) = atom.compare_and_set(&seen, 99) else { unreachable!() };
    /// assert_eq!((*error.current, error.refused), (11, 99));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("compare_exchange", "compare-and-set!", "cas", "casIORef"))]
    #[track_caller]
    pub fn compare_and_set(
        &self,
        expected: &Shared<T>,
        new: T,
    ) -> Result<Shared<T>, CompareError<T>> {
        self.set_after(expected, new, Location::caller())
    }

    /// How many updates there have been: the version of the current value, without a handle to it.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new('a');
    /// atom.reset('b');
    /// atom.reset('b');
    /// assert_eq!(atom.version(), 2);
    /// ```
    #[inline]
    pub fn version(&self) -> u64 {
        self.word.version()
    }

    /// What updates of this atom have lost and waited so far.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(0);
    /// atom.swap(|n| n + 1);
    /// let metrics = atom.metrics();
    /// assert_eq!((metrics.attempts, metrics.conflicts, metrics.escalations), (1, 0, 0));
    /// ```
    pub fn metrics(&self) -> AtomMetrics {
        let updates = self.version();
        match self.turns.get() {
            Some(turns) => turns.losses.metrics(updates),
            None => AtomMetrics::without_losses(updates),
        }
    }

    /// The part that is made when it is first needed.
    fn turns(&self) -> &Turns {
        self.turns.get_or_init(|| Turns::new(Settings::default()))
    }

    /// A claim has ended whose word had these marks.
    fn claim_ended(&self, marks: usize) {
        if marks & WAIT != 0 {
            self.turns().claim_ended();
        }
    }

    /// What tells this atom from others while it is borrowed.
    fn id(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    /// An update inside the closure of an update of the same atom makes that closure run again, and
    /// again: refused before anything has happened.
    #[inline]
    fn refuse_inside_own_update(&self, at: &'static Location<'static>) {
        if cfg!(heptad_mutant = "atom_updates_inside_itself") {
            return;
        }
        if let Some(outer) = nesting::running_update_of(self.id()) {
            refuse(outer, at);
        }
    }
}

#[cold]
#[track_caller]
fn refuse(outer: &Location<'_>, inner: &Location<'_>) -> ! {
    panic!(
        "an atom is updated inside its own update: the closure of the update at {outer} is still \
         running, and the update at {inner} would make it run again, or wait for it, without end; \
         return the new value from the closure instead"
    )
}

impl<T: Send + Sync + Default + 'static> Default for Atom<T> {
    /// An atom that holds the default value.
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Send + Sync + 'static> From<T> for Atom<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// Shows the value and its version of one moment; never waits, and drops no old values.
impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Atom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.load_full();
        f.debug_struct("Atom")
            .field("value", &*current)
            .field("version", &current.version())
            .finish()
    }
}
