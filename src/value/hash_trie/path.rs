//! The way from a root down to one hash, and the one operation that changes
//! something at its end: [`Path::graft`].
//!
//! Persistent update: the nodes of a path that nobody else can reach are
//! changed in place; from the first shared one on, each is copied once, its
//! children but the one on the path gaining a count. All user code (`Hash`,
//! `Eq`, `Clone`) has run before the first node changes, so a panic finds the
//! old version untouched.
#![allow(unsafe_code, reason = "walks and relinks nodes by raw pointers")]

use std::mem::{self, MaybeUninit};
use std::ptr::NonNull;

use super::inner::{Inner, as_inner};
use super::layout::{LEVELS, slot_at};
use super::link::{Link, LinkRef, Raw};

/// Whether the root is ours to change or an alias of somebody's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// The root link owns its count: unique nodes are changed in place.
    Exclusive,
    /// The root word is a copy without a count: every node on the path is
    /// copied, none released.
    Alias,
}

/// The inner nodes above the place of one hash.
pub(super) struct Path<K, V> {
    hash: u64,
    /// The level at which the root hangs.
    level: usize,
    hold: Hold,
    /// Only the first `depth` are initialised.
    inners: [MaybeUninit<NonNull<Inner<K, V>>>; LEVELS],
    depth: usize,
    /// How many of them, from the top, nobody else can reach.
    owned: usize,
    /// What hangs at the end: a leaf, or nothing.
    end: Raw<K, V>,
    end_owned: bool,
}

/// The range of slots that one child fills.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) lo: usize,
    pub(super) span: usize,
}

/// What to put in the place of a range.
pub(super) enum Piece<'a, K, V> {
    /// One child for all of it.
    One(Link<K, V>),
    /// The children of the same range of a node under construction.
    Many(&'a mut Inner<K, V>),
}

impl<K, V> Path<K, V> {
    /// Walks down from `root`, which hangs at `level`.
    ///
    /// # Safety
    /// `root` is alive; with `Hold::Exclusive` the caller borrows the link
    /// that owns it uniquely for as long as the path is used. Between this
    /// call and a graft nothing else changes the trie.
    #[inline]
    pub(super) unsafe fn walk(root: Raw<K, V>, hash: u64, level: usize, hold: Hold) -> Self {
        let mut path = Self {
            hash,
            level,
            hold,
            inners: [const { MaybeUninit::uninit() }; LEVELS],
            depth: 0,
            owned: 0,
            end: root,
            end_owned: false,
        };
        let mut owned = hold == Hold::Exclusive;
        while let Some(inner) = as_inner(path.end) {
            // SAFETY: the node is alive: the root is, and parents own children.
            let node = unsafe { inner.as_ref() };
            owned = owned && node.is_unique();
            path.end = node.raw_child(slot_at(hash, level + path.depth));
            path.inners[path.depth].write(inner);
            path.depth += 1;
            path.owned += usize::from(owned);
        }
        // SAFETY: as above, for the leaf.
        path.end_owned = owned && unsafe { path.end.is_unique() };
        path
    }

    /// The leaf (or nothing) at the end.
    #[inline]
    pub(super) fn end(&self) -> LinkRef<'_, K, V> {
        // SAFETY: `walk`'s caller keeps it alive and unchanged meanwhile.
        unsafe { self.end.borrow() }
    }

    #[inline]
    pub(super) fn end_raw(&self) -> Raw<K, V> {
        self.end
    }

    /// Whether nobody else can reach what is at the end.
    #[inline]
    pub(super) fn end_is_owned(&self) -> bool {
        self.end_owned
    }

    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    #[inline]
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// The level at which the node number `index` of the path stands.
    #[inline]
    pub(super) fn level_of(&self, index: usize) -> usize {
        self.level + index
    }

    /// Whether the hash has no bits left to divide the end by.
    #[inline]
    pub(super) fn is_exhausted(&self) -> bool {
        self.level_of(self.depth) >= LEVELS && self.end_range().is_none_or(|range| range.span == 1)
    }

    /// The slot through which the path leaves node `index`.
    #[inline]
    pub(super) fn slot(&self, index: usize) -> usize {
        slot_at(self.hash, self.level_of(index))
    }

    #[inline]
    fn node_ptr(&self, index: usize) -> *mut Inner<K, V> {
        assert!(index < self.depth);
        // SAFETY: the first `depth` are initialised.
        unsafe { self.inners[index].assume_init() }.as_ptr()
    }

    /// Node number `index` from the top.
    #[inline]
    pub(super) fn node(&self, index: usize) -> &Inner<K, V> {
        // SAFETY: alive, and unchanged while the path is borrowed.
        unsafe { &*self.node_ptr(index) }
    }

    /// Whether nobody else can reach node `index`.
    #[inline]
    pub(super) fn is_owned(&self, index: usize) -> bool {
        index < self.owned
    }

    /// The range that the end fills in its parent, `None` at the root.
    #[inline]
    pub(super) fn end_range(&self) -> Option<Range> {
        let parent = self.depth.checked_sub(1)?;
        let node = self.node(parent);
        let lo = node.start_of(self.slot(parent));
        let span = node.span_of(lo);
        Some(Range { lo, span })
    }

    /// The parent of the end, to note a change that was made in place.
    ///
    /// # Panics
    /// When there is none, or it may be shared.
    #[inline]
    pub(super) fn owned_parent(&mut self) -> &mut Inner<K, V> {
        let parent = self.depth - 1;
        assert!(self.is_owned(parent));
        // SAFETY: nobody else can reach it, and the path is borrowed uniquely.
        unsafe { &mut *self.node_ptr(parent) }
    }

    /// Puts `piece` in the place of `range` of node `keep - 1` (of the whole
    /// root when `keep` is 0), copying what is shared above it. What was there
    /// is released last, when the new version is complete; a panic in that
    /// release (of a user's `Drop`) passes on.
    ///
    /// # Safety
    /// `root` is the link of which this path was walked, and with
    /// `Hold::Alias` it owns no count yet (it does afterwards). The path is
    /// not used again but for `depth`, `slot` and the like.
    pub(super) unsafe fn graft(
        &mut self,
        root: &mut Link<K, V>,
        keep: usize,
        range: Range,
        piece: Piece<'_, K, V>,
    ) {
        let Some(parent) = keep.checked_sub(1) else {
            let Piece::One(link) = piece else {
                unreachable!("a root is replaced as a whole")
            };
            return self.release(mem::replace(root, link));
        };
        let in_place = self.is_owned(parent);
        // SAFETY: as promised by the caller; the range is overwritten below,
        // and nothing unwinds in between.
        let top = unsafe { self.own(root, keep, range) };
        // SAFETY: `own` made sure that nobody else can reach it.
        let node = unsafe { &mut *self.node_ptr(parent) };
        if in_place {
            let old = if node.span_of(range.lo) == range.span {
                // One child: no array to fill and drop.
                let old = node.take(range.lo);
                write(node, range, piece);
                return drop(old);
            } else {
                node.take_range(range.lo, range.span)
            };
            write(node, range, piece);
            drop(old);
        } else {
            write(node, range, piece);
        }
        self.release(top);
    }

    /// Releases what the root held, unless it was never ours.
    #[inline]
    fn release(&self, old: Link<K, V>) {
        match self.hold {
            Hold::Exclusive => drop(old),
            Hold::Alias => _ = old.into_raw(),
        }
    }

    /// Makes the first `keep` nodes ours, from the root down; returns the old
    /// top of what was copied, which the copies replaced.
    ///
    /// # Safety
    /// As for `graft`. If node `keep - 1` was copied, the words of `range` in
    /// it are not owned: the caller overwrites them before anything can unwind.
    #[inline]
    unsafe fn own(&mut self, root: &mut Link<K, V>, keep: usize, range: Range) -> Link<K, V> {
        let first = self.owned;
        if first >= keep {
            return Link::EMPTY;
        }
        let mut place: *mut Raw<K, V> = match first.checked_sub(1) {
            None => root.raw_mut(),
            // SAFETY: node `first - 1` is owned, so we may change it.
            Some(above) => unsafe { (*self.node_ptr(above)).place(self.slot(above)) },
        };
        // SAFETY: the place held an owned count (or, for an alias, `release`
        // forgets it); the word is overwritten with the copy's below.
        let old_top = unsafe { (*place).into_link() };
        for index in first..keep {
            let slot = self.slot(index);
            let hole = if index + 1 == keep {
                range
            } else {
                Range { lo: slot, span: 1 }
            };
            // SAFETY: the node is alive: `old_top` holds it. The hole is
            // overwritten by the next round, or by the caller for the last.
            let copy = unsafe { self.node(index).copy_except(hole.lo, hole.span) };
            let copy = NonNull::from(Box::leak(copy));
            // SAFETY: `place` is the root's word or one in a node made ours.
            unsafe { *place = Raw::inner(copy) };
            self.inners[index].write(copy);
            // SAFETY: the copy is fresh: nobody else can reach it.
            place = unsafe { (*copy.as_ptr()).place(slot) };
        }
        self.owned = keep;
        old_top
    }
}

/// Fills the range of a node whose words there own nothing.
#[inline]
fn write<K, V>(node: &mut Inner<K, V>, range: Range, piece: Piece<'_, K, V>) {
    match piece {
        Piece::One(link) => node.put(range.lo, range.span, link),
        Piece::Many(from) => node.adopt_range(range.lo, range.span, from),
    }
}
