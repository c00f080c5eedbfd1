//! The iterators of a set. Both know how many elements are left.

use std::fmt;
use std::iter::FusedIterator;

use super::HashSet;
use crate::value::hash_map;

/// Iterates over the elements of a set; made by [`HashSet::iter`].
///
/// # Examples
///
/// ```
/// use heptad::hashset;
///
/// let set = hashset! { 2, 3 };
/// let mut iter = set.iter();
/// assert_eq!(iter.len(), 2);
/// iter.next();
/// assert_eq!(iter.clone().count(), 1);
/// ```
pub struct Iter<'a, A> {
    keys: hash_map::Keys<'a, A, ()>,
}

/// Consumes a set and yields its elements; made by `into_iter`.
///
/// Elements that no other version shares are moved out, the others cloned.
///
/// # Examples
///
/// ```
/// use heptad::hashset;
///
/// let names: Vec<String> = hashset! { "ada".to_string() }.into_iter().collect();
/// assert_eq!(names, ["ada"]);
/// ```
pub struct ConsumingIter<A> {
    entries: hash_map::ConsumingIter<A, ()>,
}

impl<'a, A> Iter<'a, A> {
    #[inline]
    pub(super) fn new<S>(set: &'a HashSet<A, S>) -> Self {
        Self {
            keys: set.map.keys(),
        }
    }
}

impl<'a, A> Iterator for Iter<'a, A> {
    type Item = &'a A;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.keys.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.keys.size_hint()
    }

    #[inline]
    fn fold<B, F>(self, init: B, f: F) -> B
    where
        F: FnMut(B, Self::Item) -> B,
    {
        self.keys.fold(init, f)
    }
}

impl<A: Clone> Iterator for ConsumingIter<A> {
    type Item = A;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next().map(|(a, ())| a)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }

    #[inline]
    fn fold<B, F>(self, init: B, mut f: F) -> B
    where
        F: FnMut(B, Self::Item) -> B,
    {
        self.entries.fold(init, |acc, (a, ())| f(acc, a))
    }
}

impl<A> ExactSizeIterator for Iter<'_, A> {}
impl<A: Clone> ExactSizeIterator for ConsumingIter<A> {}

impl<A> FusedIterator for Iter<'_, A> {}
impl<A: Clone> FusedIterator for ConsumingIter<A> {}

// Written out, because `derive` would ask for `A: Clone`.
impl<A> Clone for Iter<'_, A> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
        }
    }
}

impl<A: Clone> Clone for ConsumingIter<A> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

/// Shows the elements that are left.
impl<A: fmt::Debug> fmt::Debug for Iter<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows how many elements are left.
impl<A: Clone> fmt::Debug for ConsumingIter<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumingIter")
            .field("len", &self.len())
            .finish()
    }
}

impl<'a, A, S> IntoIterator for &'a HashSet<A, S> {
    type Item = &'a A;
    type IntoIter = Iter<'a, A>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<A: Clone, S> IntoIterator for HashSet<A, S> {
    type Item = A;
    type IntoIter = ConsumingIter<A>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        ConsumingIter {
            entries: self.map.into_iter(),
        }
    }
}
