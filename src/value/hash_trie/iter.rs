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
    leaves: Leaves<'a, K, V>,
    remaining: usize,
}

impl<'a, K, V> Iter<'a, K, V> {
    #[inline]
    pub(super) fn new(root: LinkRef<'a, K, V>, len: usize) -> Self {
        Self {
            entries: [].iter(),
            leaves: Leaves::new(root),
            remaining: len,
        }
    }

    #[cold]
    #[inline(never)]
    fn next_leaf(&mut self) -> Option<&'a (K, V)> {
        self.entries = self.leaves.next()?.entries().iter();
        self.entries.next()
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        let (entries, leaves) = (self.entries.clone(), self.leaves.clone());
        Self {
            entries,
            leaves,
            remaining: self.remaining,
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
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let first = self.entries.fold(init, &mut f);
        self.leaves
            .fold(first, |acc, leaf| leaf.entries().iter().fold(acc, &mut f))
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
                Node::Leaf(leaf) => {
                    prefetch_next(inner, self.pending[top]);
                    return Some(leaf);
                }
                Node::Inner(inner) => self.enter(inner),
            }
        }
        self.single.take()
    }
}

/// Reading one leaf takes about as long as fetching the next.
#[inline]
fn prefetch_next<K, V>(inner: &Inner<K, V>, mut pending: Slots) {
    if let Some(slot) = pending.next() {
        if let Node::Leaf(leaf) = inner.child(slot).node() {
            leaf.prefetch();
        }
    }
}
