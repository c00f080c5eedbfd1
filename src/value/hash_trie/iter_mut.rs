//! Iteration by mutable reference. Nodes that are shared are copied when the
//! iteration reaches them, so that other versions see nothing.
#![allow(
    unsafe_code,
    reason = "lends out entries of leaves made ours one by one"
)]

use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::slice;

use super::inner::{Inner, Slots};
use super::layout::{FANOUT, LEVELS};
use super::leaf::Leaf;
use super::link::{Link, LinkRef, Node, Raw, Target};

/// Iterator over entries whose values may be changed.
pub(crate) struct IterMut<'a, K, V> {
    entries: slice::IterMut<'a, (K, V)>,
    /// A root that was not entered yet.
    root: Option<NonNull<Link<K, V>>>,
    /// The inner nodes from the root to the present one, all of them ours.
    nodes: [Option<NonNull<Inner<K, V>>>; LEVELS],
    pending: [Slots; LEVELS],
    depth: usize,
    remaining: usize,
    borrow: PhantomData<&'a mut Link<K, V>>,
}

// SAFETY: an IterMut is a unique borrow of a trie.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for IterMut<'_, K, V> {}
// SAFETY: a shared IterMut gives out nothing.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for IterMut<'_, K, V> {}

/// A node that nobody else can reach.
enum Unique<K, V> {
    Empty,
    Leaf(ManuallyDrop<Leaf<K, V>>),
    Inner(NonNull<Inner<K, V>>),
}

impl<'a, K, V> IterMut<'a, K, V> {
    #[inline]
    pub(super) fn new(root: &'a mut Link<K, V>, len: usize) -> Self {
        Self {
            entries: [].iter_mut(),
            root: Some(NonNull::from(root)),
            nodes: [None; LEVELS],
            pending: [const { Slots(0) }; LEVELS],
            depth: 0,
            remaining: len,
            borrow: PhantomData,
        }
    }
}

impl<'a, K: Clone, V: Clone> IterMut<'a, K, V> {
    fn enter(&mut self, node: Unique<K, V>) -> bool {
        match node {
            Unique::Empty => false,
            Unique::Leaf(mut leaf) => {
                // SAFETY: the leaf is ours, reached once, and stays during
                // 'a: the trie is borrowed uniquely for that long.
                self.entries = unsafe { leaf.entries_mut_unbound() }.iter_mut();
                true
            }
            Unique::Inner(inner) => {
                // SAFETY: the node is ours; nothing else refers to it now.
                self.pending[self.depth] = Slots(unsafe { inner.as_ref() }.starts());
                self.nodes[self.depth] = Some(inner);
                self.depth += 1;
                false
            }
        }
    }

    /// Goes on to the next leaf; false at the end.
    #[cold]
    #[inline(never)]
    fn next_leaf(&mut self) -> bool {
        if let Some(mut root) = self.root.take() {
            // SAFETY: the root is borrowed uniquely during 'a.
            let node = own(unsafe { root.as_mut() });
            if self.enter(node) {
                return true;
            }
        }
        while let Some(top) = self.depth.checked_sub(1) {
            let (Some(mut inner), Some(slot)) = (self.nodes[top], self.pending[top].next()) else {
                self.depth = top;
                continue;
            };
            // SAFETY: the node is ours, and no reference to it is alive.
            let node = own_child(unsafe { inner.as_mut() }, slot);
            if self.enter(node) {
                return true;
            }
        }
        false
    }
}

/// The node of a link whose place nobody else can reach, copied if shared.
fn own<K: Clone, V: Clone>(link: &mut Link<K, V>) -> Unique<K, V> {
    if !link.as_ref().is_unique() {
        *link = copy(link.as_ref());
    }
    unique(link.raw())
}

/// The same for a child of a node that is ours.
fn own_child<K: Clone, V: Clone>(inner: &mut Inner<K, V>, slot: usize) -> Unique<K, V> {
    if !inner.child(slot).is_unique() {
        let copy = copy(inner.child(slot));
        let span = inner.span_of(slot).min(FANOUT - slot);
        let old = inner.take(slot);
        inner.put(slot, span, copy);
        drop(old);
    }
    unique(inner.raw_child(slot))
}

/// A copy of the node alone: its children are shared.
fn copy<K: Clone, V: Clone>(link: LinkRef<'_, K, V>) -> Link<K, V> {
    match link.node() {
        Node::Empty => Link::EMPTY,
        Node::Leaf(leaf) => Link::from_leaf(leaf.copy(0)),
        Node::Inner(inner) => Link::from_inner(inner.copy()),
    }
}

/// The node of a word that is the only one.
fn unique<K, V>(raw: Raw<K, V>) -> Unique<K, V> {
    match raw.target() {
        Target::Empty => Unique::Empty,
        // SAFETY: `own` and `own_child` made sure that nobody else can reach
        // it; its parent keeps owning it.
        Target::Leaf(leaf) => Unique::Leaf(ManuallyDrop::new(unsafe { Leaf::from_raw(leaf) })),
        Target::Inner(inner) => Unique::Inner(inner),
    }
}

impl<'a, K: Clone, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                self.remaining -= 1;
                return Some((key, value));
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

impl<K: Clone, V: Clone> ExactSizeIterator for IterMut<'_, K, V> {}

impl<K: Clone, V: Clone> FusedIterator for IterMut<'_, K, V> {}
