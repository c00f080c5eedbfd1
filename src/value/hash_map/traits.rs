//! The traits of std that are neither comparison, conversion nor iteration.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::Sum;
use std::ops::{Add, Index, IndexMut};

use equivalent::Equivalent;

use super::HashMap;

/// A snapshot, in constant time.
impl<K, V, S: Clone> Clone for HashMap<K, V, S> {
    #[inline]
    fn clone(&self) -> Self {
        self.with_trie(self.trie.clone())
    }
}

/// An empty map, with the default of its hasher type. See [`HashMap::new`] for the one that
/// needs no type annotation.
impl<K, V, S: Default> Default for HashMap<K, V, S> {
    #[inline]
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for HashMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// The value of a key that must be there.
///
/// # Panics
///
/// If the key has no entry. [`HashMap::get`] returns an `Option` instead.
impl<Q, K, V, S> Index<&Q> for HashMap<K, V, S>
where
    Q: Hash + Equivalent<K> + ?Sized,
    S: BuildHasher,
{
    type Output = V;

    #[inline]
    #[track_caller]
    fn index(&self, key: &Q) -> &V {
        self.get(key).unwrap_or_else(|| no_entry())
    }
}

/// The value of a key that must be there, to change in place.
///
/// # Panics
///
/// If the key has no entry. [`HashMap::get_mut`] returns an `Option` instead.
impl<Q, K, V, S> IndexMut<&Q> for HashMap<K, V, S>
where
    Q: Hash + Equivalent<K> + ?Sized,
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, key: &Q) -> &mut V {
        match self.get_mut(key) {
            Some(value) => value,
            None => no_entry(),
        }
    }
}

#[cold]
#[track_caller]
fn no_entry() -> ! {
    panic!("the map has no entry for the key it was indexed with")
}

/// The [`union`](HashMap::union): for a key in both maps, the left one's value counts.
impl<K, V, S> Add for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.union(other)
    }
}

/// The [`union`](HashMap::union): for a key in both maps, the left one's value counts.
impl<K, V, S> Add for &HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    type Output = HashMap<K, V, S>;

    fn add(self, other: Self) -> Self::Output {
        self.clone().union(other.clone())
    }
}

/// The [`unions`](HashMap::unions) of the maps.
impl<K, V, S> Sum for HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Default + Clone,
{
    fn sum<I>(maps: I) -> Self
    where
        I: Iterator<Item = Self>,
    {
        Self::unions(maps)
    }
}

impl<K, V, S> AsRef<Self> for HashMap<K, V, S> {
    #[inline]
    fn as_ref(&self) -> &Self {
        self
    }
}
