//! The traits of std that are neither conversion nor iteration.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::iter::Sum;
use std::ops::{Add, Mul};

use super::HashSet;

/// A snapshot, in constant time.
impl<A, S: Clone> Clone for HashSet<A, S> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            map: self.map.clone(),
        }
    }
}

/// An empty set, with the default of its hasher type. See [`HashSet::new`] for the one that
/// needs no type annotation.
impl<A, S: Default> Default for HashSet<A, S> {
    #[inline]
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Two sets are equal if they hold equal elements, whatever their hashers and histories.
///
/// What the sets share is not compared.
impl<A, S1, S2> PartialEq<HashSet<A, S2>> for HashSet<A, S1>
where
    A: Hash + Eq,
    S1: BuildHasher,
    S2: BuildHasher,
{
    fn eq(&self, other: &HashSet<A, S2>) -> bool {
        self.map == other.map
    }
}

impl<A, S> Eq for HashSet<A, S>
where
    A: Hash + Eq,
    S: BuildHasher,
{
}

/// Equal sets have equal hashes, whatever their hashers, histories and orders. O(n).
impl<A: Hash, S> Hash for HashSet<A, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<A: fmt::Debug, S> fmt::Debug for HashSet<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

/// The [`union`](HashSet::union).
impl<A, S> Add for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Clone,
{
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.union(other)
    }
}

/// The [`union`](HashSet::union).
impl<A, S> Add for &HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Clone,
{
    type Output = HashSet<A, S>;

    fn add(self, other: Self) -> Self::Output {
        self.clone().union(other.clone())
    }
}

/// The [`intersection`](HashSet::intersection).
impl<A, S> Mul for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Clone,
{
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.intersection(other)
    }
}

/// The [`intersection`](HashSet::intersection).
impl<A, S> Mul for &HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Clone,
{
    type Output = HashSet<A, S>;

    fn mul(self, other: Self) -> Self::Output {
        self.clone().intersection(other.clone())
    }
}

/// The [`unions`](HashSet::unions) of the sets.
impl<A, S> Sum for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default + Clone,
{
    fn sum<I>(sets: I) -> Self
    where
        I: Iterator<Item = Self>,
    {
        Self::unions(sets)
    }
}
