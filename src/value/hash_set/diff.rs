//! What changed between two versions of a set, and merging two changes of one version.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::FusedIterator;

use super::{HashSet, RandomState};
use crate::value::hash_map::{self, HashMap};

/// One difference between an old set and a new one.
///
/// # Examples
///
/// ```
/// use heptad::{hashset, hashset::DiffItem};
///
/// let old = hashset! { "ada" };
/// let new = old.update("alan");
/// assert_eq!(old.diff(&new).collect::<Vec<_>>(), [DiffItem::Add(&"alan")]);
/// assert_eq!(new.diff(&old).collect::<Vec<_>>(), [DiffItem::Remove(&"alan")]);
/// ```
#[derive(PartialEq, Eq, Debug)]
pub enum DiffItem<'a, 'b, A> {
    /// This element is in the new set only.
    Add(&'b A),
    /// This element is in the old set only.
    Remove(&'a A),
}

impl<A> Clone for DiffItem<'_, '_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for DiffItem<'_, '_, A> {}

/// Iterates over the differences between two sets; made by [`HashSet::diff`].
///
/// # Examples
///
/// ```
/// use heptad::hashset;
///
/// let old = hashset! { 1, 2 };
/// let new = hashset! { 2, 3 };
/// assert_eq!(old.diff(&new).count(), 2);
/// ```
pub struct Diff<'a, 'b, A, S = RandomState> {
    entries: hash_map::Diff<'a, 'b, A, (), S>,
}

impl<'a, 'b, A, S> Iterator for Diff<'a, 'b, A, S>
where
    A: Hash + Eq,
    S: BuildHasher,
{
    type Item = DiffItem<'a, 'b, A>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.find_map(|change| match change {
            hash_map::DiffItem::Add(a, ()) => Some(DiffItem::Add(a)),
            hash_map::DiffItem::Remove(a, ()) => Some(DiffItem::Remove(a)),
            // `()` equals `()`: no element has a value that could change.
            hash_map::DiffItem::Update { .. } => None,
        })
    }
}

impl<A, S> FusedIterator for Diff<'_, '_, A, S>
where
    A: Hash + Eq,
    S: BuildHasher,
{
}

impl<A, S> fmt::Debug for Diff<'_, '_, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diff").finish_non_exhaustive()
    }
}

impl<A, S> HashSet<A, S>
where
    A: Hash + Eq,
    S: BuildHasher,
{
    /// What changed from this set to `new`, in no particular order.
    ///
    /// The cost is in what the sets do not share, so for two versions of one set it is in
    /// the number of changes between them.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashset, hashset::DiffItem};
    ///
    /// let old = hashset! { "ada", "alan" };
    /// let new = old.without("alan").update("grace");
    /// for change in old.diff(&new) {
    ///     match change {
    ///         DiffItem::Add(name) => assert_eq!(*name, "grace"),
    ///         DiffItem::Remove(name) => assert_eq!(*name, "alan"),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn diff<'a, 'b>(&'a self, new: &'b Self) -> Diff<'a, 'b, A, S> {
        Diff {
            entries: self.map.diff(&new.map),
        }
    }

    /// Merges two sets that were both made from `base`: `ours` with the changes that led
    /// from `base` to `theirs`.
    ///
    /// An element that only one side added is in the result, one that only one side
    /// removed is not. The two sides cannot disagree: an element is there or not, and a
    /// side that changed that changed it to the opposite of what `base` says.
    ///
    /// Returns `theirs` if `ours` is `base`, and `ours` if `theirs` is `base` or nothing has
    /// to change in it: the very tree. The cost is in the number of changes from `base` to
    /// `theirs`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashSet, hashset};
    ///
    /// let base = hashset! { 1, 2, 3 };
    /// let ours = base.without(&1).update(4);
    /// let theirs = base.without(&2).update(5);
    /// assert_eq!(HashSet::merge3(&base, &ours, &theirs), hashset! { 3, 4, 5 });
    /// ```
    #[must_use]
    pub fn merge3(base: &Self, ours: &Self, theirs: &Self) -> Self
    where
        A: Clone,
        S: Clone,
    {
        let keep_ours = |_: &A, _: Option<&()>, ours: Option<&()>, _: Option<&()>| ours.copied();
        Self {
            map: HashMap::merge3(&base.map, &ours.map, &theirs.map, keep_ours),
        }
    }
}
