//! An inner node: eight slots, each of which holds a child directly.
//!
//! A leaf that stands for 2, 4 or 8 slots (a larger part of the hash space) is
//! repeated in all of them, so a lookup indexes without counting bits, and a
//! split only changes pointers. `starts` marks the first slot of each child;
//! the node owns one count for each of those. `lens` tells the length of a
//! leaf, so that a removal can see whether a merge is due without touching the
//! neighbour.
#![allow(unsafe_code, reason = "children are raw counted words")]

use super::layout::{BITS, FANOUT, LEVELS, tag_of};
use super::leaf::LeafRef;
use super::link::{Link, LinkRef, Node, Raw};
use crate::runtime::sync::RefCount;

/// In `lens`: the child is an inner node.
const IS_INNER: u8 = u8::MAX;

/// In `lens`: the longest leaf that can be told. Longer ones (only where the
/// hash is used up) never merge, so the exact number does not matter.
const LEN_MAX: u8 = u8::MAX - 1;

/// The bits of the slots `lo..lo + span`.
#[inline]
const fn range_mask(lo: usize, span: usize) -> u8 {
    (((1u16 << span) - 1) << lo) as u8
}

/// See the file. `count` comes first, as in a leaf.
///
/// Invariant: `starts` marks a set of children whose ranges are aligned to
/// their span, a power of two; every slot of a range holds the child's word;
/// the node owns one count of each. (While a node is under construction the
/// ranges need not cover all slots: the rest is empty and unmarked.)
#[repr(C)]
pub(super) struct Inner<K, V> {
    count: RefCount,
    starts: u8,
    lens: [u8; FANOUT],
    children: [Raw<K, V>; FANOUT],
}

// SAFETY: an inner node owns counts of its children, as a `Link` does.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Inner<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Inner<K, V> {}

impl<K, V> Inner<K, V> {
    /// A node without children, to be filled.
    #[inline]
    pub(super) fn blank() -> Self {
        Self {
            count: RefCount::new(),
            starts: 0,
            lens: [0; FANOUT],
            children: [Raw::EMPTY; FANOUT],
        }
    }

    #[inline]
    pub(super) fn is_unique(&self) -> bool {
        self.count.is_unique()
    }

    /// The first slot of the child at `slot`.
    #[inline]
    pub(super) fn start_of(&self, slot: usize) -> usize {
        let up_to = self.starts & range_mask(0, slot + 1);
        (u8::BITS - 1 - up_to.leading_zeros()) as usize
    }

    /// How many slots the child that starts at `lo` stands for.
    #[inline]
    pub(super) fn span_of(&self, lo: usize) -> usize {
        let later = u32::from(self.starts) >> (lo + 1) | 1 << (FANOUT - 1 - lo);
        later.trailing_zeros() as usize + 1
    }

    /// The marks of all children's first slots.
    #[inline]
    pub(super) fn starts(&self) -> u8 {
        self.starts
    }

    #[inline]
    pub(super) fn raw_child(&self, slot: usize) -> Raw<K, V> {
        self.children[slot]
    }

    #[inline]
    pub(super) fn child(&self, slot: usize) -> LinkRef<'_, K, V> {
        // SAFETY: the node owns a count of the child, and a child changes only
        // through the only way to it, which is this node, now borrowed.
        unsafe { self.children[slot].borrow() }
    }

    /// First slot, span and child, in order.
    pub(super) fn children(&self) -> impl Iterator<Item = (usize, usize, LinkRef<'_, K, V>)> {
        self.children_in(0, FANOUT)
    }

    /// The same of the children that start within `lo..lo + span`.
    pub(super) fn children_in(
        &self,
        lo: usize,
        span: usize,
    ) -> impl Iterator<Item = (usize, usize, LinkRef<'_, K, V>)> {
        let starts = Slots(self.starts & range_mask(lo, span));
        starts.map(|lo| (lo, self.span_of(lo), self.child(lo)))
    }

    /// The length of the leaf (or nothing) that fills exactly `lo..lo + span`;
    /// `None` when something else is there.
    #[inline]
    pub(super) fn leaf_len(&self, lo: usize, span: usize) -> Option<usize> {
        let exact = self.starts >> lo & 1 == 1 && self.span_of(lo) == span;
        (exact && self.lens[lo] != IS_INNER).then(|| usize::from(self.lens[lo]))
    }

    /// Notes the length of the leaf that starts at `lo`.
    #[inline]
    pub(super) fn set_leaf_len(&mut self, lo: usize, len: usize) {
        self.lens[lo] = len.min(usize::from(LEN_MAX)) as u8;
    }

    /// Overwrites the words of `lo..lo + span`, taking over a count of `child`.
    /// What was there must have been taken out or never been owned.
    #[inline]
    pub(super) fn put(&mut self, lo: usize, span: usize, child: Link<K, V>) {
        self.starts = self.starts & !range_mask(lo, span) | 1 << lo;
        self.lens[lo] = match child.as_ref().node() {
            Node::Empty => 0,
            Node::Leaf(leaf) => leaf.len().min(usize::from(LEN_MAX)) as u8,
            Node::Inner(_) => IS_INNER,
        };
        self.children[lo..lo + span].fill(child.into_raw());
    }

    /// Overwrites the word of one child with a new place of the same leaf.
    #[inline]
    pub(super) fn repoint(&mut self, lo: usize, span: usize, raw: Raw<K, V>) {
        self.children[lo..lo + span].fill(raw);
    }

    /// Where the word of the inner child at `slot` is kept.
    #[inline]
    pub(super) fn place(&mut self, slot: usize) -> &mut Raw<K, V> {
        &mut self.children[slot]
    }

    /// Takes the child that starts at `lo` out, leaving its range unmarked.
    #[inline]
    pub(super) fn take(&mut self, lo: usize) -> Link<K, V> {
        debug_assert!(self.starts >> lo & 1 == 1);
        self.starts &= !(1 << lo);
        // SAFETY: the mark said that the node owns this count; it is cleared.
        unsafe { self.children[lo].into_link() }
    }

    /// Takes all children of `lo..lo + span` out, leaving the range unmarked.
    /// Places that start no child hold nothing.
    pub(super) fn take_range(&mut self, lo: usize, span: usize) -> [Link<K, V>; FANOUT] {
        let mut taken = [const { Link::EMPTY }; FANOUT];
        for slot in Slots(self.starts & range_mask(lo, span)) {
            taken[slot] = self.take(slot);
        }
        taken
    }

    /// Moves the children of `lo..lo + span` of `from` to the same range here,
    /// which must have been taken out or never been owned.
    pub(super) fn adopt_range(&mut self, lo: usize, span: usize, from: &mut Self) {
        self.starts &= !range_mask(lo, span);
        for slot in Slots(from.starts & range_mask(lo, span)) {
            let width = from.span_of(slot).min(lo + span - slot);
            let child = from.take(slot);
            self.put(slot, width, child);
        }
    }

    /// A copy that shares all children but those within `lo..lo + span`, whose
    /// words it holds without owning them.
    ///
    /// # Safety
    /// The caller overwrites that range before anything else happens to the
    /// copy: nothing may unwind in between.
    #[inline]
    pub(super) unsafe fn copy_except(&self, lo: usize, span: usize) -> Box<Self> {
        let copy = Box::new(Self {
            count: RefCount::new(),
            starts: self.starts,
            lens: self.lens,
            children: self.children,
        });
        for slot in Slots(self.starts & !range_mask(lo, span)) {
            // SAFETY: this node owns a count, so the child is alive.
            unsafe { self.children[slot].increment() }
        }
        copy
    }

    /// A copy that shares all children.
    pub(super) fn copy(&self) -> Box<Self> {
        // SAFETY: no slot is left out.
        unsafe { self.copy_except(0, 0) }
    }
}

impl<'a, K, V> LinkRef<'a, K, V> {
    /// The entry under `hash` whose key satisfies `eq`; this link hangs at
    /// `level`.
    #[inline]
    pub(super) fn find(
        self,
        hash: u64,
        level: usize,
        eq: impl FnMut(&K) -> bool,
    ) -> Option<&'a (K, V)> {
        let leaf = self.leaf_for(hash, level)?;
        leaf.find(tag_of(hash), eq).map(|i| &leaf.entries()[i])
    }

    /// The same from the root of a trie of `len` entries. The entries of a leaf
    /// are fetched while its tags are compared, where that pays: the trie is
    /// larger than the nearest cache, and its entries own no memory (those that
    /// do make it larger than all caches much sooner, and then fetching lines
    /// that are not needed delays those that are).
    #[inline]
    pub(super) fn find_in(
        self,
        len: usize,
        hash: u64,
        eq: impl FnMut(&K) -> bool,
    ) -> Option<&'a (K, V)> {
        const NEAR: usize = 2048;
        let leaf = self.leaf_for(hash, 0)?;
        if len > NEAR && !std::mem::needs_drop::<(K, V)>() {
            leaf.prefetch_entries();
        }
        leaf.find(tag_of(hash), eq).map(|i| &leaf.entries()[i])
    }

    /// The leaf in which a key with `hash` is, if it is anywhere.
    #[inline]
    pub(super) fn leaf_for(self, hash: u64, level: usize) -> Option<LeafRef<'a, K, V>> {
        let mut at = self;
        let mut bits = hash << (BITS as usize * level);
        while let Some(inner) = at.as_inner() {
            at = inner.child((bits >> (u64::BITS - BITS)) as usize);
            bits <<= BITS;
        }
        at.as_leaf()
    }

    /// How many entries the subtree holds. Leaves are read only where their
    /// length is not in the parent.
    pub(super) fn count(self) -> usize {
        match self.node() {
            Node::Empty => 0,
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => Slots(inner.starts)
                .map(|lo| match inner.lens[lo] {
                    IS_INNER | LEN_MAX => inner.child(lo).count(),
                    len => usize::from(len),
                })
                .sum(),
        }
    }
}

impl<K, V> Drop for Inner<K, V> {
    /// Releases the children, and goes on when a user's `Drop` panics.
    #[inline]
    fn drop(&mut self) {
        let mut rest = Rest {
            children: &self.children,
            slots: Slots(self.starts),
        };
        rest.release();
    }
}

/// The children of a node that is being dropped.
struct Rest<'a, K, V> {
    children: &'a [Raw<K, V>; FANOUT],
    slots: Slots,
}

impl<K, V> Rest<'_, K, V> {
    #[inline]
    fn release(&mut self) {
        for slot in self.slots.by_ref() {
            // SAFETY: the node owned a count of each child, and each slot is
            // given once; the node is being dropped.
            drop(unsafe { self.children[slot].into_link() });
        }
    }
}

impl<K, V> Drop for Rest<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        if std::mem::needs_drop::<(K, V)>() && !cfg!(heptad_mutant = "trie_drop_stops_at_a_panic") {
            self.release();
        }
    }
}

/// The numbers of the bits that are set, lowest first.
#[derive(Clone, Copy)]
pub(super) struct Slots(pub(super) u8);

impl Iterator for Slots {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

const _: () = {
    // A path of inner nodes reads all of its bits from the hash.
    assert!(LEVELS as u32 * BITS < u64::BITS);
};
