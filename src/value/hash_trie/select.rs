//! Selections of one trie's entries by another trie of the same hasher: those
//! that it has (intersection), and those that it has not (relative complement).

use super::Trie;
use super::assemble::{Part, Parts, filter_leaf, merge_small};
use super::cursor::Cursor;
use super::inner::Inner;
use super::layout::{FANOUT, tag_of};
use super::leaf::{Leaf, LeafRef};
use super::link::{Link, LinkRef, Node};
use super::path::Range;

impl<K: Eq + Clone, V: Clone> Trie<K, V> {
    /// The entries of `self` whose keys `other` has. Both must have been
    /// hashed by the hasher behind `hash`.
    ///
    /// Time: O(d), where d is the size of the subtrees that are not shared,
    /// and one step for each inner node of those that are.
    pub(crate) fn intersection(&self, other: &Self, hash: impl Fn(&K) -> u64) -> Self {
        let mut select = Select {
            hash,
            keep_common: true,
            common: 0,
        };
        let root = select.root(self, other);
        Self {
            root,
            len: select.common,
        }
    }

    /// The entries of `self` whose keys `other` does not have. Both must have
    /// been hashed by the hasher behind `hash`.
    ///
    /// Time: as for the intersection.
    pub(crate) fn relative_complement(&self, other: &Self, hash: impl Fn(&K) -> u64) -> Self {
        let mut select = Select {
            hash,
            keep_common: false,
            common: 0,
        };
        let root = select.root(self, other);
        Self {
            root,
            len: self.len - select.common,
        }
    }
}

struct Select<H> {
    hash: H,
    /// Whether common entries are what is selected, or what is left out.
    keep_common: bool,
    /// Entries of the first trie whose keys the second has.
    common: usize,
}

impl<H> Select<H> {
    fn root<K: Eq + Clone, V: Clone>(&mut self, a: &Trie<K, V>, b: &Trie<K, V>) -> Link<K, V>
    where
        H: Fn(&K) -> u64,
    {
        match self.links(a.root.as_ref(), b.root.as_ref(), 0) {
            Part::New(link) => link,
            _ => a.root.clone(),
        }
    }

    /// What is selected when all, or none, of the entries are common.
    fn all_or_none<K, V>(&self, common: bool) -> Part<K, V> {
        if common == self.keep_common {
            Part::Left
        } else {
            Part::New(Link::EMPTY)
        }
    }

    /// Both hang at `level`, or fill the same range of a node one above it.
    fn links<K: Eq + Clone, V: Clone>(
        &mut self,
        a: LinkRef<'_, K, V>,
        b: LinkRef<'_, K, V>,
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        if a.is_empty() {
            return Part::Left;
        }
        if a.same(b) {
            self.common += a.count();
            return self.all_or_none(true);
        }
        match (a.node(), b.node()) {
            (_, Node::Empty) => self.all_or_none(false),
            (Node::Leaf(x), Node::Leaf(y)) => self.filter(x, |_, tag, key| y.has(tag, key)),
            (Node::Leaf(x), Node::Inner(_)) => self.filter_by(x, b, level),
            (Node::Inner(_), Node::Leaf(y)) if self.keep_common => self.gather(a, y, level),
            (Node::Inner(_), Node::Leaf(y)) => {
                let link = self.cut_out(a.to_link(), y, level);
                if link.as_ref().same(a) {
                    Part::Left
                } else {
                    Part::New(link)
                }
            }
            (Node::Inner(x), Node::Inner(y)) => self.inners((a, x), (b, y), level),
            (Node::Empty, _) => Part::Left,
        }
    }

    /// Two inner nodes at `level`.
    fn inners<K: Eq + Clone, V: Clone>(
        &mut self,
        (a, x): (LinkRef<'_, K, V>, &Inner<K, V>),
        (b, y): (LinkRef<'_, K, V>, &Inner<K, V>),
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let mut parts = Parts::new();
        let mut late = [None; FANOUT];
        let mut lo = 0;
        while lo < FANOUT {
            let spans = (x.span_of(lo), y.span_of(lo));
            let range = Range {
                lo,
                span: spans.0.max(spans.1),
            };
            let part = if spans.0 == spans.1 {
                self.links(x.child(lo), y.child(lo), level + 1)
            } else if spans.0 > spans.1 {
                // One leaf of the first, or nothing, where the second is divided.
                match x.child(lo).node() {
                    Node::Leaf(leaf) => self.filter_by(leaf, b, level),
                    _ => Part::Left,
                }
            } else {
                match y.child(lo).node() {
                    Node::Leaf(leaf) if self.keep_common => self.gather(a, leaf, level),
                    Node::Leaf(leaf) => {
                        late[lo] = Some(leaf);
                        Part::Left
                    }
                    _ if cfg!(heptad_mutant = "trie_keeps_what_meets_nothing") => Part::Left,
                    _ => self.all_or_none(false),
                }
            };
            parts.push(range, part);
            lo += range.span;
        }
        self.finish(parts, late, (a, x), level)
    }

    fn finish<K: Eq + Clone, V: Clone>(
        &mut self,
        parts: Parts<K, V>,
        late: [Option<LeafRef<'_, K, V>>; FANOUT],
        (a, x): (LinkRef<'_, K, V>, &Inner<K, V>),
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let mut part = match parts.verdict() {
            Some(_) => Part::Left,
            None => Part::New(merge_small(parts.into_node(x, x))),
        };
        for leaf in late.into_iter().flatten() {
            let link = match part {
                Part::New(link) => link,
                _ => a.to_link(),
            };
            let link = self.cut_out(link, leaf, level);
            part = if link.as_ref().same(a) {
                Part::Left
            } else {
                Part::New(link)
            };
        }
        part
    }

    /// The entries of a leaf, selected by whether `is_common`.
    fn filter<K: Eq + Clone, V: Clone>(
        &mut self,
        leaf: LeafRef<'_, K, V>,
        is_common: impl Fn(&H, u8, &K) -> bool,
    ) -> Part<K, V> {
        let mut common = 0;
        let kept = filter_leaf(leaf, |tag, (key, _)| {
            let is_common = is_common(&self.hash, tag, key);
            common += usize::from(is_common);
            is_common == self.keep_common
        });
        self.common += common;
        kept.map_or(Part::Left, |leaf| Part::New(Link::from_leaf(leaf)))
    }

    /// The same against a subtree that hangs at `level`.
    fn filter_by<K: Eq + Clone, V: Clone>(
        &mut self,
        leaf: LeafRef<'_, K, V>,
        by: LinkRef<'_, K, V>,
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        self.filter(leaf, |hash, _, key| {
            by.find(hash(key), level, |own| own == key).is_some()
        })
    }

    /// The entries of the subtree that a leaf of the other trie has, too.
    fn gather<K: Eq + Clone, V: Clone>(
        &mut self,
        subtree: LinkRef<'_, K, V>,
        leaf: LeafRef<'_, K, V>,
        level: usize,
    ) -> Part<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let mut found = Leaf::with_capacity(1);
        for (key, _) in leaf.entries() {
            let hash = (self.hash)(key);
            if let Some(entry) = subtree.find(hash, level, |own| own == key) {
                found.push(tag_of(hash), entry.clone());
            }
        }
        found.fit();
        self.common += found.len();
        Part::New(Link::from_leaf(found))
    }

    /// The subtree without the entries that a leaf of the other trie has, too;
    /// the same node when it has none of them.
    fn cut_out<K: Eq + Clone, V: Clone>(
        &mut self,
        mut link: Link<K, V>,
        leaf: LeafRef<'_, K, V>,
        level: usize,
    ) -> Link<K, V>
    where
        H: Fn(&K) -> u64,
    {
        let all = leaf.len();
        let mut left = all;
        for (key, _) in leaf.entries() {
            let hash = (self.hash)(key);
            let eq = |own: &K| own == key;
            _ = Cursor::seek(&mut link, &mut left, hash, level, eq).remove();
        }
        self.common += all - left;
        link
    }
}
