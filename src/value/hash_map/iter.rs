//! The iterators of a map. All know how many entries are left.
//!
//! They are thin: the trie's iterators yield entries, these split them. `fold` is passed
//! down, because the trie can run through a leaf without asking where it is.

use std::fmt;
use std::iter::FusedIterator;

use super::HashMap;
use crate::value::hash_trie::{self, Trie};

/// Iterates over the entries of a map, as `(&K, &V)`; made by [`HashMap::iter`].
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// let map = hashmap! { 1 => 10, 2 => 20 };
/// let mut iter = map.iter();
/// assert_eq!(iter.len(), 2);
/// iter.next();
/// assert_eq!(iter.clone().count(), 1);
/// ```
pub struct Iter<'a, K, V> {
    entries: hash_trie::Iter<'a, K, V>,
}

/// Iterates over the entries of a map with mutable values; made by [`HashMap::iter_mut`].
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// let mut map = hashmap! { 1 => 10, 2 => 20 };
/// for (key, value) in &mut map {
///     *value += key;
/// }
/// assert_eq!(map, hashmap! { 1 => 11, 2 => 22 });
/// ```
pub struct IterMut<'a, K, V> {
    entries: hash_trie::IterMut<'a, K, V>,
}

/// Iterates over the keys of a map; made by [`HashMap::keys`].
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// assert_eq!(hashmap! { 1 => 10, 2 => 20 }.keys().sum::<i32>(), 3);
/// ```
pub struct Keys<'a, K, V> {
    entries: hash_trie::Iter<'a, K, V>,
}

/// Iterates over the values of a map; made by [`HashMap::values`].
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// assert_eq!(hashmap! { 1 => 10, 2 => 20 }.values().sum::<i32>(), 30);
/// ```
pub struct Values<'a, K, V> {
    entries: hash_trie::Iter<'a, K, V>,
}

/// Consumes a map and yields its entries, as `(K, V)`; made by `into_iter`.
///
/// Entries that no other version shares are moved out, the others cloned.
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// let map = hashmap! { 1 => "one".to_string() };
/// let entries: Vec<(i32, String)> = map.into_iter().collect();
/// assert_eq!(entries, [(1, "one".to_string())]);
/// ```
pub struct ConsumingIter<K, V> {
    entries: hash_trie::IntoIter<K, V>,
}

impl<'a, K, V> Iter<'a, K, V> {
    #[inline]
    pub(super) fn new(trie: &'a Trie<K, V>) -> Self {
        Self {
            entries: trie.iter(),
        }
    }
}

impl<'a, K, V> Keys<'a, K, V> {
    #[inline]
    pub(super) fn new(trie: &'a Trie<K, V>) -> Self {
        Self {
            entries: trie.iter(),
        }
    }
}

impl<'a, K, V> Values<'a, K, V> {
    #[inline]
    pub(super) fn new(trie: &'a Trie<K, V>) -> Self {
        Self {
            entries: trie.iter(),
        }
    }
}

impl<'a, K: Clone, V: Clone> IterMut<'a, K, V> {
    #[inline]
    pub(super) fn new(trie: &'a mut Trie<K, V>) -> Self {
        Self {
            entries: trie.iter_mut(),
        }
    }
}

/// The part of `Iterator` that is the same for all: `$split` turns an entry into an item.
macro_rules! iterate {
    ($split:expr) => {
        #[inline]
        fn next(&mut self) -> Option<Self::Item> {
            self.entries.next().map($split)
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
            let split = $split;
            self.entries
                .fold(init, move |acc, entry| f(acc, split(entry)))
        }
    };
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    iterate!(|(k, v): &'a (K, V)| (k, v));
}

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;

    iterate!(|(k, _): &'a (K, V)| k);
}

impl<'a, K, V> Iterator for Values<'a, K, V> {
    type Item = &'a V;

    iterate!(|(_, v): &'a (K, V)| v);
}

impl<'a, K: Clone, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    iterate!(std::convert::identity);
}

impl<K: Clone, V: Clone> Iterator for ConsumingIter<K, V> {
    type Item = (K, V);

    iterate!(std::convert::identity);
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> ExactSizeIterator for Keys<'_, K, V> {}
impl<K, V> ExactSizeIterator for Values<'_, K, V> {}
impl<K: Clone, V: Clone> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K: Clone, V: Clone> ExactSizeIterator for ConsumingIter<K, V> {}

impl<K, V> FusedIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Keys<'_, K, V> {}
impl<K, V> FusedIterator for Values<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IterMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for ConsumingIter<K, V> {}

// Written out, because `derive` would ask for `K: Clone` and `V: Clone`.

impl<K, V> Clone for Iter<'_, K, V> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

impl<K, V> Clone for Keys<'_, K, V> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

impl<K, V> Clone for Values<'_, K, V> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

impl<K: Clone, V: Clone> Clone for ConsumingIter<K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

/// Shows the entries that are left.
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows the keys that are left.
impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows the values that are left.
impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows how many entries are left.
impl<K: Clone, V: Clone> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").field("len", &self.len()).finish()
    }
}

/// Shows how many entries are left.
impl<K: Clone, V: Clone> fmt::Debug for ConsumingIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumingIter")
            .field("len", &self.len())
            .finish()
    }
}

impl<'a, K, V, S> IntoIterator for &'a HashMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K: Clone, V: Clone, S> IntoIterator for &'a mut HashMap<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        IterMut::new(&mut self.trie)
    }
}

impl<K: Clone, V: Clone, S> IntoIterator for HashMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = ConsumingIter<K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        ConsumingIter {
            entries: self.trie.into_iter(),
        }
    }
}
