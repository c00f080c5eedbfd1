//! Counted pointers to nodes: what a parent keeps of a child.
//!
//! One word: null for an empty subtree, else the address of a node, with bit 0
//! set when it is an inner one. [`Link`] owns one count of the node,
//! [`LinkRef`] borrows somebody's, [`Raw`] is the bare word.
//!
//! The count is in the node itself and there is no weak count. Whoever finds
//! it at one holds the only way to the node, and may change it in place: that
//! is why no transient type is needed.
#![allow(unsafe_code, reason = "tagged, counted pointers")]

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::header::Header;
use super::inner::Inner;
use super::leaf::{Leaf, LeafRef};
use crate::runtime::sync::RefCount;

/// Bit 0 of the word: the node is an inner one. Nodes are at least 8-aligned.
const INNER: usize = 1;

/// The bare word, without ownership.
pub(super) struct Raw<K, V> {
    word: Option<NonNull<u8>>,
    node: PhantomData<*const (K, V)>,
}

impl<K, V> Clone for Raw<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Raw<K, V> {}

/// What a raw word points to.
pub(super) enum Target<K, V> {
    Empty,
    Leaf(NonNull<Header>),
    Inner(NonNull<Inner<K, V>>),
}

impl<K, V> Raw<K, V> {
    pub(super) const EMPTY: Self = Self {
        word: None,
        node: PhantomData,
    };

    #[inline]
    pub(super) fn leaf(ptr: NonNull<Header>) -> Self {
        Self {
            word: Some(ptr.cast()),
            node: PhantomData,
        }
    }

    #[inline]
    pub(super) fn inner(ptr: NonNull<Inner<K, V>>) -> Self {
        let word = ptr.cast::<u8>().map_addr(|addr| addr | INNER);
        Self {
            word: Some(word),
            node: PhantomData,
        }
    }

    #[inline]
    pub(super) fn target(self) -> Target<K, V> {
        match self.word {
            None => Target::Empty,
            Some(word) if word.addr().get() & INNER == 0 => Target::Leaf(word.cast()),
            Some(word) => Target::Inner(strip(word).cast()),
        }
    }

    /// The inner node, if it is one: the one test of a walk.
    #[inline]
    pub(super) fn as_inner(self) -> Option<NonNull<Inner<K, V>>> {
        let word = self.word.map_or(ptr::null_mut(), NonNull::as_ptr);
        if word.addr() & INNER == 0 {
            return None;
        }
        NonNull::new(word.wrapping_sub(INNER).cast())
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.word.is_none()
    }

    #[inline]
    pub(super) fn same(self, other: Self) -> bool {
        self.word == other.word
    }

    /// The count of the node, `None` when empty.
    ///
    /// # Safety
    /// The node, if any, is alive during `'a`.
    #[inline]
    unsafe fn count<'a>(self) -> Option<&'a RefCount> {
        // SAFETY: the count is the first field of both kinds of node
        // (`repr(C)`), and the node is alive.
        self.word
            .map(|word| unsafe { strip(word).cast::<RefCount>().as_ref() })
    }

    /// Adds one to the node's count.
    ///
    /// # Safety
    /// The node, if any, is alive.
    #[inline]
    pub(super) unsafe fn increment(self) {
        // SAFETY: passed on to the caller.
        if let Some(count) = unsafe { self.count() } {
            count.increment();
        }
    }

    /// Whether the node's count is one (true when empty).
    ///
    /// # Safety
    /// The node, if any, is alive.
    #[inline]
    pub(super) unsafe fn is_unique(self) -> bool {
        // SAFETY: passed on to the caller.
        unsafe { self.count() }.is_none_or(RefCount::is_unique)
    }

    /// Takes over one count of the node.
    ///
    /// # Safety
    /// The caller owns that count and gives it up.
    #[inline]
    pub(super) unsafe fn into_link(self) -> Link<K, V> {
        Link(self)
    }

    /// Borrows the node.
    ///
    /// # Safety
    /// The node, if any, stays alive and unchanged during `'a`.
    #[inline]
    pub(super) unsafe fn borrow<'a>(self) -> LinkRef<'a, K, V> {
        LinkRef {
            raw: self,
            borrow: PhantomData,
        }
    }
}

/// The address of the node without its mark. (An address is never null under
/// the mark: nodes are 8-aligned, so more than bit 0 is set.)
#[inline]
fn strip(word: NonNull<u8>) -> NonNull<u8> {
    let ptr = word.as_ptr().map_addr(|addr| addr & !INNER);
    // SAFETY: nodes lie at 8-aligned addresses that are not null, so clearing
    // bit 0 leaves others set.
    unsafe { NonNull::new_unchecked(ptr) }
}

/// An owned count of a node, or nothing.
#[repr(transparent)]
pub(super) struct Link<K, V>(Raw<K, V>);

// SAFETY: a Link shares its node's entries with other links, on any thread, and
// whoever is last drops them: as `Arc`, it needs both bounds for both traits.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Link<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Link<K, V> {}

impl<K, V> Link<K, V> {
    pub(super) const EMPTY: Self = Self(Raw::EMPTY);

    #[inline]
    pub(super) fn from_leaf(leaf: Leaf<K, V>) -> Self {
        if leaf.len() == 0 {
            return Self::EMPTY;
        }
        Self(Raw::leaf(leaf.into_raw()))
    }

    #[inline]
    pub(super) fn from_inner(inner: Box<Inner<K, V>>) -> Self {
        Self(Raw::inner(NonNull::from(Box::leak(inner))))
    }

    #[inline]
    pub(super) fn raw(&self) -> Raw<K, V> {
        self.0
    }

    /// The place of the word, for a caller that replaces it.
    #[inline]
    pub(super) fn raw_mut(&mut self) -> &mut Raw<K, V> {
        &mut self.0
    }

    /// Gives the count up without releasing it.
    #[inline]
    pub(super) fn into_raw(self) -> Raw<K, V> {
        ManuallyDrop::new(self).0
    }

    #[inline]
    pub(super) fn as_ref(&self) -> LinkRef<'_, K, V> {
        LinkRef {
            raw: self.0,
            borrow: PhantomData,
        }
    }

    /// The node itself when nobody else can reach it, else the link again.
    #[inline]
    pub(super) fn into_unique(self) -> Owned<K, V> {
        // SAFETY: we own a count, so the node is alive.
        if !unsafe { self.0.is_unique() } {
            return Owned::Shared(self);
        }
        match self.into_raw().target() {
            Target::Empty => Owned::Empty,
            // SAFETY: the count was one and it was ours.
            Target::Leaf(leaf) => Owned::Leaf(unsafe { Leaf::from_raw(leaf) }),
            // SAFETY: as above; inner nodes come from `Box::leak`.
            Target::Inner(inner) => Owned::Inner(unsafe { Box::from_raw(inner.as_ptr()) }),
        }
    }
}

/// A node taken out of its link.
pub(super) enum Owned<K, V> {
    Empty,
    Leaf(Leaf<K, V>),
    Inner(Box<Inner<K, V>>),
    Shared(Link<K, V>),
}

impl<K, V> Clone for Link<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: we own a count, so the node is alive.
        unsafe { self.0.increment() }
        Self(self.0)
    }
}

impl<K, V> Drop for Link<K, V> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: we own a count, so the node is alive.
        if unsafe { self.0.count() }.is_some_and(RefCount::decrement) {
            // SAFETY: ours was the last count.
            unsafe { free(self.0) }
        }
    }
}

/// Drops a node. Recursion is as deep as the trie, at most 22 nodes.
///
/// # Safety
/// Nobody else can reach the node.
#[inline(never)]
unsafe fn free<K, V>(raw: Raw<K, V>) {
    match raw.target() {
        Target::Empty => {}
        // SAFETY: passed on to the caller.
        Target::Leaf(leaf) => drop(unsafe { Leaf::<K, V>::from_raw(leaf) }),
        // SAFETY: as above; inner nodes come from `Box::leak`.
        Target::Inner(inner) => drop(unsafe { Box::from_raw(inner.as_ptr()) }),
    }
}

/// A borrowed link.
pub(super) struct LinkRef<'a, K, V> {
    raw: Raw<K, V>,
    borrow: PhantomData<&'a (K, V)>,
}

impl<K, V> Clone for LinkRef<'_, K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for LinkRef<'_, K, V> {}

// SAFETY: a LinkRef is a shared borrow of a Link.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for LinkRef<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for LinkRef<'_, K, V> {}

/// What a borrowed link points to.
pub(super) enum Node<'a, K, V> {
    Empty,
    Leaf(LeafRef<'a, K, V>),
    Inner(&'a Inner<K, V>),
}

impl<'a, K, V> LinkRef<'a, K, V> {
    #[inline]
    pub(super) fn node(self) -> Node<'a, K, V> {
        match self.raw.target() {
            Target::Empty => Node::Empty,
            // SAFETY: the borrow keeps the leaf alive and unchanged.
            Target::Leaf(leaf) => Node::Leaf(unsafe { LeafRef::from_raw(leaf) }),
            // SAFETY: the borrow keeps the node alive and unchanged.
            Target::Inner(inner) => Node::Inner(unsafe { inner.as_ref() }),
        }
    }

    #[inline]
    pub(super) fn as_inner(self) -> Option<&'a Inner<K, V>> {
        // SAFETY: the borrow keeps the node alive and unchanged.
        self.raw.as_inner().map(|inner| unsafe { inner.as_ref() })
    }

    #[inline]
    pub(super) fn as_leaf(self) -> Option<LeafRef<'a, K, V>> {
        match self.node() {
            Node::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    #[inline]
    pub(super) fn same(self, other: LinkRef<'_, K, V>) -> bool {
        self.raw.same(other.raw)
    }

    #[inline]
    pub(super) fn raw(self) -> Raw<K, V> {
        self.raw
    }

    /// Whether the node's count is one.
    #[inline]
    pub(super) fn is_unique(self) -> bool {
        // SAFETY: the borrow keeps the node alive.
        unsafe { self.raw.is_unique() }
    }

    /// Takes a count.
    #[inline]
    pub(super) fn to_link(self) -> Link<K, V> {
        // SAFETY: the borrow keeps the node alive.
        unsafe { self.raw.increment() }
        Link(self.raw)
    }
}
