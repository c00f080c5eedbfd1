//! A leaf: up to [`leaf_max`](super::layout::leaf_max) entries in one
//! allocation, found by comparing tag bytes.
//!
//! ```text
//! | count, len and room | tags, padded and zeroed to 16 | entries .. |
//! ```
//!
//! [`Leaf`] owns a leaf that nobody else can reach and may change it;
//! [`LeafRef`] borrows one that may be shared.
//!
//! Invariants of the allocation, on which every `SAFETY` below rests:
//! (1) it was made by `Leaf::allocate` with the layout that `layout`
//! gives for the header's `capacity`, and every pointer to it is derived from
//! the one the allocator gave; (2) all tag bytes are initialised; (3) entries
//! `0..len` are initialised, and `len <= capacity`.
#![allow(unsafe_code, reason = "one allocation holds header, tags and entries")]

use std::alloc::{self, Layout};
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ptr::{self, NonNull};

use super::header::{Fill, Header, TAGS, entries_at, layout, layout_again};
use super::layout::{capacity_for, leaf_max, tag_of};
use super::tags::{self, GROUP};
use crate::runtime::sync::RefCount;

/// A leaf that may be shared, borrowed.
pub(super) struct LeafRef<'a, K, V> {
    ptr: NonNull<Header>,
    borrow: PhantomData<&'a (K, V)>,
}

impl<K, V> Clone for LeafRef<'_, K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for LeafRef<'_, K, V> {}

// SAFETY: a LeafRef is a shared borrow of entries and of an atomic count.
unsafe impl<K: Sync, V: Sync> Send for LeafRef<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Sync, V: Sync> Sync for LeafRef<'_, K, V> {}

impl<'a, K, V> LeafRef<'a, K, V> {
    /// Borrows the leaf at `ptr`.
    ///
    /// # Safety
    /// `ptr` is a leaf that keeps the file's invariants and is neither changed
    /// nor freed during `'a`.
    #[inline]
    pub(super) unsafe fn from_raw(ptr: NonNull<Header>) -> Self {
        let borrow = PhantomData;
        Self { ptr, borrow }
    }

    #[inline]
    pub(super) fn len(self) -> usize {
        // SAFETY: the header is initialised and unchanged during the borrow.
        unsafe { (*self.ptr.as_ptr()).fill.len() }
    }

    #[inline]
    fn capacity(self) -> usize {
        // SAFETY: as for `len`.
        unsafe { (*self.ptr.as_ptr()).fill.capacity() }
    }

    #[inline]
    fn entries_ptr(self) -> *const (K, V) {
        let offset = entries_at::<K, V>(self.capacity());
        // SAFETY: the entries lie at that offset of the allocation (1).
        unsafe { self.ptr.as_ptr().cast::<u8>().add(offset).cast() }
    }

    #[inline]
    pub(super) fn entries(self) -> &'a [(K, V)] {
        // SAFETY: entries 0..len are initialised (3) and borrowed for 'a.
        unsafe { std::slice::from_raw_parts(self.entries_ptr(), self.len()) }
    }

    #[inline]
    fn tags_ptr(self) -> *const u8 {
        // SAFETY: the tags follow the header in the same allocation (1).
        unsafe { self.ptr.as_ptr().cast::<u8>().add(TAGS) }
    }

    /// The tags of the entries, in their order.
    #[inline]
    pub(super) fn tags(self) -> &'a [u8] {
        // SAFETY: all tag bytes are initialised (2), len <= capacity (3).
        unsafe { std::slice::from_raw_parts(self.tags_ptr(), self.len()) }
    }

    /// Entry and tag, in order.
    pub(super) fn tagged(self) -> impl Iterator<Item = (u8, &'a (K, V))> {
        self.tags().iter().copied().zip(self.entries())
    }

    #[inline]
    fn group(self, first: usize) -> &'a [u8; GROUP] {
        debug_assert!(first < self.capacity());
        // SAFETY: tags are padded to a multiple of GROUP and initialised (2),
        // and `first`, a multiple of GROUP, is below the capacity.
        unsafe { &*self.tags_ptr().add(first).cast() }
    }

    /// The index of the entry with this tag whose key satisfies `eq`.
    #[inline]
    pub(super) fn find(self, tag: u8, mut eq: impl FnMut(&K) -> bool) -> Option<usize> {
        let entries = self.entries();
        let mut first = 0;
        while first < entries.len() {
            // Two groups at once, as large leaves have: which of them holds the
            // key is anyone's guess, also the branch predictor's.
            let mut candidates = tags::matches(self.group(first), tag);
            if entries.len() > first + GROUP {
                candidates |= tags::matches(self.group(first + GROUP), tag) << GROUP;
            }
            while candidates != 0 {
                let index = first + candidates.trailing_zeros() as usize;
                // Padding beyond the last entry may look like a tag of zero.
                match entries.get(index) {
                    Some((key, _)) if eq(key) => return Some(index),
                    Some(_) => candidates &= candidates - 1,
                    None => return None,
                }
            }
            first += 2 * GROUP;
        }
        None
    }

    /// Whether an entry with this tag and key is here.
    #[inline]
    pub(super) fn has(self, tag: u8, key: &K) -> bool
    where
        K: Eq,
    {
        self.find(tag, |own| own == key).is_some()
    }

    /// The entry with this tag and key.
    #[inline]
    pub(super) fn get(self, tag: u8, key: &K) -> Option<&'a (K, V)>
    where
        K: Eq,
    {
        self.find(tag, |own| own == key).map(|i| &self.entries()[i])
    }

    /// Asks the cache for the lines of the entries.
    #[inline]
    pub(super) fn prefetch_entries(self) {
        /// Lines to ask for at most: the memory serves about ten at a time.
        const LINES: usize = 8;
        const LINE: usize = 64;
        let start = self.ptr.as_ptr().cast::<u8>().cast_const();
        let lines = (mem::size_of::<(K, V)>() * leaf_max::<K, V>()).div_ceil(LINE);
        for line in 1..=lines.min(LINES) {
            tags::prefetch(start.wrapping_add(line * LINE));
        }
    }

    /// Asks the cache for the whole leaf.
    #[inline]
    pub(super) fn prefetch(self) {
        tags::prefetch(self.ptr.as_ptr().cast::<u8>().cast_const());
        self.prefetch_entries();
    }
}

impl<K: Clone, V: Clone> LeafRef<'_, K, V> {
    /// A copy with room for `extra` entries more.
    pub(super) fn copy(self, extra: usize) -> Leaf<K, V> {
        let mut copy = Leaf::with_capacity(self.len() + extra);
        copy.extend_cloned(self.tags(), self.entries());
        copy
    }
}

/// A leaf that nobody else can reach.
pub(super) struct Leaf<K, V> {
    ptr: NonNull<Header>,
    own: PhantomData<(K, V)>,
}

// SAFETY: a Leaf owns its entries and its allocation.
unsafe impl<K: Send, V: Send> Send for Leaf<K, V> {}
// SAFETY: a shared Leaf gives out shared borrows of entries only.
unsafe impl<K: Sync, V: Sync> Sync for Leaf<K, V> {}

impl<K, V> Leaf<K, V> {
    /// An empty leaf with room for at least `len` entries, for one that is
    /// likely to grow in place.
    #[inline]
    pub(super) fn with_room(len: usize) -> Self {
        Self::allocate(capacity_for::<K, V>(len.max(1)))
    }

    /// An empty leaf with room for `len` entries, for one whose next change is
    /// likely to be a copy.
    #[inline]
    pub(super) fn with_capacity(len: usize) -> Self {
        Self::allocate(len.max(1))
    }

    fn allocate(wanted: usize) -> Self {
        let fill = Fill::with_room(wanted);
        let capacity = fill.capacity();
        let layout = layout::<K, V>(capacity);
        let header = Header {
            count: RefCount::new(),
            fill,
        };
        // SAFETY: the size is not zero: the header is part of it.
        let start = unsafe { alloc::alloc(layout) };
        let Some(ptr) = NonNull::new(start.cast::<Header>()) else {
            alloc::handle_alloc_error(layout)
        };
        // SAFETY: the allocation is fresh, aligned for a header, and large
        // enough for the header and the padded tags.
        unsafe {
            ptr.as_ptr().write(header);
            start
                .add(TAGS)
                .write_bytes(0, capacity.next_multiple_of(GROUP));
        }
        let own = PhantomData;
        Self { ptr, own }
    }

    /// Takes over the leaf at `ptr`.
    ///
    /// # Safety
    /// `ptr` is a leaf that keeps the file's invariants, and nobody else can
    /// reach it.
    #[inline]
    pub(super) unsafe fn from_raw(ptr: NonNull<Header>) -> Self {
        let own = PhantomData;
        Self { ptr, own }
    }

    /// Gives the leaf up without dropping it.
    #[inline]
    pub(super) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).ptr
    }

    #[inline]
    pub(super) fn as_raw(&self) -> NonNull<Header> {
        self.ptr
    }

    #[inline]
    pub(super) fn as_ref(&self) -> LeafRef<'_, K, V> {
        let borrow = PhantomData;
        LeafRef {
            ptr: self.ptr,
            borrow,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.as_ref().len()
    }

    #[inline]
    fn entry_ptr(&mut self, index: usize) -> *mut (K, V) {
        let offset = entries_at::<K, V>(self.as_ref().capacity());
        // SAFETY: the entries lie at that offset of the allocation (1), and
        // callers pass an index below the capacity.
        unsafe {
            self.ptr
                .as_ptr()
                .cast::<u8>()
                .add(offset)
                .cast::<(K, V)>()
                .add(index)
        }
    }

    #[inline]
    fn tag_ptr(&mut self, index: usize) -> *mut u8 {
        // SAFETY: the tags follow the header; callers pass an index below the
        // capacity.
        unsafe { self.ptr.as_ptr().cast::<u8>().add(TAGS + index) }
    }

    #[inline]
    fn set_len(&mut self, len: usize) {
        // SAFETY: the header is initialised; callers made the entries match.
        unsafe { (*self.ptr.as_ptr()).fill.set_len(len) }
    }

    #[inline]
    pub(super) fn entries_mut(&mut self) -> &mut [(K, V)] {
        let len = self.len();
        // SAFETY: entries 0..len are initialised (3) and borrowed uniquely.
        unsafe { std::slice::from_raw_parts_mut(self.entry_ptr(0), len) }
    }

    /// The entries, for as long as the caller knows that they stay.
    ///
    /// # Safety
    /// The leaf is neither changed, shared nor freed during `'a`.
    #[inline]
    pub(super) unsafe fn entries_mut_unbound<'a>(&mut self) -> &'a mut [(K, V)] {
        let len = self.len();
        // SAFETY: as for `entries_mut`; the lifetime is the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.entry_ptr(0), len) }
    }

    /// Appends an entry, growing when full.
    #[inline]
    pub(super) fn push(&mut self, tag: u8, entry: (K, V)) {
        let mut fill = self.fill();
        let len = fill.len();
        if len == fill.capacity() {
            self.resize(capacity_for::<K, V>(len + 1));
            fill = self.fill();
        }
        fill.set_len(len + 1);
        let start = self.ptr.as_ptr();
        // SAFETY: len < capacity now, so slot `len` of both arrays is ours and
        // holds no entry yet.
        unsafe {
            let offset = entries_at::<K, V>(fill.capacity());
            start.cast::<u8>().add(TAGS + len).write(tag);
            start
                .cast::<u8>()
                .add(offset)
                .cast::<(K, V)>()
                .add(len)
                .write(entry);
            (*start).fill = fill;
        }
    }

    #[inline]
    fn fill(&self) -> Fill {
        // SAFETY: the header is initialised.
        unsafe { (*self.ptr.as_ptr()).fill }
    }

    /// Moves the entries to an allocation of `capacity`, at least their number.
    fn resize(&mut self, capacity: usize) {
        let mut larger = Self::allocate(capacity);
        larger.append(self);
        // `self` is empty now: dropping it frees memory only.
        *self = larger;
    }

    /// Moves all entries of `other` to the end.
    ///
    /// # Panics
    /// When there is no room for them.
    pub(super) fn append(&mut self, other: &mut Self) {
        let (len, more) = (self.len(), other.len());
        assert!(len + more <= self.as_ref().capacity(), "no room to append");
        other.set_len(0);
        // SAFETY: both ranges lie within their allocations, which are distinct
        // because both are borrowed uniquely; `other` gave its entries up.
        unsafe {
            ptr::copy_nonoverlapping(other.tag_ptr(0), self.tag_ptr(len), more);
            ptr::copy_nonoverlapping(other.entry_ptr(0), self.entry_ptr(len), more);
        }
        self.set_len(len + more);
    }

    /// Appends the entries at `indices` of `source` without dropping them there.
    ///
    /// # Safety
    /// The indices are distinct and each names an initialised entry of
    /// `source` that the caller owns and gives up; there is room for all.
    pub(super) unsafe fn extend_from_source(
        &mut self,
        source: *const (K, V),
        items: impl Iterator<Item = (u64, usize)>,
    ) {
        let mut len = self.len();
        for (hash, index) in items {
            debug_assert!(len < self.as_ref().capacity());
            // SAFETY: there is room, and the entry is given up by the caller.
            unsafe {
                self.tag_ptr(len).write(tag_of(hash));
                ptr::copy_nonoverlapping(source.add(index), self.entry_ptr(len), 1);
            }
            len += 1;
        }
        self.set_len(len);
    }

    /// Takes entry `index` out; the last one takes its place.
    pub(super) fn swap_remove(&mut self, index: usize) -> (K, V) {
        let last = self.len() - 1;
        assert!(index <= last, "no such entry");
        // SAFETY: both indices are below len; the entry is read once and its
        // place is filled by the last one, which len then excludes.
        let entry = unsafe {
            let entry = self.entry_ptr(index).read();
            ptr::copy(self.entry_ptr(last), self.entry_ptr(index), 1);
            self.tag_ptr(index).write(self.tag_ptr(last).read());
            entry
        };
        self.set_len(last);
        entry
    }

    /// Takes the last entry out.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(K, V)> {
        let last = self.len().checked_sub(1)?;
        self.set_len(last);
        // SAFETY: the entry was initialised, and len excludes it now.
        Some(unsafe { self.entry_ptr(last).read() })
    }

    /// Makes room for `extra` entries more.
    pub(super) fn reserve(&mut self, extra: usize) {
        let wanted = self.len() + extra;
        if wanted > self.as_ref().capacity() {
            self.resize(wanted);
        }
    }

    /// Gives memory back that a leaf of this length would not have.
    pub(super) fn fit(&mut self) {
        let wanted = self.len().max(1);
        if wanted < self.as_ref().capacity() {
            self.resize(wanted);
        }
    }

    /// Gives memory back when less than half of it is in use.
    pub(super) fn shrink(&mut self) {
        let wanted = capacity_for::<K, V>(self.len().max(1));
        let never = cfg!(heptad_mutant = "trie_never_shrinks");
        if wanted * 2 <= self.as_ref().capacity() && !never {
            self.resize(wanted);
        }
    }

    /// Where the entries begin, for a caller that moves them out.
    pub(super) fn give_up_entries(&mut self) -> *const (K, V) {
        self.set_len(0);
        self.entry_ptr(0)
    }
}

impl<K: Clone, V: Clone> Leaf<K, V> {
    /// Appends clones of `entries`. A panic of `Clone` passes on and leaves
    /// the clones made so far in the leaf.
    ///
    /// # Panics
    /// When there is no room for them.
    pub(super) fn extend_cloned(&mut self, tags: &[u8], entries: &[(K, V)]) {
        let len = self.len();
        assert!(
            len + entries.len() <= self.as_ref().capacity(),
            "no room to extend"
        );
        debug_assert_eq!(tags.len(), entries.len());
        // SAFETY: there is room for all tags, and ours are borrowed uniquely.
        unsafe { ptr::copy_nonoverlapping(tags.as_ptr(), self.tag_ptr(len), tags.len()) }
        let first = self.entry_ptr(len);
        let mut done = CountOnDrop { leaf: self, len };
        for (i, entry) in entries.iter().enumerate() {
            // SAFETY: there is room for all entries.
            unsafe { first.add(i).write(entry.clone()) }
            done.len += 1;
        }
        if cfg!(heptad_mutant = "trie_forgets_clones_at_a_panic") {
            let all = done.len;
            done.leaf.set_len(all);
        }
    }
}

/// Sets the length of a leaf when dropped, so that a panic of `Clone` leaves
/// the right one and a loop without panics keeps it in a register.
struct CountOnDrop<'a, K, V> {
    leaf: &'a mut Leaf<K, V>,
    len: usize,
}

impl<K, V> Drop for CountOnDrop<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        if !cfg!(heptad_mutant = "trie_forgets_clones_at_a_panic") {
            self.leaf.set_len(self.len);
        }
    }
}

impl<K: Clone, V: Clone> Clone for Leaf<K, V> {
    fn clone(&self) -> Self {
        self.as_ref().copy(0)
    }
}

impl<K, V> Drop for Leaf<K, V> {
    fn drop(&mut self) {
        /// Frees also when an entry's `Drop` panics.
        struct Free(NonNull<Header>, Layout);
        impl Drop for Free {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: the layout is the one of the allocation (1), which
                // nobody else can reach.
                unsafe { alloc::dealloc(self.0.as_ptr().cast(), self.1) }
            }
        }
        // SAFETY: the leaf was allocated with the layout for its capacity (1).
        let layout = unsafe { layout_again::<K, V>(self.as_ref().capacity()) };
        let _free = Free(self.ptr, layout);
        if mem::needs_drop::<(K, V)>() {
            // SAFETY: the entries are initialised and never used again.
            unsafe { ptr::drop_in_place(self.entries_mut()) }
        }
    }
}
