//! What an identity was: the versions that it keeps, and how one asks for them.
//!
//! A value never changes, so keeping an old one costs a count, and keeping a thousand versions of a
//! collection costs about a thousand changes. How much is kept is a rule of the identity
//! ([`Keep`]); `log` is where they are.

mod keep;
mod log;
mod not_kept;

pub use keep::Keep;
pub use not_kept::NotKept;

pub(super) use log::Log;

use core::fmt;
use core::ops::Deref;
use std::collections::{VecDeque, vec_deque};
use std::time::Instant;

use super::shared::Shared;
use crate::value::Diffable;

/// Which version is asked for.
///
/// # Examples
///
/// ```
/// use std::time::Instant;
/// use heptad::{Atom, identity::{AsOf, Keep}};
///
/// let atom = Atom::builder().keep_versions(10).build("a");
/// let b = atom.reset("b");
/// atom.reset("c");
/// assert_eq!(*atom.as_of(AsOf::Version(0)).unwrap(), "a");
/// assert_eq!(*atom.as_of(b.version()).unwrap(), "b");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum AsOf {
    /// The value of this version.
    Version(u64),
    /// The value that the identity had at this moment; see [`Version::time`].
    Instant(Instant),
}

impl From<u64> for AsOf {
    fn from(version: u64) -> Self {
        Self::Version(version)
    }
}

impl From<Instant> for AsOf {
    fn from(moment: Instant) -> Self {
        Self::Instant(moment)
    }
}

/// One version of an identity in its history; dereferences to the value.
pub struct Version<T> {
    value: Shared<T>,
    time: Option<Instant>,
}

impl<T> Version<T> {
    fn new(value: Shared<T>, time: Option<Instant>) -> Self {
        Self { value, time }
    }

    /// Its number; see [`Shared::version`].
    pub fn version(&self) -> u64 {
        self.value.version()
    }

    /// When it became the current one; `None` if the identity keeps no times, which it does under
    /// [`Keep::span`] only.
    ///
    /// The moment lies between the beginning and the end of the call that published it, and
    /// later versions have later times or the same. For the version that the identity had when it
    /// began to keep times it is that moment.
    pub fn time(&self) -> Option<Instant> {
        self.time
    }

    /// A handle to the value, which outlives the history.
    pub fn to_shared(&self) -> Shared<T> {
        self.value.clone()
    }
}

impl<T> Deref for Version<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Version<T> {
    /// Takes a count.
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            time: self.time,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Version<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version")
            .field("version", &self.version())
            .field("time", &self.time)
            .field("value", &self.value)
            .finish()
    }
}

/// The versions that an identity kept at one moment, without gaps.
///
/// Made by [`Atom::history`](super::Atom::history). It is a snapshot: updates go on beside it and do
/// not show in it, and its versions stay for as long as it does, also when the identity is gone.
/// There is always at least one, the newest.
///
/// # Examples
///
/// ```
/// use heptad::Atom;
///
/// let atom = Atom::builder().keep_versions(2).build('a');
/// for letter in ['b', 'c', 'd'] {
///     atom.reset(letter);
/// }
/// let history = atom.history();
/// let newest_first: Vec<_> = history.iter().map(|v| (v.version(), **v)).collect();
/// assert_eq!(newest_first, [(3, 'd'), (2, 'c'), (1, 'b')]);
/// ```
pub struct History<T> {
    /// Invariant: as for `Log::versions`.
    versions: VecDeque<Version<T>>,
}

impl<T> History<T> {
    pub(super) fn only(current: Shared<T>) -> Self {
        Self {
            versions: VecDeque::from([Version::new(current, None)]),
        }
    }

    /// The versions, newest first.
    pub fn iter(&self) -> Versions<'_, T> {
        Versions(self.versions.iter())
    }

    /// How many versions there are: 1 or more.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// The newest version.
    pub fn newest(&self) -> &Version<T> {
        &self.versions[self.versions.len() - 1]
    }

    /// The oldest version that was kept.
    pub fn oldest(&self) -> &Version<T> {
        &self.versions[0]
    }

    /// The version of that number, or the one that was current at that moment; in the logarithm of
    /// the number of versions. For a moment later than this snapshot that is the newest one.
    ///
    /// # Errors
    ///
    /// [`NotKept`], with the range that was kept: it is older than that or newer, or a moment is
    /// asked for and no times are kept.
    pub fn as_of(&self, wanted: impl Into<AsOf>) -> Result<&Version<T>, NotKept> {
        find(&self.versions, wanted.into())
    }

    /// What changed from one version to another, for collections and whatever else is
    /// [`Diffable`]. Either may be the newer one: it is the way from `from` to `to`.
    ///
    /// # Errors
    ///
    /// [`NotKept`], if one of them is not in here.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, HashMap, hashmap::DiffItem};
    ///
    /// let stock = Atom::builder().keep_versions(100).build(HashMap::new());
    /// let delivery = stock.swap(|s| s.update("nail", 7));
    /// stock.swap(|s| s.update("screw", 3));
    /// let sale = stock.swap(|s| s.update("nail", 6));
    ///
    /// let history = stock.history();
    /// let mut net: Vec<_> = history.diff(delivery.version(), sale.version()).unwrap().collect();
    /// net.sort_by_key(|item| matches!(item, DiffItem::Add(..)));
    /// assert_eq!(
    ///     net,
    ///     [
    ///         DiffItem::Update { old: (&"nail", &7), new: (&"nail", &6) },
    ///         DiffItem::Add(&"screw", &3),
    ///     ]
    /// );
    /// ```
    pub fn diff(&self, from: impl Into<AsOf>, to: impl Into<AsOf>) -> Result<T::Diff<'_>, NotKept>
    where
        T: Diffable,
    {
        let (from, to) = (self.as_of(from)?, self.as_of(to)?);
        Ok(from.value.diff_to(&to.value))
    }
}

/// Finds a version among some that are as in `Log::versions`.
fn find<T>(versions: &VecDeque<Version<T>>, wanted: AsOf) -> Result<&Version<T>, NotKept> {
    let place = match wanted {
        AsOf::Version(number) => versions
            .binary_search_by_key(&number, Version::version)
            .ok(),
        AsOf::Instant(moment) => versions
            .partition_point(|version| version.time.is_some_and(|time| time <= moment))
            .checked_sub(1),
    };
    place
        .and_then(|place| versions.get(place))
        .ok_or_else(|| NotKept::new(wanted, versions))
}

/// Iterates over a [`History`], newest version first.
pub struct Versions<'a, T>(vec_deque::Iter<'a, Version<T>>);

impl<'a, T> Iterator for Versions<'a, T> {
    type Item = &'a Version<T>;

    fn next(&mut self) -> Option<&'a Version<T>> {
        self.0.next_back()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> DoubleEndedIterator for Versions<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<T> Clone for Versions<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> ExactSizeIterator for Versions<'_, T> {}

impl<'a, T> IntoIterator for &'a History<T> {
    type Item = &'a Version<T>;
    type IntoIter = Versions<'a, T>;

    fn into_iter(self) -> Versions<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for History<T> {
    type Item = Version<T>;
    type IntoIter = core::iter::Rev<vec_deque::IntoIter<Version<T>>>;

    /// Newest first.
    fn into_iter(self) -> Self::IntoIter {
        self.versions.into_iter().rev()
    }
}

impl<T> Clone for History<T> {
    /// Takes one count for each version.
    fn clone(&self) -> Self {
        Self {
            versions: self.versions.clone(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for History<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Versions<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
