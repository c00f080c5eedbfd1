//! Merging two changes of one version.

use std::hash::{BuildHasher, Hash};

use super::{DiffItem, HashMap};

impl<K, V, S> HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone + PartialEq,
    S: BuildHasher + Clone,
{
    /// Merges two maps that were both made from `base`: `ours` with the changes that led
    /// from `base` to `theirs`.
    ///
    /// A key that only one side changed is taken from that side; one that both changed in
    /// the same way is taken as it is. For a key that they changed in different ways
    /// `resolve` decides: it gets the key and its values in `base`, `ours` and `theirs`
    /// (`None`: absent) and returns the value to keep, or `None` to have no entry.
    /// It is called once for each such key, in no particular order.
    ///
    /// Returns `theirs` if `ours` is `base`, and `ours` if `theirs` is `base` or nothing has
    /// to change in it: the very tree, as [`ptr_eq`](Self::ptr_eq) shows.
    ///
    /// The cost is in the number of changes from `base` to `theirs`, each of which is
    /// looked up in `ours`; the changes from `base` to `ours` cost nothing.
    ///
    /// # Examples
    ///
    /// Two people edit a stock list at the same time; counts that both changed add up.
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// let base = hashmap! { "apple" => 10, "pear" => 10, "plum" => 10 };
    /// let ours = base.update("apple", 8).without("plum");
    /// let theirs = base.update("apple", 13).update("fig", 1);
    ///
    /// let merged = HashMap::merge3(&base, &ours, &theirs, |_, base, ours, theirs| {
    ///     let was = base.copied().unwrap_or(0);
    ///     Some(ours.copied().unwrap_or(0) + theirs.copied().unwrap_or(0) - was)
    /// });
    /// assert_eq!(merged, hashmap! { "apple" => 11, "pear" => 10, "fig" => 1 });
    /// ```
    #[must_use]
    pub fn merge3<F>(base: &Self, ours: &Self, theirs: &Self, mut resolve: F) -> Self
    where
        F: FnMut(&K, Option<&V>, Option<&V>, Option<&V>) -> Option<V>,
    {
        if ours.ptr_eq(base) {
            return theirs.clone();
        }
        let mut merged = ours.clone();
        if theirs.ptr_eq(base) || theirs.ptr_eq(ours) {
            return merged;
        }
        for change in base.diff(theirs) {
            merged.merge_change(change, &mut resolve);
        }
        merged
    }

    /// Applies one change that led from a base to another map, unless this map
    /// has changed the same key.
    fn merge_change<F>(&mut self, change: DiffItem<'_, '_, K, V>, resolve: &mut F)
    where
        F: FnMut(&K, Option<&V>, Option<&V>, Option<&V>) -> Option<V>,
    {
        let (key, base, theirs) = match change {
            DiffItem::Add(key, theirs) => (key, None, Some(theirs)),
            DiffItem::Update { old, new } => (new.0, Some(old.1), Some(new.1)),
            DiffItem::Remove(key, base) => (key, Some(base), None),
        };
        let hasher = &self.hasher;
        let cursor = self.trie.seek(hasher.hash_one(key), |k| k == key);
        let ours = cursor.entry().map(|(_, value)| value);
        let merged = if ours == base {
            theirs.cloned()
        } else if ours == theirs {
            return;
        } else {
            resolve(key, base, ours, theirs)
        };
        if merged.as_ref() == ours {
            return;
        }
        match merged {
            Some(value) => {
                cursor.insert((key.clone(), value), |k| hasher.hash_one(k));
            }
            None => {
                cursor.remove();
            }
        }
    }
}
