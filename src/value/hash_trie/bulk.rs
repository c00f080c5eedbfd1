//! Building a whole trie at once: entries are sorted by hash, a few levels at
//! a time, and each leaf is gathered at its final size.
//!
//! Of entries with equal keys the first key stays, with the last value, as if
//! they had been inserted one by one.
#![allow(unsafe_code, reason = "moves entries out of a vector by index")]

use std::mem::{self, ManuallyDrop};

use super::Trie;
use super::assemble::merge_small;
use super::fill::{Bounds, Item, Source, place};
use super::inner::Inner;
use super::layout::{BITS, FANOUT, LEVELS, leaf_max};
use super::link::Link;
use super::path::Range;

impl<K: Eq + Clone, V: Clone> Trie<K, V> {
    /// A trie of these entries. `hash` runs once per entry, before anything is
    /// built.
    pub(crate) fn from_entries(
        entries: impl Iterator<Item = (K, V)>,
        hash: impl Fn(&K) -> u64,
    ) -> Self {
        let entries: Vec<(K, V)> = entries.collect();
        if u32::try_from(entries.len()).is_err() {
            return Self::one_by_one(entries, hash);
        }
        let mut items: Vec<Item> = Vec::with_capacity(entries.len());
        items.extend(
            entries
                .iter()
                .zip(0..)
                .map(|((key, _), index)| (hash(key), index)),
        );
        let mut scratch = vec![(0, 0); items.len()];
        let mut bulk = Bulk::new(entries);
        let root = bulk.subtree(0, &mut items, &mut scratch);
        Self {
            root,
            len: bulk.len,
        }
    }

    /// For more entries than an item can number.
    #[cold]
    fn one_by_one(entries: Vec<(K, V)>, hash: impl Fn(&K) -> u64) -> Self {
        let mut trie = Self::new();
        for entry in entries {
            trie.insert(hash(&entry.0), entry, &hash);
        }
        trie
    }
}

/// Words of the filter: one bit for each value of the hash's lowest 12 bits.
const FILTER: usize = 64;

/// A build in progress. Dropping it drops the entries that were not moved into
/// a leaf: all of them after a panic, duplicates after success.
struct Bulk<K, V> {
    entries: ManuallyDrop<Vec<(K, V)>>,
    /// One bit per entry that was moved; unused without drop glue.
    moved: Vec<u64>,
    /// Which low hash bits the present leaf has seen.
    seen: [u64; FILTER],
    /// Entries in leaves.
    len: usize,
    /// Entries left out because their key was there already.
    repeated: usize,
}

impl<K: Eq + Clone, V: Clone> Bulk<K, V> {
    fn new(entries: Vec<(K, V)>) -> Self {
        let words = if mem::needs_drop::<(K, V)>() {
            entries.len().div_ceil(64)
        } else {
            0
        };
        Self {
            entries: ManuallyDrop::new(entries),
            moved: vec![0; words],
            seen: [0; FILTER],
            len: 0,
            repeated: 0,
        }
    }

    /// The subtree of `items` at `level`.
    fn subtree(&mut self, level: usize, items: &mut [Item], scratch: &mut [Item]) -> Link<K, V> {
        if items.len() <= leaf_max::<K, V>() || level >= LEVELS {
            return self.leaf(items);
        }
        let width = width_for(items.len()).min(LEVELS - level);
        let bounds = sort_by_path(items, scratch, level, width);
        self.node(level, width, &bounds, scratch, items)
    }

    /// A node of items that are sorted by the next `width` levels of their
    /// path; `bounds` tells where each of the `8^width` groups begins.
    fn node(
        &mut self,
        level: usize,
        width: usize,
        bounds: &[usize],
        items: &mut [Item],
        scratch: &mut [Item],
    ) -> Link<K, V> {
        let repeated = self.repeated;
        let stride = bounds.len() / FANOUT;
        let slots: Bounds = std::array::from_fn(|slot| bounds[slot * stride]);
        let mut node = Box::new(Inner::blank());
        let whole = Range {
            lo: 0,
            span: FANOUT,
        };
        let max = leaf_max::<K, V>();
        place(&mut node, whole, &slots, max, &mut |slot, part| {
            if part.len() <= max {
                self.leaf(&mut items[part])
            } else if width == 1 {
                self.subtree(level + 1, &mut items[part.clone()], &mut scratch[part])
            } else {
                let groups = &bounds[slot * stride..=(slot + 1) * stride];
                self.node(level + 1, width - 1, groups, items, scratch)
            }
        });
        if self.repeated == repeated || cfg!(heptad_mutant = "trie_bulk_trusts_item_counts") {
            Link::from_inner(node)
        } else {
            // Fewer entries than items: ranges may fit into one leaf.
            merge_small(node)
        }
    }

    /// A leaf of the distinct keys among `items`.
    fn leaf(&mut self, items: &mut [Item]) -> Link<K, V> {
        let distinct = self.distinct(items);
        let items = &mut items[..distinct];
        self.len += distinct;
        // SAFETY: the vector's entries are ours; these were not moved before,
        // each item being in one leaf, and are not dropped again (`moved`).
        let source = unsafe { Source::new(self.entries.as_ptr(), None) };
        let leaf = source.leaf(items);
        if !self.moved.is_empty() {
            for &(_, index) in &*items {
                self.moved[index as usize / 64] |= 1 << (index % 64);
            }
        }
        leaf
    }

    /// Moves the first item of each key to the front and tells how many there
    /// are; the value of a later one goes to the first.
    fn distinct(&mut self, items: &mut [Item]) -> usize {
        let mut kept = 0;
        for next in 0..items.len() {
            let item = items[next];
            let first = if self.note(item.0) {
                None
            } else {
                self.find(&items[..kept], item)
            };
            match first {
                Some(first) => {
                    self.swap_values(first, item.1);
                    self.repeated += 1;
                }
                None => {
                    items[kept] = item;
                    kept += 1;
                }
            }
        }
        for &(hash, _) in &items[..kept] {
            self.seen[filter_word(hash)] = 0;
        }
        kept
    }

    /// Notes a hash; false when one with the same low bits was noted.
    #[inline]
    fn note(&mut self, hash: u64) -> bool {
        let bit = 1 << (hash % 64);
        let word = &mut self.seen[filter_word(hash)];
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// The index of the entry among `items` that has the key of `item`.
    fn find(&self, items: &[Item], item: Item) -> Option<u32> {
        let key = |index: u32| &self.entries[index as usize].0;
        let same = |other: &&Item| other.0 == item.0 && key(other.1) == key(item.1);
        items.iter().find(same).map(|&(_, index)| index)
    }

    fn swap_values(&mut self, earlier: u32, later: u32) {
        // Items are in the order of insertion: `earlier` is in front.
        let (front, back) = self.entries.split_at_mut(later as usize);
        mem::swap(&mut front[earlier as usize].1, &mut back[0].1);
    }
}

#[inline]
fn filter_word(hash: u64) -> usize {
    (hash / 64) as usize % FILTER
}

/// How many levels to sort by at once: groups should not be much smaller than
/// a leaf, and not more than a cache can write to side by side.
fn width_for(items: usize) -> usize {
    match items {
        0..512 => 1,
        512..8192 => 2,
        _ => 3,
    }
}

/// Sorts `items` by `width` levels of their path into `sorted`, keeping the
/// order within a group; tells where the groups begin, and the end.
fn sort_by_path(items: &[Item], sorted: &mut [Item], level: usize, width: usize) -> Vec<usize> {
    let bits = BITS as usize;
    let group = |hash: u64| ((hash << (bits * level)) >> (64 - bits * width)) as usize;
    let mut bounds = vec![0; (1 << (bits * width)) + 1];
    for &(hash, _) in items {
        bounds[group(hash) + 1] += 1;
    }
    for i in 1..bounds.len() {
        bounds[i] += bounds[i - 1];
    }
    let mut next = bounds.clone();
    for &item in items {
        let place = &mut next[group(item.0)];
        sorted[*place] = item;
        *place += 1;
    }
    bounds
}

impl<K, V> Drop for Bulk<K, V> {
    fn drop(&mut self) {
        // SAFETY: the vector is not used again.
        let mut entries = unsafe { ManuallyDrop::take(&mut self.entries) };
        if self.moved.is_empty() {
            return; // Entries without drop glue: moved or not, nothing to do.
        }
        let moved = &self.moved;
        let stayed = |&index: &usize| moved[index / 64] >> (index % 64) & 1 == 0;
        let first = entries.as_ptr();
        // SAFETY: these entries are in no leaf: they move to `rest`.
        let rest = (0..entries.len())
            .filter(stayed)
            .map(|i| unsafe { first.add(i).read() });
        let rest: Vec<(K, V)> = rest.collect();
        // SAFETY: zero is below the capacity; no entry is left here.
        unsafe { entries.set_len(0) }
        // A vector drops all of its entries, also when one of them panics.
        drop(rest);
    }
}
