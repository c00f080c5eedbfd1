//! Selection of a trie's entries by a predicate.
//!
//! First the predicate judges every entry, so that its panic finds nothing
//! changed. Then a trie of which nobody else holds a part is changed in place,
//! without a clone; of any other, the leaves that lose entries are copied.

use std::mem;

use super::Trie;
use super::assemble::{Part, Parts, filter_leaf, merge_small};
use super::inner::Slots;
use super::link::{Link, LinkRef, Node, Owned};
use super::path::Range;

impl<K: Clone, V: Clone> Trie<K, V> {
    /// Drops the entries that `keep` rejects. It is called once for each entry
    /// in the order of iteration; if it panics, nothing has changed.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut verdicts = Verdicts::with_capacity(self.len);
        self.iter()
            .for_each(|(key, value)| verdicts.push(keep(key, value)));
        if verdicts.rejected == 0 {
            return;
        }
        let len = self.len - verdicts.rejected;
        if is_all_owned(self.root.as_ref()) {
            let mut rejected = Vec::with_capacity(verdicts.rejected);
            let root = mem::replace(&mut self.root, Link::EMPTY);
            self.root = in_place(root, &mut verdicts, &mut rejected);
            self.len = len;
            // Last, because a user's `Drop` may panic.
            drop(rejected);
        } else if let Part::New(root) = copied(self.root.as_ref(), &mut verdicts) {
            self.len = len;
            self.root = root;
        }
    }
}

/// One bit for each entry, in the order of iteration: whether it is kept.
struct Verdicts {
    bits: Vec<u64>,
    judged: usize,
    rejected: usize,
    next: usize,
}

impl Verdicts {
    fn with_capacity(entries: usize) -> Self {
        let bits = Vec::with_capacity(entries.div_ceil(64));
        Self {
            bits,
            judged: 0,
            rejected: 0,
            next: 0,
        }
    }

    fn push(&mut self, keep: bool) {
        if self.judged % 64 == 0 {
            self.bits.push(0);
        }
        self.bits[self.judged / 64] |= u64::from(keep) << (self.judged % 64);
        self.judged += 1;
        self.rejected += usize::from(!keep);
    }

    fn get(&self, index: usize) -> bool {
        self.bits[index / 64] >> (index % 64) & 1 == 1
    }

    /// Where the verdicts on the next `entries` begin.
    fn advance(&mut self, entries: usize) -> usize {
        let first = self.next;
        self.next += entries;
        first
    }
}

/// Whether nobody else holds any part of the subtree.
fn is_all_owned<K, V>(link: LinkRef<'_, K, V>) -> bool {
    link.is_unique()
        && match link.node() {
            Node::Inner(inner) => inner.children().all(|(_, _, child)| is_all_owned(child)),
            Node::Leaf(_) | Node::Empty => true,
        }
}

/// The kept part of a subtree that is all ours. Runs no user code: entries are
/// moved, the rejected ones to a vector.
fn in_place<K: Clone, V: Clone>(
    link: Link<K, V>,
    verdicts: &mut Verdicts,
    rejected: &mut Vec<(K, V)>,
) -> Link<K, V> {
    match link.into_unique() {
        Owned::Empty => Link::EMPTY,
        Owned::Leaf(mut leaf) => {
            let first = verdicts.advance(leaf.len());
            // From the end: what takes a removed entry's place was judged.
            for index in (0..leaf.len()).rev() {
                if !verdicts.get(first + index) {
                    rejected.push(leaf.swap_remove(index));
                }
            }
            leaf.fit();
            Link::from_leaf(leaf)
        }
        Owned::Inner(mut node) => {
            for lo in Slots(node.starts()) {
                let span = node.span_of(lo);
                let child = in_place(node.take(lo), verdicts, rejected);
                node.put(lo, span, child);
            }
            merge_small(node)
        }
        Owned::Shared(_) => unreachable!("the subtree was found to be all ours"),
    }
}

/// The kept part of a subtree that others hold, too.
fn copied<K: Clone, V: Clone>(link: LinkRef<'_, K, V>, verdicts: &mut Verdicts) -> Part<K, V> {
    match link.node() {
        Node::Empty => Part::Left,
        Node::Leaf(leaf) => {
            let mut index = verdicts.advance(leaf.len());
            let kept = filter_leaf(leaf, |_, _| {
                index += 1;
                verdicts.get(index - 1)
            });
            kept.map_or(Part::Left, |leaf| Part::New(Link::from_leaf(leaf)))
        }
        Node::Inner(inner) => {
            let mut parts = Parts::new();
            for (lo, span, child) in inner.children() {
                parts.push(Range { lo, span }, copied(child, verdicts));
            }
            match parts.verdict() {
                Some(_) => Part::Left,
                None => Part::New(merge_small(parts.into_node(inner, inner))),
            }
        }
    }
}
