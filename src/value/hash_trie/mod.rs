//! The canonical bucketed hash trie under `HashMap` and `HashSet`.
//!
//! Conceptually a binary trie over a 64-bit hash in which **a subtree is one
//! leaf exactly when it holds at most `B` entries**, so the shape depends only
//! on the set of hashes, never on the history. Three binary levels are packed
//! into each inner node of eight slots.
//!
//! ```text
//! layout    the constants, and how a hash is read
//! tags      sixteen tag bytes compared at once
//! header    what a leaf begins with, and its layout
//! leaf      up to B entries in one allocation
//! inner     eight slots, each with its child
//! link      counted pointers to either
//! path      the way down to a hash; replacing what is at its end
//! cursor    the place of one key: change, add, split
//! removal   the place of one key: remove, merge
//! persist   new versions of a trie that is only borrowed
//! fill      subtrees from entries
//! bulk      whole tries from entries
//! iter*     iteration by reference, by mutable reference, by value
//! assemble  a node from children that may have shrunk
//! retain    the entries that a predicate accepts
//! shape     what a trie looks like, for tests
//! union, select, compare, diff: two tries walked side by side, skipping what they share
//! ```
//!
//! Unsafe code is in `tags`, `header`, `leaf`, `inner`, `link`, `path`, `cursor`,
//! `removal`, `persist`, `fill`, `bulk` and `iter_mut`, and nowhere above them. Keys are hashed by the
//! caller; the trie sees hashes, and asks for the hash of a stored key through
//! a closure (`hash`) where it needs one. A `Hash` or `Eq` that contradicts
//! itself can lose entries from sight, never from memory.

mod assemble;
mod bulk;
mod compare;
mod cursor;
mod diff;
mod fill;
mod header;
mod inner;
mod into_iter;
mod iter;
mod iter_mut;
mod layout;
mod leaf;
mod link;
mod path;
mod persist;
mod removal;
mod retain;
mod select;
mod shape;
mod tags;
#[cfg(test)]
mod tests;
mod union;

pub(crate) use cursor::Cursor;
pub(crate) use diff::{Change, Diff};
pub(crate) use into_iter::IntoIter;
pub(crate) use iter::Iter;
pub(crate) use iter_mut::IterMut;

use link::Link;

/// A map from hashes to entries; see the module. `Clone` is O(1).
pub(crate) struct Trie<K, V> {
    root: Link<K, V>,
    len: usize,
}

impl<K, V> Clone for Trie<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            root: self.root.clone(),
            len: self.len,
        }
    }
}

impl<K, V> Trie<K, V> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            root: Link::EMPTY,
            len: 0,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether both are the same version: one root, or both empty.
    #[inline]
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.root.as_ref().same(other.root.as_ref())
    }

    /// Whether no other trie has the same root.
    #[inline]
    pub(crate) fn is_owned(&self) -> bool {
        self.root.as_ref().is_unique()
    }

    /// The entry under `hash` whose key satisfies `eq`.
    #[inline]
    pub(crate) fn get(&self, hash: u64, eq: impl FnMut(&K) -> bool) -> Option<&(K, V)> {
        self.root.as_ref().find_in(self.len, hash, eq)
    }

    #[inline]
    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.root.as_ref(), self.len)
    }

    /// The place of a key: one walk, nothing copied yet.
    #[inline]
    pub(crate) fn seek(&mut self, hash: u64, eq: impl FnMut(&K) -> bool) -> Cursor<'_, K, V> {
        Cursor::seek(&mut self.root, &mut self.len, hash, 0, eq)
    }
}

impl<K: Clone, V: Clone> Trie<K, V> {
    /// The entry under `hash`, its value to be changed. An absent key copies
    /// nothing.
    #[inline]
    pub(crate) fn get_mut(
        &mut self,
        hash: u64,
        eq: impl FnMut(&K) -> bool,
    ) -> Option<(&K, &mut V)> {
        self.seek(hash, eq).into_entry_mut()
    }

    /// Puts an entry in; a present key stays as it is and gets the value.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        hash: u64,
        entry: (K, V),
        rehash: impl Fn(&K) -> u64,
    ) -> Option<V>
    where
        K: Eq,
    {
        let mut cursor = Cursor::at_root(&mut self.root, &mut self.len, hash, 0);
        if cursor.find(|key| *key == entry.0) {
            let old = cursor.set_value(entry.1);
            // Before the return: were its `Drop` to panic after that, what is
            // returned would leak.
            drop(entry.0);
            return old;
        }
        cursor.add(entry, rehash);
        None
    }

    /// Puts an entry in, in the place of one with an equal key.
    #[inline]
    pub(crate) fn replace(
        &mut self,
        hash: u64,
        entry: (K, V),
        rehash: impl Fn(&K) -> u64,
    ) -> Option<(K, V)>
    where
        K: Eq,
    {
        let mut cursor = Cursor::at_root(&mut self.root, &mut self.len, hash, 0);
        if cursor.find(|key| *key == entry.0) {
            return cursor.set_entry(entry);
        }
        cursor.add(entry, rehash);
        None
    }

    /// Takes an entry out. An absent key copies nothing.
    #[inline]
    pub(crate) fn remove(&mut self, hash: u64, eq: impl FnMut(&K) -> bool) -> Option<(K, V)> {
        let mut cursor = Cursor::at_root(&mut self.root, &mut self.len, hash, 0);
        cursor.find(eq);
        cursor.take()
    }

    #[inline]
    pub(crate) fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(&mut self.root, self.len)
    }

    #[inline]
    pub(crate) fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.root, self.len)
    }
}
