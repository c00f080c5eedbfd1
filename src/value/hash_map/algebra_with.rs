//! Union, intersection and symmetric difference with a function for the values.
//!
//! The function must see every common key, also where the trees are shared, so these go
//! through the entries of the smaller map and change the larger where they must.

use std::hash::{BuildHasher, Hash};

use super::HashMap;
use crate::value::hash_trie::Trie;

impl<K, V, S> HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    /// The entries of both maps; for a key in both, the value is `f(ours, theirs)`.
    ///
    /// `f` is called once for every common key, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let monday = hashmap! { "apple" => 3, "pear" => 5 };
    /// let tuesday = hashmap! { "pear" => 1, "plum" => 7 };
    /// assert_eq!(
    ///     monday.union_with(tuesday, |a, b| a + b),
    ///     hashmap! { "apple" => 3, "pear" => 6, "plum" => 7 }
    /// );
    /// ```
    #[inline]
    #[must_use]
    pub fn union_with<F>(self, other: Self, mut f: F) -> Self
    where
        F: FnMut(V, V) -> V,
    {
        self.merge_with(other, |_, ours, theirs| Some(f(ours, theirs)))
    }

    /// The entries of both maps; for a key in both, the value is `f(&key, ours, theirs)`.
    ///
    /// `f` is called once for every common key, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "max" => 3, "sum" => 3 };
    /// let theirs = hashmap! { "max" => 4, "sum" => 4 };
    /// let both = ours.union_with_key(theirs, |name, a, b| match *name {
    ///     "max" => a.max(b),
    ///     _ => a + b,
    /// });
    /// assert_eq!(both, hashmap! { "max" => 4, "sum" => 7 });
    /// ```
    #[inline]
    #[must_use]
    pub fn union_with_key<F>(self, other: Self, mut f: F) -> Self
    where
        F: FnMut(&K, V, V) -> V,
    {
        self.merge_with(other, |key, ours, theirs| Some(f(key, ours, theirs)))
    }

    /// The union of maps, where values of the same key are combined from left to right
    /// by `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// let days = [hashmap! { "pear" => 5 }, hashmap! { "pear" => 1 }, hashmap! { "plum" => 7 }];
    /// assert_eq!(
    ///     HashMap::unions_with(days, |a, b| a + b),
    ///     hashmap! { "pear" => 6, "plum" => 7 }
    /// );
    /// ```
    #[must_use]
    pub fn unions_with<I, F>(i: I, f: F) -> Self
    where
        S: Default,
        I: IntoIterator<Item = Self>,
        F: Fn(V, V) -> V,
    {
        i.into_iter()
            .reduce(|all, next| all.union_with(next, &f))
            .unwrap_or_default()
    }

    /// The union of maps, where values of the same key are combined from left to right
    /// by `f`, which also gets the key.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// let days = [hashmap! { "pear" => 5 }, hashmap! { "pear" => 1 }];
    /// assert_eq!(
    ///     HashMap::unions_with_key(days, |_, a, b| a + b),
    ///     hashmap! { "pear" => 6 }
    /// );
    /// ```
    #[must_use]
    pub fn unions_with_key<I, F>(i: I, f: F) -> Self
    where
        S: Default,
        I: IntoIterator<Item = Self>,
        F: Fn(&K, V, V) -> V,
    {
        i.into_iter()
            .reduce(|all, next| all.union_with_key(next, &f))
            .unwrap_or_default()
    }

    /// The entries whose keys are in one map only, and for a key in both what
    /// `f(ours, theirs)` returns, if anything.
    ///
    /// `f` is called once for every common key, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "apple" => 3, "pear" => 5 };
    /// let theirs = hashmap! { "apple" => 3, "pear" => 1 };
    /// let differing = ours.symmetric_difference_with(theirs, |a, b| (a != b).then_some(a - b));
    /// assert_eq!(differing, hashmap! { "pear" => 4 });
    /// ```
    #[inline]
    #[must_use]
    pub fn symmetric_difference_with<F>(self, other: Self, mut f: F) -> Self
    where
        F: FnMut(V, V) -> Option<V>,
    {
        self.merge_with(other, |_, ours, theirs| f(ours, theirs))
    }

    /// The entries whose keys are in one map only, and for a key in both what
    /// `f(&key, ours, theirs)` returns, if anything.
    ///
    /// `f` is called once for every common key, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { 1 => "a", 2 => "b" };
    /// let theirs = hashmap! { 1 => "c", 2 => "d", 3 => "e" };
    /// let kept = ours.symmetric_difference_with_key(theirs, |key, a, _| (*key > 1).then_some(a));
    /// assert_eq!(kept, hashmap! { 2 => "b", 3 => "e" });
    /// ```
    #[inline]
    #[must_use]
    pub fn symmetric_difference_with_key<F>(self, other: Self, f: F) -> Self
    where
        F: FnMut(&K, V, V) -> Option<V>,
    {
        self.merge_with(other, f)
    }

    /// Another name of [`symmetric_difference_with`](Self::symmetric_difference_with).
    ///
    /// # Examples
    ///
    /// ```
    /// # #![allow(deprecated)]
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "pear" => 5 };
    /// assert!(ours.difference_with(hashmap! { "pear" => 1 }, |_, _| None).is_empty());
    /// ```
    #[deprecated(
        since = "0.1.0",
        note = "means `symmetric_difference_with`, as in `imbl`"
    )]
    #[inline]
    #[must_use]
    pub fn difference_with<F>(self, other: Self, f: F) -> Self
    where
        F: FnMut(V, V) -> Option<V>,
    {
        self.symmetric_difference_with(other, f)
    }

    /// Another name of
    /// [`symmetric_difference_with_key`](Self::symmetric_difference_with_key).
    ///
    /// # Examples
    ///
    /// ```
    /// # #![allow(deprecated)]
    /// use heptad::hashmap;
    ///
    /// let ours = hashmap! { "pear" => 5 };
    /// let sum = ours.difference_with_key(hashmap! { "pear" => 1 }, |_, a, b| Some(a + b));
    /// assert_eq!(sum, hashmap! { "pear" => 6 });
    /// ```
    #[deprecated(
        since = "0.1.0",
        note = "means `symmetric_difference_with_key`, as in `imbl`"
    )]
    #[inline]
    #[must_use]
    pub fn difference_with_key<F>(self, other: Self, f: F) -> Self
    where
        F: FnMut(&K, V, V) -> Option<V>,
    {
        self.symmetric_difference_with_key(other, f)
    }

    /// The keys of both maps, with the values `f(ours, theirs)`.
    ///
    /// The other map may have values of another type, and so may the result.
    /// O(min(n, m)); `f` is called once for every common key, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let count = hashmap! { "apple" => 3, "pear" => 5 };
    /// let price = hashmap! { "pear" => 0.5, "plum" => 0.2 };
    /// let worth = count.intersection_with(price, |n, each| f64::from(n) * each);
    /// assert_eq!(worth, hashmap! { "pear" => 2.5 });
    /// ```
    #[inline]
    #[must_use]
    pub fn intersection_with<B, C, F>(self, other: HashMap<K, B, S>, mut f: F) -> HashMap<K, C, S>
    where
        B: Clone,
        C: Clone,
        F: FnMut(V, B) -> C,
    {
        self.intersection_with_key(other, |_, ours, theirs| f(ours, theirs))
    }

    /// The keys of both maps, with the values `f(&key, ours, theirs)`.
    ///
    /// The other map may have values of another type, and so may the result.
    /// O(min(n, m)); `f` is called once for every common key, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let count = hashmap! { "apple" => 3, "pear" => 5 };
    /// let unit = hashmap! { "pear" => "kg", "plum" => "box" };
    /// let lines = count.intersection_with_key(unit, |name, n, unit| format!("{n} {unit} of {name}"));
    /// assert_eq!(lines["pear"], "5 kg of pear");
    /// assert_eq!(lines.len(), 1);
    /// ```
    #[must_use]
    pub fn intersection_with_key<B, C, F>(
        self,
        other: HashMap<K, B, S>,
        mut f: F,
    ) -> HashMap<K, C, S>
    where
        B: Clone,
        C: Clone,
        F: FnMut(&K, V, B) -> C,
    {
        let empty = self.new_from();
        let hash = |key: &K| empty.hasher.hash_one(key);
        let trie = if self.len() <= other.len() {
            let common = self.into_iter().filter_map(|(key, ours)| {
                let theirs = other.get(&key)?.clone();
                let value = f(&key, ours, theirs);
                Some((key, value))
            });
            Trie::from_entries(common, hash)
        } else {
            let common = other.into_iter().filter_map(|(key, theirs)| {
                let (key, ours) = self.find(&key)?;
                Some((key.clone(), f(key, ours.clone(), theirs)))
            });
            Trie::from_entries(common, hash)
        };
        HashMap { trie, ..empty }
    }

    /// The entries of both maps; for a key in both, the value that
    /// `f(&key, ours, theirs)` returns, or no entry.
    ///
    /// Starts from the larger map's tree. Whichever that is, `f` gets this map's value
    /// first, and this map's key object is the one that stays.
    fn merge_with<F>(self, other: Self, mut f: F) -> Self
    where
        F: FnMut(&K, V, V) -> Option<V>,
    {
        if self.len() >= other.len() {
            self.merge_smaller(other, f)
        } else {
            other.merge_smaller_first(self, |key, theirs, ours| f(key, ours, theirs))
        }
    }

    /// Merges `smaller` in; the keys of `self` stay.
    fn merge_smaller<F>(mut self, smaller: Self, mut f: F) -> Self
    where
        F: FnMut(&K, V, V) -> Option<V>,
    {
        for (key, value) in smaller {
            let hasher = &self.hasher;
            let cursor = self.trie.seek(hasher.hash_one(&key), |k| *k == key);
            let merged = match cursor.entry() {
                None => Some(value),
                Some((_, mine)) => f(&key, mine.clone(), value),
            };
            match merged {
                Some(value) => {
                    cursor.insert((key, value), |k| hasher.hash_one(k));
                }
                None => {
                    cursor.remove();
                }
            }
        }
        self
    }

    /// Merges `smaller` in; its keys replace those of `self`. A cursor keeps the key it
    /// finds, so a common key is searched twice.
    fn merge_smaller_first<F>(mut self, smaller: Self, mut f: F) -> Self
    where
        F: FnMut(&K, V, V) -> Option<V>,
    {
        for (key, value) in smaller {
            let hash = self.hasher.hash_one(&key);
            let merged = match self.trie.get(hash, |k| *k == key) {
                None => Some(value),
                Some((_, mine)) => f(&key, mine.clone(), value),
            };
            match merged {
                Some(value) => {
                    self.trie
                        .replace(hash, (key, value), |k| self.hasher.hash_one(k));
                }
                None => {
                    self.trie.remove(hash, |k| *k == key);
                }
            }
        }
        self
    }
}
