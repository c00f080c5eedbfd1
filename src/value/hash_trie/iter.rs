//! Iteration by reference, leaf after leaf.

use std::iter::FusedIterator;
use std::slice;

use super::inner::{Inner, Slots};
use super::layout::LEVELS;
use super::leaf::LeafRef;
use super::link::{LinkRef, Node};

/// Iterator over the entries of a trie, in the order of their hashes' tops.
pub(crate) struct Iter<'a, K, V> {
    entries: slice::Iter<'a, (K, V)>,
    /// The next leaf: the cache fetches it while the present one is read.
    ahead: Option<LeafRef<'a, K, V>>,
    leaves: Leaves<'a, K, V>,
    remaining: usize,
}

impl<'a, K, V> Iter<'a, K, V> {
    #[inline]
    pub(super) fn new(root: LinkRef<'a, K, V>, len: usize) -> Self {
        let mut leaves = Leaves::new(root);
        let ahead = leaves.next();
        Self {
            entries: [].iter(),
            ahead,
            leaves,
            remaining: len,
        }
    }

    /// The entries of the next leaf, while the one after it is fetched.
    #[inline]
    fn turn(&mut self) -> Option<&'a [(K, V)]> {
        let leaf = self.ahead?;
        self.ahead = self.leaves.next();
        if let Some(ahead) = self.ahead {
            ahead.prefetch();
        }
        Some(leaf.entries())
    }

    #[cold]
    #[inline(never)]
    fn next_leaf(&mut self) -> Option<&'a (K, V)> {
        self.entries = self.turn()?.iter();
        self.entries.next()
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            leaves: self.leaves.clone(),
            ..*self
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = &'a (K, V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = match self.entries.next() {
            Some(entry) => entry,
            None => self.next_leaf()?,
        };
        self.remaining -= 1;
        Some(entry)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = self.entries.clone().fold(init, &mut f);
        while let Some(entries) = self.turn() {
            acc = entries.iter().fold(acc, &mut f);
        }
        acc
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<K, V> FusedIterator for Iter<'_, K, V> {}

/// Iterator over the leaves of a subtree.
pub(super) struct Leaves<'a, K, V> {
    /// A root that is a leaf, until it was given.
    single: Option<LeafRef<'a, K, V>>,
    /// The inner nodes from the root to the present one; `depth` are in use.
    nodes: [Option<&'a Inner<K, V>>; LEVELS],
    /// The children of each that are still to come.
    pending: [Slots; LEVELS],
    depth: usize,
}

impl<'a, K, V> Leaves<'a, K, V> {
    #[inline]
    pub(super) fn new(root: LinkRef<'a, K, V>) -> Self {
        let mut leaves = Self {
            single: None,
            nodes: [None; LEVELS],
            pending: [Slots(0); LEVELS],
            depth: 0,
        };
        match root.node() {
            Node::Empty => {}
            Node::Leaf(leaf) => leaves.single = Some(leaf),
            Node::Inner(inner) => leaves.enter(inner),
        }
        leaves
    }

    #[inline]
    fn enter(&mut self, inner: &'a Inner<K, V>) {
        self.nodes[self.depth] = Some(inner);
        self.pending[self.depth] = Slots(inner.starts());
        self.depth += 1;
    }
}

impl<K, V> Clone for Leaves<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, K, V> Iterator for Leaves<'a, K, V> {
    type Item = LeafRef<'a, K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(top) = self.depth.checked_sub(1) {
            let (Some(inner), Some(slot)) = (self.nodes[top], self.pending[top].next()) else {
                self.depth = top;
                continue;
            };
            match inner.child(slot).node() {
                Node::Empty => {}
                Node::Leaf(leaf) => return Some(leaf),
                Node::Inner(inner) => self.enter(inner),
            }
        }
        self.single.take()
    }
}
