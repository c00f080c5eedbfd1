//! Making maps of other collections and of iterators.
//!
//! An empty map is filled in bulk: the entries are sorted by hash and the tree is built once,
//! from the leaves. Where a key comes twice, the last value wins and the first key stays.

use std::borrow::Borrow;
use std::collections::{self, BTreeMap};
use std::hash::{BuildHasher, Hash};

use super::{HashMap, RandomState};
use crate::value::hash_trie::Trie;

/// The two ways to make a map that Rust programs call by path. Being inherent, they win over
/// the trait functions of the same names and settle the hasher, which nothing else would.
impl<K, V> HashMap<K, V, RandomState> {
    /// A map of what `entries` holds, with the default hasher.
    ///
    /// It takes everything a [`From`] implementation exists for: arrays, slices, vectors and
    /// std's maps. `HashMap::from(..)` needs no type annotation; to get another
    /// hasher, use `into()` or `collect()`, or name it: `HashMap::<_, _, S>::from(..)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let ages = HashMap::from([("ada", 36), ("alan", 41)]);
    /// assert_eq!(ages["ada"], 36);
    ///
    /// let sipped: HashMap<_, _, std::hash::RandomState> = vec![("ada", 36)].into();
    /// assert_eq!(sipped.len(), 1);
    /// ```
    #[inline]
    #[must_use]
    pub fn from<T>(entries: T) -> Self
    where
        Self: From<T>,
    {
        From::from(entries)
    }

    /// A map of the entries that `entries` yields, with the default hasher.
    ///
    /// `HashMap::from_iter(..)` needs no type annotation; to get another hasher, use
    /// `collect()`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let squares = HashMap::from_iter((1..4).map(|n| (n, n * n)));
    /// assert_eq!(squares[&3], 9);
    /// ```
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait is implemented, for all hashers; this fixes the default one"
    )]
    #[inline]
    #[must_use]
    pub fn from_iter<I>(entries: I) -> Self
    where
        K: Hash + Eq + Clone,
        V: Clone,
        I: IntoIterator<Item = (K, V)>,
    {
        entries.into_iter().collect()
    }
}

impl<K, V, S> FromIterator<(K, V)> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from_iter<I>(entries: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
    {
        let empty = Self::default();
        let trie = Trie::from_entries(entries.into_iter(), |key| empty.hasher.hash_one(key));
        Self { trie, ..empty }
    }
}

/// Adds entries one by one, or in bulk if the map is empty.
impl<K, V, S, RK, RV> Extend<(RK, RV)> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone + From<RK>,
    V: Clone + From<RV>,
    S: BuildHasher,
{
    fn extend<I>(&mut self, entries: I)
    where
        I: IntoIterator<Item = (RK, RV)>,
    {
        let entries = entries.into_iter().map(|(k, v)| (K::from(k), V::from(v)));
        if self.is_empty() {
            self.trie = Trie::from_entries(entries, |key| self.hasher.hash_one(key));
        } else {
            for (key, value) in entries {
                self.insert(key, value);
            }
        }
    }
}

impl<K, V, S, const N: usize> From<[(K, V); N]> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S> From<&[(K, V)]> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(entries: &[(K, V)]) -> Self {
        entries.iter().cloned().collect()
    }
}

impl<K, V, S> From<Vec<(K, V)>> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(entries: Vec<(K, V)>) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S> From<&Vec<(K, V)>> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(entries: &Vec<(K, V)>) -> Self {
        entries.iter().cloned().collect()
    }
}

impl<K, V, S, S2> From<collections::HashMap<K, V, S2>> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(map: collections::HashMap<K, V, S2>) -> Self {
        map.into_iter().collect()
    }
}

impl<K, V, S, S2> From<&collections::HashMap<K, V, S2>> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(map: &collections::HashMap<K, V, S2>) -> Self {
        map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

impl<K, V, S> From<BTreeMap<K, V>> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(map: BTreeMap<K, V>) -> Self {
        map.into_iter().collect()
    }
}

impl<K, V, S> From<&BTreeMap<K, V>> for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default,
{
    fn from(map: &BTreeMap<K, V>) -> Self {
        map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

/// From a map of borrowed keys and values to one of owned.
impl<K, V, OK, OV, S, S2> From<&HashMap<&K, &V, S2>> for HashMap<OK, OV, S>
where
    K: ToOwned<Owned = OK> + ?Sized,
    V: ToOwned<Owned = OV> + ?Sized,
    OK: Hash + Eq + Clone + Borrow<K>,
    OV: Clone + Borrow<V>,
    S: BuildHasher + Default,
{
    fn from(map: &HashMap<&K, &V, S2>) -> Self {
        map.iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }
}
