//! The atom: one value that any thread reads without waiting and updates by a function.
//!
//! An update takes the current value as a counted handle, runs the user's closure on it with
//! nothing held, puts the result in a new node and replaces the word if it still points to the
//! value that the closure was given. If not, somebody else's update came first: the result is
//! dropped and the closure runs again on the newer value.

mod compare_error;

pub use compare_error::CompareError;

use core::fmt;
use core::panic::Location;
use core::ptr;

use super::guard::Guard;
use super::node::Fresh;
use super::shared::Shared;
use super::word::Word;
use crate::runtime::backoff::Backoff;
use crate::runtime::nesting;

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
/// | [`reset`](Self::reset) | as `swap`, the value is allocated once | |
/// | [`compare_and_set`](Self::compare_and_set) | one allocation, one compare-and-set | |
///
/// Reads wait for nobody. Of several updates at the same time one always succeeds; the others try
/// again. A slow closure among many fast updates can lose often.
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
        }
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
    /// versions. `f` runs with nothing held: it may read any atom and update others.
    ///
    /// # Panics
    ///
    /// - If `f` panics; the atom is unchanged.
    /// - If this thread is already running the closure of an update of the same atom. That update
    ///   could never succeed; the message names the places of both.
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
        self.update(f, Location::caller(), |_| ()).1
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
        self.update(f, Location::caller(), |old| old.to_shared())
    }

    /// Sets the value whatever it was, and returns a handle to the new value.
    ///
    /// # Panics
    ///
    /// If this thread is running the closure of an update of the same atom, or if the `Drop` of a
    /// value panics, both as for [`swap`](Self::swap).
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
        self.refuse_inside_own_update(Location::caller());
        let mut fresh = Fresh::first(value);
        let mut backoff = Backoff::new();
        loop {
            let old = self.word.guard();
            fresh.follow(old.version());
            match self.word.publish_after(&old, fresh) {
                Ok(new) => return new,
                Err(refused) => fresh = refused,
            }
            backoff.pause();
        }
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
    /// [`CompareError`] if something else was published meanwhile. It hands back the refused value
    /// and a handle to the current one.
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
        self.refuse_inside_own_update(Location::caller());
        self.word
            .publish(expected, Fresh::after(expected.version(), new))
            .map_err(|refused| CompareError {
                refused: refused.into_value(),
                current: self.load_full(),
            })
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

    /// The one update loop. Returns what is to be kept of the value replaced, and the new one.
    fn update<K>(
        &self,
        mut f: impl FnMut(&T) -> T,
        at: &'static Location<'static>,
        keep: impl Fn(&Guard<'_, T>) -> K,
    ) -> (K, Shared<T>) {
        self.refuse_inside_own_update(at);
        let mut backoff = Backoff::new();
        loop {
            #[cfg(heptad_mutant = "atom_releases_before_updating")]
            crate::identity::flush();
            let old = self.word.guard();
            let value = nesting::running(self.id(), at, || f(&old));
            if let Some(new) = self.attempt(&old, value) {
                return (keep(&old), new);
            }
            backoff.pause();
        }
    }

    /// Publishes `value` as the successor of `old`, or drops it.
    #[inline]
    fn attempt(&self, old: &Guard<'_, T>, value: T) -> Option<Shared<T>> {
        let fresh = Fresh::after(old.version(), value);
        self.word.publish_after(old, fresh).ok()
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
         running, and the update at {inner} would make it run again without end; return the new \
         value from the closure instead"
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
