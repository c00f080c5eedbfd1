//! New versions of a trie that is only borrowed: its root is copied, never
//! counted.
#![allow(unsafe_code, reason = "works on an alias of a borrowed root")]

use std::mem::ManuallyDrop;

use super::Trie;
use super::cursor::Cursor;
use super::path::Hold;

impl<K: Clone, V: Clone> Trie<K, V> {
    /// A version with one more entry, or a new value for a key that is there.
    pub(crate) fn updated(&self, hash: u64, entry: (K, V), rehash: impl Fn(&K) -> u64) -> Self
    where
        K: Eq,
    {
        let mut new = self.alias();
        let mut cursor = new.seek_alias(hash, |key| *key == entry.0);
        let old = if cursor.is_found() {
            cursor.set_value(entry.1)
        } else {
            cursor.add(entry, rehash);
            None
        };
        // The cursor changed something, so the root owns its count.
        let new = ManuallyDrop::into_inner(new);
        drop(old);
        new
    }

    /// A version without one entry; `None` if it is not there.
    pub(crate) fn without(&self, hash: u64, eq: impl FnMut(&K) -> bool) -> Option<Self> {
        let mut new = self.alias();
        let removed = new.seek_alias(hash, eq).remove()?;
        // The cursor changed something, so the root owns its count.
        let new = ManuallyDrop::into_inner(new);
        drop(removed);
        Some(new)
    }
}

/// A trie whose root word owns no count, until something is changed.
type Alias<K, V> = ManuallyDrop<Trie<K, V>>;

impl<K, V> Trie<K, V> {
    fn alias(&self) -> Alias<K, V> {
        // SAFETY: the word is not counted: `ManuallyDrop` never releases it,
        // and the first change, which replaces it, does not either
        // (`Hold::Alias`).
        let root = unsafe { self.root.raw().into_link() };
        ManuallyDrop::new(Self {
            root,
            len: self.len,
        })
    }

    /// The place of a key in an alias.
    fn seek_alias(&mut self, hash: u64, eq: impl FnMut(&K) -> bool) -> Cursor<'_, K, V> {
        // SAFETY: called on aliases alone, whose original outlives them.
        unsafe { Cursor::seek_held(&mut self.root, &mut self.len, hash, 0, Hold::Alias, eq) }
    }
}
