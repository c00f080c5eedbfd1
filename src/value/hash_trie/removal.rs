//! Removal of one entry, with the merges that keep the shape canonical.
//!
//! After a removal the range of the leaf may hold few enough entries together
//! with its buddy (the other half of the next larger range) to be one leaf
//! again; that may cascade up to the root. The merge is planned first, from
//! the lengths that parents note, then the new leaf is made, then it is hung
//! in: user code (`Clone`, of shared leaves) runs only in the second step.
#![allow(unsafe_code, reason = "empties leaves in place that are about to go")]

use std::mem::ManuallyDrop;

use super::cursor::Cursor;
use super::layout::{FANOUT, LEAF_MAX, leaf_max};
use super::leaf::{Leaf, LeafRef};
use super::link::{Link, LinkRef, Node, Target};
use super::path::{Path, Piece, Range};

/// How far a removal reaches up: the range that becomes one leaf.
#[derive(Clone, Copy)]
struct Reach {
    /// Inner nodes of the path that stay; the range is in the last of them.
    keep: usize,
    range: Range,
    /// Entries in the range.
    total: usize,
}

/// A leaf to be merged with.
#[derive(Clone, Copy)]
struct Buddy<'a, K, V> {
    leaf: LinkRef<'a, K, V>,
    /// Whether it is ours. Asked once: others may leave at any time, also while
    /// a `Clone` runs, and a leaf is to be cloned or moved, not both.
    owned: bool,
}

impl Reach {
    /// The place of the end of a path that keeps `total` entries.
    fn of_end<K, V>(path: &Path<K, V>, total: usize) -> Self {
        let range = path.end_range().unwrap_or(Range {
            lo: 0,
            span: FANOUT,
        });
        Self {
            keep: path.depth(),
            range,
            total,
        }
    }

    /// The next larger range, if it has few enough entries to be one leaf,
    /// and the neighbour that fills its other half.
    #[inline]
    fn grow<'a, K, V>(self, path: &'a Path<K, V>) -> Option<(Self, Buddy<'a, K, V>)> {
        let node = path.node(self.keep.checked_sub(1)?);
        let Range { lo, span } = self.range;
        let buddy = lo ^ span;
        let total = self.total + node.leaf_len(buddy, span)?;
        if total > leaf_max::<K, V>() || cfg!(heptad_mutant = "trie_removal_never_merges") {
            return None;
        }
        let leaf = node.child(buddy);
        let unique = leaf.is_unique() || cfg!(heptad_mutant = "trie_moves_from_shared_buddies");
        let owned = path.is_owned(self.keep - 1) && unique;
        let leaf = Buddy { leaf, owned };
        let range = Range {
            lo: lo & !span,
            span: span * 2,
        };
        let grown = Self {
            range,
            total,
            ..self
        };
        Some((grown.leave_full_node(path), leaf))
    }

    /// A range that is a whole node is that node's slot in its parent.
    fn leave_full_node<K, V>(self, path: &Path<K, V>) -> Self {
        if self.range.span < FANOUT || self.keep == 0 {
            return self;
        }
        let keep = self.keep - 1;
        let range = match keep.checked_sub(1) {
            Some(parent) => Range {
                lo: path.slot(parent),
                span: 1,
            },
            None => self.range,
        };
        Self {
            keep,
            range,
            ..self
        }
    }
}

impl<K: Clone, V: Clone> Cursor<'_, K, V> {
    /// Takes the entry out, if it was found.
    #[inline]
    pub(crate) fn remove(mut self) -> Option<(K, V)> {
        self.take()
    }

    /// The same for a cursor that is not moved; it is not used again.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(K, V)> {
        let index = self.found()?;
        let rest = self.leaf()?.len() - 1;
        let reach = Reach::of_end(self.path(), rest);
        let len = *self.len_mut() - 1;
        Some(if reach.grow(self.path()).is_some() {
            self.remove_merging(index, reach, len)
        } else {
            self.remove_alone(index, rest, len)
        })
    }

    /// Removal from a leaf that stays alone.
    #[inline]
    fn remove_alone(&mut self, index: usize, rest: usize, len: usize) -> (K, V) {
        match self.owned_leaf() {
            Some(mut leaf) if rest > 0 => {
                let removed = leaf.swap_remove(index);
                leaf.shrink();
                *self.len_mut() = len;
                self.changed_in_place(&leaf);
                removed
            }
            Some(mut leaf) => {
                let removed = leaf.swap_remove(index);
                self.replace_end(Link::EMPTY, len);
                removed
            }
            None => {
                let leaf = self.leaf().expect("an entry was found in a leaf");
                let removed = leaf.entries()[index].clone();
                let copy = copy_without(leaf, rest, index);
                self.replace_end(Link::from_leaf(copy), len);
                removed
            }
        }
    }

    /// Removal after which neighbours share one leaf.
    #[cold]
    #[inline(never)]
    fn remove_merging(&mut self, index: usize, mut reach: Reach, len: usize) -> (K, V) {
        let path = self.path();
        let mut buddies = [const { None }; LEAF_MAX];
        let mut count = 0;
        while let Some((grown, buddy)) = reach.grow(path) {
            reach = grown;
            if !buddy.leaf.is_empty() {
                buddies[count] = Some(buddy);
                count += 1;
            }
        }
        let buddies = buddies[..count].iter().flatten();
        let mut merged = Leaf::with_capacity(reach.total);
        // First what may panic: clones of what is shared.
        let shared = self.leaf().filter(|_| !path.end_is_owned());
        let copied = shared.map(|leaf| {
            for (i, (tag, entry)) in leaf.tagged().enumerate() {
                if i != index {
                    merged.push(tag, entry.clone());
                }
            }
            leaf.entries()[index].clone()
        });
        for leaf in buddies.clone().filter_map(Buddy::shared) {
            merged.extend_cloned(leaf.tags(), leaf.entries());
        }
        // Then moves: the emptied leaves go with the range that they are in.
        for mut leaf in buddies.filter_map(|buddy| buddy.owned()) {
            merged.append(&mut leaf);
        }
        let removed = copied.unwrap_or_else(|| {
            let mut leaf = self.owned_leaf().expect("the leaf is ours, or was copied");
            let removed = leaf.swap_remove(index);
            merged.append(&mut leaf);
            removed
        });
        let piece = Piece::One(Link::from_leaf(merged));
        self.graft(reach.keep, reach.range, piece, len);
        removed
    }
}

/// All entries but one.
fn copy_without<K: Clone, V: Clone>(
    leaf: LeafRef<'_, K, V>,
    rest: usize,
    index: usize,
) -> Leaf<K, V> {
    let mut copy = Leaf::with_capacity(rest);
    let (tags, entries) = (leaf.tags(), leaf.entries());
    copy.extend_cloned(&tags[..index], &entries[..index]);
    copy.extend_cloned(&tags[index + 1..], &entries[index + 1..]);
    copy
}

impl<'a, K, V> Buddy<'a, K, V> {
    fn is_owned(&self) -> bool {
        self.owned || cfg!(heptad_mutant = "trie_asks_for_owners_twice") && self.leaf.is_unique()
    }

    /// The leaf, where others may reach it.
    fn shared(&self) -> Option<LeafRef<'a, K, V>> {
        match self.leaf.node() {
            Node::Leaf(leaf) if !self.is_owned() => Some(leaf),
            _ => None,
        }
    }

    /// The leaf, where it is ours, to be emptied.
    fn owned(&self) -> Option<ManuallyDrop<Leaf<K, V>>> {
        match self.leaf.raw().target() {
            Target::Leaf(leaf) if self.is_owned() => {
                // SAFETY: all nodes above are ours and its count is one, so
                // nobody else can reach it; its parent keeps owning it.
                Some(ManuallyDrop::new(unsafe { Leaf::from_raw(leaf) }))
            }
            _ => None,
        }
    }
}
