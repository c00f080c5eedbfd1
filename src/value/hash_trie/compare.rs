//! Equality and inclusion of two tries that were hashed alike, skipping what
//! they share. Shapes are canonical: where they differ, the sets of keys do.

use super::Trie;
use super::inner::Inner;
use super::layout::FANOUT;
use super::leaf::LeafRef;
use super::link::{LinkRef, Node};

impl<K: Eq, V> Trie<K, V> {
    /// Whether both hold the same keys, with values that `same` accepts.
    /// Shared subtrees count as equal without a look. Whatever the hashers
    /// were, `true` means equal; `false` means different only if both tries
    /// were hashed alike.
    pub(crate) fn equals_by(&self, other: &Self, mut same: impl FnMut(&V, &V) -> bool) -> bool {
        self.len == other.len && equal(self.root.as_ref(), other.root.as_ref(), &mut same)
    }

    /// Whether `other` has all keys of `self`, with values that `same`
    /// accepts. Both must have been hashed by the hasher behind `hash`.
    pub(crate) fn is_subtrie_by(
        &self,
        other: &Self,
        hash: impl Fn(&K) -> u64,
        mut same: impl FnMut(&V, &V) -> bool,
    ) -> bool {
        let (a, b) = (self.root.as_ref(), other.root.as_ref());
        self.len <= other.len && included(a, b, 0, &hash, &mut same)
    }
}

fn equal<K: Eq, V>(
    a: LinkRef<'_, K, V>,
    b: LinkRef<'_, K, V>,
    same: &mut impl FnMut(&V, &V) -> bool,
) -> bool {
    if a.same(b) {
        return true;
    }
    match (a.node(), b.node()) {
        (Node::Leaf(x), Node::Leaf(y)) => x.len() == y.len() && leaf_in_leaf(x, y, same),
        (Node::Inner(x), Node::Inner(y)) => {
            x.starts() == y.starts()
                && x.children()
                    .all(|(lo, _, child)| equal(child, y.child(lo), same))
        }
        _ => false,
    }
}

fn leaf_in_leaf<K: Eq, V>(
    x: LeafRef<'_, K, V>,
    y: LeafRef<'_, K, V>,
    same: &mut impl FnMut(&V, &V) -> bool,
) -> bool {
    x.tagged()
        .all(|(tag, (key, value))| y.get(tag, key).is_some_and(|(_, other)| same(value, other)))
}

/// Both hang at `level`, or fill the same range of a node one above it.
fn included<K: Eq, V>(
    a: LinkRef<'_, K, V>,
    b: LinkRef<'_, K, V>,
    level: usize,
    hash: &impl Fn(&K) -> u64,
    same: &mut impl FnMut(&V, &V) -> bool,
) -> bool {
    if a.same(b) {
        return true;
    }
    match (a.node(), b.node()) {
        (Node::Empty, _) => true,
        (Node::Leaf(x), Node::Leaf(y)) => leaf_in_leaf(x, y, same),
        (Node::Leaf(x), Node::Inner(_)) => leaf_included(x, b, level, hash, same),
        (Node::Inner(x), Node::Inner(y)) => (0..FANOUT).filter(|&lo| starts_at(x, lo)).all(|lo| {
            let (mine, theirs) = (x.span_of(lo), span_at(y, lo));
            match x.child(lo).node() {
                Node::Empty => true,
                _ if theirs == Some(mine) => {
                    included(x.child(lo), y.child(lo), level + 1, hash, same)
                }
                Node::Leaf(leaf) => leaf_included(leaf, b, level, hash, same),
                // A full subtree is in no leaf.
                Node::Inner(_) => false,
            }
        }),
        _ => false,
    }
}

fn starts_at<K, V>(node: &Inner<K, V>, lo: usize) -> bool {
    node.starts() >> lo & 1 == 1
}

/// The span of the child that starts at `lo`, if one does.
fn span_at<K, V>(node: &Inner<K, V>, lo: usize) -> Option<usize> {
    starts_at(node, lo).then(|| node.span_of(lo))
}

fn leaf_included<K: Eq, V>(
    leaf: LeafRef<'_, K, V>,
    subtree: LinkRef<'_, K, V>,
    level: usize,
    hash: &impl Fn(&K) -> u64,
    same: &mut impl FnMut(&V, &V) -> bool,
) -> bool {
    leaf.entries().iter().all(|(key, value)| {
        let found = subtree.find(hash(key), level, |own| own == key);
        found.is_some_and(|(_, other)| same(value, other))
    })
}
