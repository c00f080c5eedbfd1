//! One step of an identity from a value to a later one.

use core::fmt;

use super::shared::Shared;
use crate::runtime::sync::plain;
use crate::value::Diffable;

/// A step of an identity from one value to a later one: what a watch is called with and what
/// [`Changes`](super::Changes) yields.
///
/// For a watch the two values are always consecutive. In a stream that could not keep up, a change
/// may lead over several updates at once; [`skipped`](Self::skipped) says how many values in
/// between are not shown.
///
/// # Examples
///
/// ```
/// use heptad::Atom;
/// use heptad::identity::Lag;
///
/// let atom = Atom::new(1);
/// let mut changes = atom.changes(Lag::Latest);
/// atom.reset(5);
/// atom.reset(7);
///
/// let change = changes.recv().unwrap();
/// assert_eq!((*change.old, *change.new), (1, 7));
/// assert_eq!((change.version(), change.skipped()), (2, 1));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Change<T> {
    /// The value before.
    pub old: Shared<T>,
    /// The value after.
    pub new: Shared<T>,
    key: Option<plain::Arc<str>>,
}

impl<T> Change<T> {
    pub(super) fn new(old: Shared<T>, new: Shared<T>) -> Self {
        Self {
            old,
            new,
            key: None,
        }
    }

    /// Says which watch this is for.
    pub(super) fn set_key(&mut self, key: &plain::Arc<str>) {
        self.key = Some(key.clone());
    }

    /// The key of the watch that is called with this; `None` for a change from a stream.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The version of the new value.
    pub fn version(&self) -> u64 {
        self.new.version()
    }

    /// How many values between the two are not shown.
    pub fn skipped(&self) -> u64 {
        self.new.version() - self.old.version() - 1
    }

    /// What changed between the two values, for collections and whatever else is [`Diffable`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::identity::Lag;
    /// use heptad::{Atom, HashMap, hashmap::DiffItem};
    ///
    /// let stock = Atom::new(HashMap::new());
    /// let mut changes = stock.changes(Lag::Latest);
    /// stock.swap(|s| s.update("nail", 7));
    /// stock.swap(|s| s.update("nail", 6));
    ///
    /// let change = changes.recv().unwrap();
    /// assert_eq!(change.diff().collect::<Vec<_>>(), [DiffItem::Add(&"nail", &6)]);
    /// ```
    pub fn diff(&self) -> T::Diff<'_>
    where
        T: Diffable,
    {
        self.old.diff_to(&self.new)
    }
}

impl<T: fmt::Debug> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("old", &self.old)
            .field("new", &self.new)
            .field("version", &self.version())
            .field("key", &self.key)
            .finish()
    }
}
