//! Union of two tries that were hashed alike: walked side by side, skipping
//! what they share. The first one's entries win.
//!
//! Both are canonical, so at one place there are only a few cases: two
//! subtrees of the same range, or a leaf of one over a divided range of the
//! other. Entries that do not fit into a leaf are added one by one to the
//! finished node above it.

use super::Trie;
use super::assemble::{Part, Parts};
use super::cursor::Cursor;
use super::inner::Inner;
use super::layout::{FANOUT, LEAF_MAX, leaf_max};
use super::leaf::LeafRef;
use super::link::{Link, LinkRef, Node};
use super::path::Range;

impl<K: Eq + Clone, V: Clone> Trie<K, V> {
    /// The entries of both; of equal keys, those of `self`. Both tries must
    /// have been hashed by the hasher behind `hash`. Returns a count of
    /// `self`'s own root when the result equals it, and of `other`'s when
    /// `self` has no entry that is not shared: equal ones may differ in what
    /// `Eq` does not see, and `self`'s win.
    ///
    /// Time: O(d), where d is the size of the subtrees that are not shared.
    pub(crate) fn union(&self, other: &Self, hash: impl Fn(&K) -> u64) -> Self {
        let mut union = Union { hash, added: 0 };
        let root = match union.links(self.root.as_ref(), other.root.as_ref(), 0) {
            Step::Done(Part::Same | Part::Left) => self.root.clone(),
            Step::Done(Part::Right) => other.root.clone(),
            Step::Done(Part::New(link)) => link,
            Step::Late(leaf) => union.add_all(self.root.clone(), leaf, 0),
        };
        Self {
            root,
            len: self.len + union.added,
        }
    }
}

struct Union<H> {
    hash: H,
    /// Entries of the second trie in the result.
    added: usize,
}

/// The union of two ranges.
enum Step<'a, K, V> {
    Done(Part<K, V>),
    /// What the first has there, with the second's leaf to be added one by one
    /// to a node above.
    Late(LeafRef<'a, K, V>),
}

/// What remains to be done to a node once it is complete.
struct Late<'a, K, V> {
    added: [Option<LeafRef<'a, K, V>>; FANOUT],
    laid_over: [Option<LeafRef<'a, K, V>>; FANOUT],
}

impl<H> Union<H> {
    /// Both hang at `level`, or fill the same range of a node one above it.
    fn links<'a, K: Eq + Clone, V: Clone>(
        &mut self,
        a: LinkRef<'a, K, V>,
        b: LinkRef<'a, K, V>,
        level: usize,
    ) -> Step<'a, K, V>
    where
        H: Fn(&K) -> u64,
    {
        if a.same(b) {
            return Step::Done(Part::Same);
        }
        match (a.node(), b.node()) {
            (_, Node::Empty) => Step::Done(Part::Left),
            (Node::Empty, _) => {
                self.added += b.count();
                Step::Done(Part::Right)
            }
            (Node::Leaf(x), Node::Leaf(y)) => self.leaves(x, y),
            (Node::Inner(x), Node::Inner(y)) => Step::Done(self.inners((a, x), y, level)),
            (Node::Inner(_), Node::Leaf(y)) => {
                if self.has_all(a, y, level) {
                    return Step::Done(Part::Left);
                }
                Step::Done(Part::New(self.add_all(a.to_link(), y, level)))
            }
            (Node::Leaf(x), Node::Inner(_)) => {
                self.added += b.count();
                Step::Done(Part::New(self.lay_over(b.to_link(), x, level)))
            }
        }
    }

    /// Two leaves of the same range.
    fn leaves<'a, K: Eq + Clone, V: Clone>(
        &mut self,
        x: LeafRef<'a, K, V>,
        y: LeafRef<'a, K, V>,
    ) -> Step<'a, K, V> {
        if y.len() > LEAF_MAX {
            let has_all = y.tagged().all(|(tag, (key, _))| x.has(tag, key));
            return if has_all {
                Step::Done(Part::Left)
            } else {
                Step::Late(y)
            };
        }
        let mut missing = [0_u8; LEAF_MAX];
        let mut count = 0;
        for (index, (tag, (key, _))) in y.tagged().enumerate() {
            if !x.has(tag, key) {
                missing[count] = index as u8;
                count += 1;
            }
        }
        if count == 0 {
            return Step::Done(Part::Left);
        }
        if x.len() + count > leaf_max::<K, V>() {
            return Step::Late(y);
        }
        let mut both = x.copy(count);
        for &index in &missing[..count] {
            let index = usize::from(index);
            both.push(y.tags()[index], y.entries()[index].clone());
        }
        self.added += count;
        Step::Done(Part::New(Link::from_leaf(both)))
    }

    /// Two inner nodes at `level`.
    fn inners<'a, K: Eq + Clone, V: Clone>(
        &mut self,
        (a, x): (LinkRef<'a, K, V>, &'a Inner<K, V>),
        y: &'a Inner<K, V>,
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let mut parts = Parts::new();
        let mut late = Late {
            added: [None; FANOUT],
            laid_over: [None; FANOUT],
        };
        let mut lo = 0;
        while lo < FANOUT {
            let spans = (x.span_of(lo), y.span_of(lo));
            let range = Range {
                lo,
                span: spans.0.max(spans.1),
            };
            let part = match (x.child(lo).node(), y.child(lo).node()) {
                _ if spans.0 == spans.1 => match self.links(x.child(lo), y.child(lo), level + 1) {
                    Step::Done(part) => part,
                    Step::Late(leaf) => {
                        late.added[lo] = Some(leaf);
                        Part::Left
                    }
                },
                // One leaf, or nothing, where the other is divided.
                (Node::Leaf(leaf), _) if spans.0 > spans.1 => {
                    self.added += count_range(y, range);
                    late.laid_over[lo] = Some(leaf);
                    Part::Right
                }
                (_, Node::Leaf(leaf)) if spans.0 < spans.1 => {
                    if !self.has_all(a, leaf, level) {
                        late.added[lo] = Some(leaf);
                    }
                    Part::Left
                }
                _ if spans.0 > spans.1 => {
                    self.added += count_range(y, range);
                    Part::Right
                }
                _ => Part::Left,
            };
            parts.push(range, part);
            lo += range.span;
        }
        self.finish(parts, late, (x, y), level)
    }

    fn finish<'a, K: Eq + Clone, V: Clone>(
        &mut self,
        parts: Parts<K, V>,
        late: Late<'a, K, V>,
        (x, y): (&Inner<K, V>, &Inner<K, V>),
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let has_late = late
            .added
            .iter()
            .chain(&late.laid_over)
            .any(Option::is_some);
        if let (false, Some(part)) = (has_late, parts.verdict()) {
            return part;
        }
        let mut link = Link::from_inner(parts.into_node(x, y));
        for leaf in late.added.into_iter().flatten() {
            link = self.add_all(link, leaf, level);
        }
        for leaf in late.laid_over.into_iter().flatten() {
            link = self.lay_over(link, leaf, level);
        }
        Part::New(link)
    }

    /// Whether all entries of `leaf` are in the subtree.
    fn has_all<K: Eq, V>(
        &self,
        subtree: LinkRef<'_, K, V>,
        leaf: LeafRef<'_, K, V>,
        level: usize,
    ) -> bool
    where
        H: Fn(&K) -> u64,
    {
        let mut entries = leaf.entries().iter();
        entries.all(|(key, _)| {
            let hash = (self.hash)(key);
            subtree.find(hash, level, |own| own == key).is_some()
        })
    }

    /// The subtree with those entries of `leaf` that it does not have.
    fn add_all<K: Eq + Clone, V: Clone>(
        &mut self,
        mut link: Link<K, V>,
        leaf: LeafRef<'_, K, V>,
        level: usize,
    ) -> Link<K, V>
    where
        H: Fn(&K) -> u64,
    {
        for (key, value) in leaf.entries() {
            let hash = (self.hash)(key);
            let mut cursor =
                Cursor::seek(&mut link, &mut self.added, hash, level, |own| own == key);
            if !cursor.is_found() {
                cursor.add((key.clone(), value.clone()), &self.hash);
            }
        }
        link
    }

    /// The subtree of the second trie with the entries of a leaf of the first:
    /// where both have a key, one less was added than counted.
    fn lay_over<K: Eq + Clone, V: Clone>(
        &mut self,
        mut link: Link<K, V>,
        leaf: LeafRef<'_, K, V>,
        level: usize,
    ) -> Link<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let mut not_counted = 0;
        for entry in leaf.entries() {
            let hash = (self.hash)(&entry.0);
            let eq = |own: &K| *own == entry.0;
            let mut cursor = Cursor::seek(&mut link, &mut not_counted, hash, level, eq);
            if cursor.set_entry_if_found(|| entry.clone()) {
                self.added -= usize::from(!cfg!(heptad_mutant = "trie_union_counts_common_keys"));
            } else {
                cursor.add(entry.clone(), &self.hash);
            }
        }
        link
    }
}

/// How many entries a range of a node holds.
fn count_range<K, V>(node: &Inner<K, V>, range: Range) -> usize {
    let children = node.children_in(range.lo, range.span);
    children.map(|(_, _, child)| child.count()).sum()
}
