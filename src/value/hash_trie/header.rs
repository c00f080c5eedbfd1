//! The start of a leaf and the layout of the allocation behind it.
#![allow(
    unsafe_code,
    reason = "a layout computed a second time is not checked again"
)]

use std::alloc::Layout;
use std::mem;

use super::layout::LEAF_MAX;
use super::tags::GROUP;
use crate::runtime::sync::RefCount;

/// The start of a leaf; the count comes first in both kinds of node.
#[repr(C, align(8))]
pub(super) struct Header {
    pub(super) count: RefCount,
    pub(super) fill: Fill,
}

/// Length and capacity of a leaf in one word: these eight bytes a leaf would
/// otherwise grow by are two percent of a map of small entries.
#[derive(Clone, Copy)]
pub(super) struct Fill(u32);

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
    pub(super) fn with_room(wanted: usize) -> Self {
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
    pub(super) fn len(self) -> usize {
        (self.0 & Self::LEN_MASK) as usize
    }

    #[inline]
    pub(super) fn set_len(&mut self, len: usize) {
        debug_assert!(len <= self.capacity());
        self.0 = self.0 & !Self::LEN_MASK | len as u32;
    }

    #[inline]
    pub(super) fn capacity(self) -> usize {
        let code = (self.0 >> Self::LEN_BITS) as usize;
        if code <= LEAF_MAX {
            code
        } else {
            // The last step is cut short, so that a full leaf's length fits.
            (LEAF_MAX << (code - LEAF_MAX)).min(Self::LEN_MASK as usize)
        }
    }
}

/// Where the tags begin.
pub(super) const TAGS: usize = mem::size_of::<Header>();

/// Where the entries of a leaf of `capacity` begin.
#[inline]
pub(super) const fn entries_at<K, V>(capacity: usize) -> usize {
    (TAGS + capacity.next_multiple_of(GROUP)).next_multiple_of(mem::align_of::<(K, V)>())
}

/// The layout of a leaf of `capacity`.
///
/// # Panics
/// When the size would exceed `isize::MAX`.
#[inline]
pub(super) fn layout<K, V>(capacity: usize) -> Layout {
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
pub(super) unsafe fn layout_again<K, V>(capacity: usize) -> Layout {
    let align = mem::align_of::<Header>().max(mem::align_of::<(K, V)>());
    let size = entries_at::<K, V>(capacity) + mem::size_of::<(K, V)>() * capacity;
    // SAFETY: `layout` found that neither overflows.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

#[cfg(test)]
mod tests {
    use super::Fill;

    #[test]
    fn a_full_leaf_knows_its_length() {
        let most = Fill::LEN_MASK as usize;
        for wanted in [
            1,
            15,
            16,
            31,
            32,
            33,
            64,
            65,
            1000,
            most / 2,
            most / 2 + 1,
            most - 1,
            most,
        ] {
            let mut fill = Fill::with_room(wanted);
            let capacity = fill.capacity();
            assert!(capacity >= wanted, "{wanted}");
            assert_eq!(fill.len(), 0);
            fill.set_len(capacity);
            assert_eq!((fill.len(), fill.capacity()), (capacity, capacity));
        }
    }

    #[test]
    #[should_panic(expected = "have the same hash")]
    fn more_equal_hashes_than_can_be_counted_are_refused() {
        let _ = Fill::with_room(Fill::LEN_MASK as usize + 1);
    }
}
