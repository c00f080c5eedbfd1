//! Iteration by value: entries are moved out of nodes that nobody else can
//! reach, and cloned from shared ones.

use std::iter::FusedIterator;

use super::inner::{Inner, Slots};
use super::layout::FANOUT;
use super::leaf::Leaf;
use super::link::{Link, Node, Owned};

/// Iterator over the entries of a trie, in the order of [`Iter`](super::Iter).
pub(crate) struct IntoIter<K, V> {
    /// The present leaf, last entry first.
    leaf: Option<Leaf<K, V>>,
    /// What is still to come, the next on top.
    pending: Vec<Link<K, V>>,
    remaining: usize,
}

impl<K, V> IntoIter<K, V> {
    #[inline]
    pub(super) fn new(root: Link<K, V>, len: usize) -> Self {
        Self {
            leaf: None,
            pending: vec![root],
            remaining: len,
        }
    }

    fn enter(&mut self, mut inner: Box<Inner<K, V>>) {
        let children = inner.take_range(0, FANOUT);
        self.pending.extend(children.into_iter().rev());
    }
}

impl<K: Clone, V: Clone> IntoIter<K, V> {
    /// Goes on to the next leaf; false at the end.
    #[cold]
    #[inline(never)]
    fn next_leaf(&mut self) -> bool {
        while let Some(link) = self.pending.pop() {
            match link.into_unique() {
                Owned::Empty => {}
                Owned::Leaf(leaf) => return self.start(leaf),
                Owned::Inner(inner) => self.enter(inner),
                Owned::Shared(link) => match link.as_ref().node() {
                    Node::Empty => {}
                    Node::Leaf(leaf) => return self.start(leaf.copy(0)),
                    Node::Inner(inner) => {
                        let children = Slots(inner.starts());
                        let first = self.pending.len();
                        self.pending
                            .extend(children.map(|lo| inner.child(lo).to_link()));
                        self.pending[first..].reverse();
                    }
                },
            }
        }
        false
    }

    fn start(&mut self, mut leaf: Leaf<K, V>) -> bool {
        // Entries are popped from the end; tags are not used any more.
        leaf.entries_mut().reverse();
        self.leaf = Some(leaf);
        true
    }
}

impl<K: Clone, V: Clone> Clone for IntoIter<K, V> {
    fn clone(&self) -> Self {
        let (leaf, pending) = (self.leaf.clone(), self.pending.clone());
        Self {
            leaf,
            pending,
            remaining: self.remaining,
        }
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.leaf.as_mut().and_then(Leaf::pop) {
                self.remaining -= 1;
                return Some(entry);
            }
            if !self.next_leaf() {
                return None;
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoIter<K, V> {}

impl<K: Clone, V: Clone> FusedIterator for IntoIter<K, V> {}
