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
//! (1) it was made by [`Leaf::with_capacity`] with the layout that `layout`
//! gives for the header's `capacity`, and every pointer to it is derived from
//! the one the allocator gave; (2) all tag bytes are initialised; (3) entries
//! `0..len` are initialised, and `len <= capacity`.
#![allow(unsafe_code, reason = "one allocation holds header, tags and entries")]

use std::alloc::{self, Layout};
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ptr::{self, NonNull};

use super::layout::{LEAF_MAX, capacity_for, tag_of};
use super::tags::{self, GROUP};
use crate::runtime::sync::RefCount;

/// The start of a leaf; the count comes first in both kinds of node.
#[repr(C, align(8))]
pub(super) struct Header {
    count: RefCount,
    fill: Fill,
}

/// Length and capacity of a leaf in one word: these eight bytes a leaf would
/// otherwise grow by are two percent of a map of small entries.
#[derive(Clone, Copy)]
struct Fill(u32);

impl Fill {
    /// Bits of the length. The rest codes the capacity: up to [`LEAF_MAX`] it
    /// is the number itself, above that each step doubles it.
    const LEN_BITS: u32 = 26;
    const LEN_MASK: u32 = (1 << Self::LEN_BITS) - 1;

    /// An empty leaf with room for at least `wanted` entries.
    ///
    /// # Panics
    /// When that is more than a leaf can count: as many keys as that with the
    /// same hash could not be told apart in a lifetime.
    fn with_room(wanted: usize) -> Self {
        assert!(
            wanted <= Self::LEN_MASK as usize,
            "{wanted} keys have the same hash: use a hasher that distinguishes them"
        );
        let code = if wanted <= LEAF_MAX {
            wanted
        } else {
            LEAF_MAX + wanted.div_ceil(LEAF_MAX).next_power_of_two().ilog2() as usize
        };
        Self((code as u32) << Self::LEN_BITS)
    }

    #[inline]
    fn len(self) -> usize {
        (self.0 & Self::LEN_MASK) as usize
    }

    #[inline]
    fn set_len(&mut self, len: usize) {
        debug_assert!(len <= self.capacity());
        self.0 = self.0 & !Self::LEN_MASK | len as u32;
    }

    #[inline]
    fn capacity(self) -> usize {
        let code = (self.0 >> Self::LEN_BITS) as usize;
        if code <= LEAF_MAX {
            code
        } else {
            LEAF_MAX << (code - LEAF_MAX)
        }
    }
}

/// Where the tags begin.
const TAGS: usize = mem::size_of::<Header>();

/// Where the entries of a leaf of `capacity` begin.
#[inline]
const fn entries_at<K, V>(capacity: usize) -> usize {
    (TAGS + capacity.next_multiple_of(GROUP)).next_multiple_of(mem::align_of::<(K, V)>())
}

/// The layout of a leaf of `capacity`.
///
/// # Panics
/// When the size would exceed `isize::MAX`.
#[inline]
fn layout<K, V>(capacity: usize) -> Layout {
    let align = mem::align_of::<Header>().max(mem::align_of::<(K, V)>());
    mem::size_of::<(K, V)>()
        .checked_mul(capacity)
        .and_then(|bytes| bytes.checked_add(entries_at::<K, V>(capacity)))
        .and_then(|size| Layout::from_size_align(size, align).ok())
        .expect("capacity overflow: a leaf cannot be larger than isize::MAX bytes")
}

/// The layout of a leaf that exists.
///
/// # Safety
/// `layout` gave one for this capacity before.
#[inline]
unsafe fn layout_again<K, V>(capacity: usize) -> Layout {
    let align = mem::align_of::<Header>().max(mem::align_of::<(K, V)>());
    let size = entries_at::<K, V>(capacity) + mem::size_of::<(K, V)>() * capacity;
    // SAFETY: `layout` found that neither overflows.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

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
            let mut candidates = tags::matches(self.group(first), tag);
            while candidates != 0 {
                let index = first + candidates.trailing_zeros() as usize;
                // Padding beyond the last entry may look like a tag of zero.
                match entries.get(index) {
                    Some((key, _)) if eq(key) => return Some(index),
                    Some(_) => candidates &= candidates - 1,
                    None => return None,
                }
            }
            first += GROUP;
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

    /// Asks the cache for the first lines of the leaf.
    #[inline]
    pub(super) fn prefetch(self) {
        let start = self.ptr.as_ptr().cast::<u8>().cast_const();
        tags::prefetch(start);
        tags::prefetch(start.wrapping_add(64));
        tags::prefetch(start.wrapping_add(128));
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
    /// An empty leaf with room for at least `len` entries.
    #[inline]
    pub(super) fn with_capacity(len: usize) -> Self {
        Self::allocate(capacity_for::<K, V>(len.max(1)))
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
        let len = self.len();
        if len == self.as_ref().capacity() {
            self.resize(capacity_for::<K, V>(len + 1));
        }
        // SAFETY: len < capacity now, so slot `len` of both arrays is ours and
        // holds no entry yet.
        unsafe {
            self.tag_ptr(len).write(tag);
            self.entry_ptr(len).write(entry);
        }
        self.set_len(len + 1);
    }

    /// Moves the entries to an allocation of `capacity`, at least their number.
    #[cold]
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
            self.resize(capacity_for::<K, V>(wanted));
        }
    }

    /// Gives memory back that a leaf of this length would not have.
    pub(super) fn fit(&mut self) {
        let wanted = capacity_for::<K, V>(self.len().max(1));
        if wanted < self.as_ref().capacity() {
            self.resize(wanted);
        }
    }

    /// Gives memory back when less than half of it is in use.
    pub(super) fn shrink(&mut self) {
        let wanted = capacity_for::<K, V>(self.len().max(1));
        if wanted * 2 <= self.as_ref().capacity() {
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
        self.leaf.set_len(self.len);
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
