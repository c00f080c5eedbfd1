//! Building of subtrees from entries: the routine behind a split and a bulk
//! build.
//!
//! A range of the hash space becomes one leaf when at most
//! [`leaf_max`](super::layout::leaf_max) entries fall into it (or the hash is
//! used up), an inner node when it is a single slot, and else its two halves.
#![allow(unsafe_code, reason = "moves entries out of a source by index")]

use std::ops;

use super::inner::Inner;
use super::layout::{FANOUT, LEVELS, leaf_max, slot_at};
use super::leaf::Leaf;
use super::link::Link;
use super::path::Range;

/// An entry of the source: its hash and its index there.
pub(super) type Item = (u64, u32);

/// Where the items of each slot begin, and where the last ones end.
pub(super) type Bounds = [usize; FANOUT + 1];

/// Fills `range` of a node: `child` makes the child that starts at a slot of
/// the items between two bounds, a leaf where there are at most `max`.
pub(super) fn place<K, V>(
    node: &mut Inner<K, V>,
    Range { lo, span }: Range,
    bounds: &Bounds,
    max: usize,
    child: &mut impl FnMut(usize, ops::Range<usize>) -> Link<K, V>,
) {
    let items = bounds[lo]..bounds[lo + span];
    if items.len() <= max || span == 1 {
        node.put(lo, span, child(lo, items));
    } else {
        let span = span / 2;
        place(node, Range { lo, span }, bounds, max, child);
        place(
            node,
            Range {
                lo: lo + span,
                span,
            },
            bounds,
            max,
            child,
        );
    }
}

/// Sorts `items` by slot into `sorted`, keeping the order within a slot.
pub(super) fn sort_by_slot(
    items: &[Item],
    sorted: &mut [Item],
    slot: impl Fn(u64) -> usize,
) -> Bounds {
    let mut bounds = [0; FANOUT + 1];
    for &(hash, _) in items {
        bounds[slot(hash) + 1] += 1;
    }
    for slot in 0..FANOUT {
        bounds[slot + 1] += bounds[slot];
    }
    let mut next = bounds;
    for &item in items {
        let place = &mut next[slot(item.0)];
        sorted[*place] = item;
        *place += 1;
    }
    bounds
}

/// Where entries are moved from.
pub(super) struct Source<K, V> {
    entries: *const (K, V),
    newest: Option<Newest<K, V>>,
}

/// An entry that is not among the others, and is to be the last of its leaf.
#[derive(Clone, Copy)]
pub(super) struct Newest<K, V> {
    /// The index by which its item names it.
    pub(super) index: u32,
    pub(super) entry: *const (K, V),
}

impl<K, V> Source<K, V> {
    /// # Safety
    /// The caller owns the entries behind `entries` (and `newest`) and gives up
    /// each one that is passed to `fill` or `leaf` as an item's index, once.
    pub(super) unsafe fn new(entries: *const (K, V), newest: Option<Newest<K, V>>) -> Self {
        Self { entries, newest }
    }

    /// A leaf of these items. Nothing here runs user code.
    pub(super) fn leaf(&self, items: &mut [Item]) -> Link<K, V> {
        let Some(last) = items.len().checked_sub(1) else {
            return Link::EMPTY;
        };
        // A split leaves its halves to grow; a bulk build is done with them.
        let mut leaf = match self.newest {
            Some(_) => Leaf::with_room(items.len()),
            None => Leaf::with_capacity(items.len()),
        };
        let mut take = |items: &[Item], from: *const (K, V)| {
            let indexed = items.iter().map(|&(hash, index)| (hash, index as usize));
            // SAFETY: the caller of `new` owns these entries and gives them
            // up; there is room for all.
            unsafe { leaf.extend_from_source(from, indexed) }
        };
        let newest = self.newest.as_ref().and_then(|newest| {
            let at = items.iter().position(|&(_, index)| index == newest.index)?;
            Some((at, newest.entry))
        });
        match newest {
            None => take(items, self.entries),
            Some((at, entry)) => {
                if !cfg!(heptad_mutant = "trie_newest_is_not_last") {
                    items.swap(at, last);
                }
                take(&items[..last], self.entries);
                take(&[(items[last].0, 0)], entry);
            }
        }
        Link::from_leaf(leaf)
    }

    /// Builds the children of `range` of `node`, which stands at `level`.
    /// Items whose hash falls outside (of a `Hash` that changed its mind) are
    /// forced into it. `scratch` is as long as `items`.
    pub(super) fn fill(
        &self,
        node: &mut Inner<K, V>,
        level: usize,
        range: Range,
        items: &mut [Item],
        scratch: &mut [Item],
    ) {
        let slot = |hash| range.lo + (slot_at(hash, level) & (range.span - 1));
        let bounds = sort_by_slot(items, scratch, slot);
        let max = leaf_max::<K, V>();
        place(node, range, &bounds, max, &mut |_, part| {
            if part.len() <= max {
                self.leaf(&mut scratch[part])
            } else {
                self.subtree(level + 1, &mut scratch[part.clone()], &mut items[part])
            }
        });
    }

    /// A subtree at `level` of more items than a leaf may hold.
    fn subtree(&self, level: usize, items: &mut [Item], scratch: &mut [Item]) -> Link<K, V> {
        if level >= LEVELS {
            return self.leaf(items);
        }
        let mut node = Box::new(Inner::blank());
        let whole = Range {
            lo: 0,
            span: FANOUT,
        };
        self.fill(&mut node, level, whole, items, scratch);
        Link::from_inner(node)
    }
}
