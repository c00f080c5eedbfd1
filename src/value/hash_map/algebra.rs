//! Maps as sets of keys: union, intersection, differences.
//!
//! Two maps that hash alike are walked side by side by the trie, which skips what
//! they share and gives an operand's own tree back when the result equals it. For two that do
//! not, the entries of one are looked up in the other; the functions named `.._each`
//! do that, and change nothing that need not be changed either. A few entries also go one by
//! one into a map of one owner, without copying anything of it.

use std::hash::{BuildHasher, Hash};

use super::HashMap;
use crate::value::hash_trie::Trie;

impl<K, V, S> HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    /// The entries of both maps; for a key in both, the entry of this one.
    ///
    /// Structural, O(d). This map's very tree is returned if it holds the result, `other`'s
    /// if this map is empty.
    /// If the maps do not hash alike, the result has the hasher of the larger.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "apple" => 3, "pear" => 5 };
    /// let theirs = hashmap! { "pear" => 1, "plum" => 7 };
    /// assert_eq!(
    ///     ours.union(theirs),
    ///     hashmap! { "apple" => 3, "pear" => 5, "plum" => 7 }
    /// );
    /// ```
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        if other.is_small_beside(&self) {
            self.fill_up_each(other)
        } else if self.is_small_beside(&other) {
            other.overlay_each(self)
        } else if self.hashes_like(&other) {
            let trie = self
                .trie
                .union(&other.trie, |key| self.hasher.hash_one(key));
            self.replaced(trie, other)
        } else if self.len() >= other.len() {
            self.fill_up_each(other)
        } else {
            other.overlay_each(self)
        }
    }

    /// The union of maps, where for each key the first map that has it counts.
    ///
    /// No map gives an empty one. O(d) for each step.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// let layers = [hashmap! { "color" => "red" }, hashmap! { "color" => "blue", "size" => "m" }];
    /// assert_eq!(
    ///     HashMap::unions(layers),
    ///     hashmap! { "color" => "red", "size" => "m" }
    /// );
    /// ```
    #[must_use]
    pub fn unions<I>(i: I) -> Self
    where
        I: IntoIterator<Item = Self>,
        S: Default,
    {
        i.into_iter().reduce(Self::union).unwrap_or_default()
    }

    /// The entries of this map whose keys are in `other` too.
    ///
    /// Structural, O(d). This map's very tree is returned if it holds the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "apple" => 3, "pear" => 5 };
    /// let theirs = hashmap! { "pear" => 1, "plum" => 7 };
    /// assert_eq!(ours.intersection(theirs), hashmap! { "pear" => 5 });
    /// ```
    #[must_use]
    pub fn intersection(mut self, other: Self) -> Self {
        if self.hashes_like(&other) {
            let trie = self
                .trie
                .intersection(&other.trie, |key| self.hasher.hash_one(key));
            self.replaced(trie, other)
        } else {
            self.retain(|key, _| other.contains_key(key));
            drop(other);
            self
        }
    }

    /// The entries of this map whose keys are not in `other`; what std calls the difference.
    ///
    /// Structural, O(d). This map's very tree is returned if it holds the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "apple" => 3, "pear" => 5 };
    /// let theirs = hashmap! { "pear" => 1, "plum" => 7 };
    /// assert_eq!(ours.relative_complement(theirs), hashmap! { "apple" => 3 });
    /// ```
    #[must_use]
    pub fn relative_complement(self, other: Self) -> Self {
        if self.hashes_like(&other) {
            let trie = self
                .trie
                .relative_complement(&other.trie, |key| self.hasher.hash_one(key));
            self.replaced(trie, other)
        } else {
            let rest = self.take_away_each(&other);
            drop(other);
            rest
        }
    }

    /// The entries of both maps whose keys are in one of them only.
    ///
    /// Structural, O(d).
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "apple" => 3, "pear" => 5 };
    /// let theirs = hashmap! { "pear" => 1, "plum" => 7 };
    /// assert_eq!(
    ///     ours.symmetric_difference(theirs),
    ///     hashmap! { "apple" => 3, "plum" => 7 }
    /// );
    /// ```
    #[must_use]
    pub fn symmetric_difference(self, other: Self) -> Self {
        let theirs = other.clone().relative_complement(self.clone());
        self.relative_complement(other).union(theirs)
    }

    /// Another name of [`symmetric_difference`](Self::symmetric_difference).
    ///
    /// # Examples
    ///
    /// ```
    /// # #![allow(deprecated)]
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { 1 => "a", 2 => "b" };
    /// assert_eq!(
    ///     ours.difference(hashmap! { 2 => "c", 3 => "d" }),
    ///     hashmap! { 1 => "a", 3 => "d" }
    /// );
    /// ```
    #[deprecated(
        since = "0.1.0",
        note = "means `symmetric_difference`, as in `imbl`; what std calls `difference` is `relative_complement`"
    )]
    #[inline]
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        self.symmetric_difference(other)
    }

    /// Whether putting this map's entries one by one into `large` is faster than walking
    /// both trees, which copies: `large` is many times larger and has no other owner.
    fn is_small_beside(&self, large: &Self) -> bool {
        const TIMES: usize = 16;
        large.trie.is_owned() && self.hashes_like(large) && self.len() < large.len() / TIMES
    }

    /// This map with another tree. Both operands' trees are dropped before the return:
    /// were a user's `Drop` to panic after that, what is returned would leak.
    fn replaced(mut self, trie: Trie<K, V>, other: Self) -> Self {
        drop(other);
        self.trie = trie;
        self
    }

    /// This map and those entries of `other` whose keys it lacks.
    fn fill_up_each(mut self, other: Self) -> Self {
        for (key, value) in other {
            let hasher = &self.hasher;
            let cursor = self.trie.seek(hasher.hash_one(&key), |k| *k == key);
            if cursor.entry().is_none() {
                cursor.insert((key, value), |k| hasher.hash_one(k));
            }
        }
        self
    }

    /// This map and the entries of `winner`, which replace those of the same keys.
    fn overlay_each(mut self, winner: Self) -> Self {
        for entry in winner {
            let hash = self.hasher.hash_one(&entry.0);
            self.trie
                .replace(hash, entry, |key| self.hasher.hash_one(key));
        }
        self
    }

    /// This map without the keys of `other`.
    fn take_away_each(mut self, other: &Self) -> Self {
        if other.len() < self.len() {
            for key in other.keys() {
                self.remove(key);
            }
        } else {
            self.retain(|key, _| !other.contains_key(key));
        }
        self
    }
}
