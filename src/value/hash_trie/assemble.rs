//! Nodes made of children that may have shrunk, or that come from two tries:
//! buddies that fit into one leaf are merged, so the shape stays canonical.

use super::inner::Inner;
use super::layout::{FANOUT, leaf_max};
use super::leaf::Leaf;
use super::link::{Link, Node, Owned};
use super::path::Range;

/// What a range of the result is, in terms of the two inputs.
pub(super) enum Part<K, V> {
    /// The same in both.
    Same,
    /// What the first input has there.
    Left,
    /// What the second input has there.
    Right,
    /// Something else.
    New(Link<K, V>),
}

/// The ranges of a result, in order.
pub(super) struct Parts<K, V> {
    parts: [(Range, Part<K, V>); FANOUT],
    count: usize,
}

impl<K, V> Parts<K, V> {
    pub(super) fn new() -> Self {
        const { assert!(FANOUT == 8) }
        let none = Range { lo: 0, span: 0 };
        Self {
            parts: std::array::from_fn(|_| (none, Part::Same)),
            count: 0,
        }
    }

    pub(super) fn push(&mut self, range: Range, part: Part<K, V>) {
        self.parts[self.count] = (range, part);
        self.count += 1;
    }

    /// Whether the result is one of the inputs, and which.
    pub(super) fn verdict(&self) -> Option<Part<K, V>> {
        let all = |accept: fn(&Part<K, V>) -> bool| {
            self.parts[..self.count]
                .iter()
                .all(|(_, part)| accept(part))
        };
        if all(|part| matches!(part, Part::Same)) {
            Some(Part::Same)
        } else if all(|part| matches!(part, Part::Same | Part::Left)) {
            Some(Part::Left)
        } else if all(|part| matches!(part, Part::Same | Part::Right)) {
            Some(Part::Right)
        } else {
            None
        }
    }

    /// The node with these parts. Parts that are `New` stand for their range
    /// as a single child.
    pub(super) fn into_node(self, left: &Inner<K, V>, right: &Inner<K, V>) -> Box<Inner<K, V>> {
        let mut node = Box::new(Inner::blank());
        for (range, part) in self.parts.into_iter().take(self.count) {
            match part {
                Part::Same | Part::Left => share_range(&mut node, left, range),
                Part::Right => share_range(&mut node, right, range),
                Part::New(link) => node.put(range.lo, range.span, link),
            }
        }
        node
    }
}

/// Gives `node` a count of each child that `from` has in the range.
fn share_range<K, V>(node: &mut Inner<K, V>, from: &Inner<K, V>, range: Range) {
    for (lo, span, child) in from.children_in(range.lo, range.span) {
        node.put(lo, span, child.to_link());
    }
}

/// The link to a node whose children may have become small.
pub(super) fn merge_small<K: Clone, V: Clone>(mut node: Box<Inner<K, V>>) -> Link<K, V> {
    let mut span = if cfg!(heptad_mutant = "trie_selection_never_merges") {
        FANOUT
    } else {
        1
    };
    while span < FANOUT {
        for lo in (0..FANOUT).step_by(2 * span) {
            merge_buddies(&mut node, lo, span);
        }
        span *= 2;
    }
    match node.leaf_len(0, FANOUT) {
        Some(_) => node.take(0),
        None => Link::from_inner(node),
    }
}

fn merge_buddies<K: Clone, V: Clone>(node: &mut Inner<K, V>, lo: usize, span: usize) {
    let lens = node.leaf_len(lo, span).zip(node.leaf_len(lo + span, span));
    if lens.is_some_and(|(left, right)| left + right <= leaf_max::<K, V>()) {
        let (left, right) = (node.take(lo), node.take(lo + span));
        node.put(lo, 2 * span, join(left, right));
    }
}

/// One leaf of two (either may be empty).
fn join<K: Clone, V: Clone>(left: Link<K, V>, right: Link<K, V>) -> Link<K, V> {
    let Node::Leaf(more) = right.as_ref().node() else {
        return left;
    };
    let extra = more.len();
    let mut joined = match left.into_unique() {
        Owned::Leaf(leaf) => leaf,
        Owned::Shared(link) => match link.as_ref().node() {
            Node::Leaf(leaf) => leaf.copy(extra),
            _ => return right,
        },
        _ => return right,
    };
    joined.reserve(extra);
    match right.into_unique() {
        Owned::Leaf(mut leaf) => joined.append(&mut leaf),
        Owned::Shared(link) => {
            if let Node::Leaf(leaf) = link.as_ref().node() {
                joined.extend_cloned(leaf.tags(), leaf.entries());
            }
        }
        Owned::Empty | Owned::Inner(_) => {}
    }
    Link::from_leaf(joined)
}

/// The entries of a leaf that `keep` accepts; `None` when it accepts all.
pub(super) fn filter_leaf<K: Clone, V: Clone>(
    leaf: super::leaf::LeafRef<'_, K, V>,
    mut keep: impl FnMut(u8, &(K, V)) -> bool,
) -> Option<Leaf<K, V>> {
    let mut kept: Option<Leaf<K, V>> = None;
    for (index, (tag, entry)) in leaf.tagged().enumerate() {
        match (keep(tag, entry), &mut kept) {
            (true, None) => {}
            (true, Some(kept)) => kept.push(tag, entry.clone()),
            (false, Some(_)) => {}
            (false, None) => {
                let mut before = Leaf::with_capacity(leaf.len() - 1);
                before.extend_cloned(&leaf.tags()[..index], &leaf.entries()[..index]);
                kept = Some(before);
            }
        }
    }
    kept.map(|mut kept| {
        kept.fit();
        kept
    })
}
