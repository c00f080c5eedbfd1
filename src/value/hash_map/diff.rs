//! What changed between two versions of a map.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::FusedIterator;

use super::{HashMap, Iter, RandomState};
use crate::value::hash_trie::{self, Change};

/// One difference between an old map and a new one.
///
/// # Examples
///
/// ```
/// use heptad::{hashmap, hashmap::DiffItem};
///
/// let old = hashmap! { "apple" => 3 };
/// let new = old.update("apple", 2);
/// let changes: Vec<_> = old.diff(&new).collect();
/// assert_eq!(
///     changes,
///     [DiffItem::Update { old: (&"apple", &3), new: (&"apple", &2) }]
/// );
/// ```
#[derive(PartialEq, Eq, Debug)]
pub enum DiffItem<'a, 'b, K, V> {
    /// This entry is in the new map only.
    Add(&'b K, &'b V),
    /// This key is in both maps, with different values.
    Update {
        /// The entry of the old map.
        old: (&'a K, &'a V),
        /// The entry of the new map.
        new: (&'b K, &'b V),
    },
    /// This entry is in the old map only.
    Remove(&'a K, &'a V),
}

impl<K, V> Clone for DiffItem<'_, '_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for DiffItem<'_, '_, K, V> {}

impl<'a, 'b, K, V> From<Change<'a, 'b, K, V>> for DiffItem<'a, 'b, K, V> {
    #[inline]
    fn from(change: Change<'a, 'b, K, V>) -> Self {
        match change {
            Change::Add((k, v)) => Self::Add(k, v),
            Change::Update((k, v), (new_k, new_v)) => Self::Update {
                old: (k, v),
                new: (new_k, new_v),
            },
            Change::Remove((k, v)) => Self::Remove(k, v),
        }
    }
}

/// Iterates over the differences between two maps; made by [`HashMap::diff`].
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// let old = hashmap! { "apple" => 3, "pear" => 5 };
/// let new = old.without("pear").update("plum", 7);
/// assert_eq!(old.diff(&new).count(), 2);
/// assert_eq!(old.diff(&old).count(), 0);
/// ```
pub struct Diff<'a, 'b, K, V, S = RandomState> {
    walk: Walk<'a, 'b, K, V, S>,
}

enum Walk<'a, 'b, K, V, S> {
    /// The maps hash alike: their trees side by side.
    Trees {
        trees: hash_trie::Diff<'a, 'b, K, V>,
        hasher: &'a S,
    },
    /// The maps do not: the entries of each, looked up in the other. First those of the
    /// old map, for what was changed or removed, then those of the new, for what was added.
    Entries {
        old: &'a HashMap<K, V, S>,
        new: &'b HashMap<K, V, S>,
        left: Iter<'a, K, V>,
        right: Iter<'b, K, V>,
    },
}

impl<K, V, S> HashMap<K, V, S> {
    /// What changed from this map to `new`, in no particular order.
    ///
    /// Each key that is in one map only, or has values that differ, is reported once.
    /// Structural: the cost is in what the maps do not share, so for two versions of one map
    /// it is in the number of changes between them.
    ///
    /// As in `==`, shared values are not compared.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::DiffItem};
    ///
    /// let old = hashmap! { "apple" => 3, "pear" => 5 };
    /// let mut new = old.clone();
    /// new.insert("plum", 7);
    /// new.remove("pear");
    ///
    /// for change in old.diff(&new) {
    ///     match change {
    ///         DiffItem::Add(fruit, count) => assert_eq!((*fruit, *count), ("plum", 7)),
    ///         DiffItem::Remove(fruit, count) => assert_eq!((*fruit, *count), ("pear", 5)),
    ///         DiffItem::Update { .. } => unreachable!("no count was changed"),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn diff<'a, 'b>(&'a self, new: &'b Self) -> Diff<'a, 'b, K, V, S>
    where
        K: Hash + Eq,
        V: PartialEq,
        S: BuildHasher,
    {
        let walk = if self.hashes_like(new) {
            Walk::Trees {
                trees: self.trie.diff(&new.trie),
                hasher: &self.hasher,
            }
        } else {
            Walk::Entries {
                old: self,
                new,
                left: self.iter(),
                right: new.iter(),
            }
        };
        Diff { walk }
    }
}

impl<'a, 'b, K, V, S> Iterator for Diff<'a, 'b, K, V, S>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
{
    type Item = DiffItem<'a, 'b, K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.walk {
            Walk::Trees { trees, hasher } => trees
                .next_by(|key| hasher.hash_one(key), |old, new| old == new)
                .map(DiffItem::from),
            Walk::Entries {
                old,
                new,
                left,
                right,
            } => left
                .find_map(|entry| lost_or_changed(entry, new))
                .or_else(|| right.find(|&(key, _)| !old.contains_key(key)).map(added)),
        }
    }
}

/// What became of an entry of the old map in `new`, if it did not stay.
fn lost_or_changed<'a, 'b, K, V, S>(
    (key, value): (&'a K, &'a V),
    new: &'b HashMap<K, V, S>,
) -> Option<DiffItem<'a, 'b, K, V>>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
{
    match new.get_key_value(key) {
        None => Some(DiffItem::Remove(key, value)),
        Some((_, now)) if now == value => None,
        Some(now) => Some(DiffItem::Update {
            old: (key, value),
            new: now,
        }),
    }
}

fn added<'a, 'b, K, V>((key, value): (&'b K, &'b V)) -> DiffItem<'a, 'b, K, V> {
    DiffItem::Add(key, value)
}

impl<K, V, S> FusedIterator for Diff<'_, '_, K, V, S>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
{
}

impl<K, V, S> fmt::Debug for Diff<'_, '_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diff").finish_non_exhaustive()
    }
}
