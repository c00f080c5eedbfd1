//! The difference of two tries that were hashed alike, found by walking both
//! side by side and skipping what they share.

use super::Trie;
use super::inner::Inner;
use super::layout::FANOUT;
use super::leaf::LeafRef;
use super::link::{LinkRef, Node};

/// One difference from an old trie to a new one.
pub(crate) enum Change<'a, 'b, K, V> {
    Add(&'b (K, V)),
    Update(&'a (K, V), &'b (K, V)),
    Remove(&'a (K, V)),
}

/// What is still to be compared.
enum Task<'a, 'b, K, V> {
    /// Two subtrees of the same range: at this level, or of a node above.
    Both(LinkRef<'a, K, V>, LinkRef<'b, K, V>, usize),
    /// Only the old trie has this, but for the entries of a leaf.
    Old(LinkRef<'a, K, V>, Option<LeafRef<'b, K, V>>),
    /// Only the new trie has this, but for the entries of a leaf.
    New(LinkRef<'b, K, V>, Option<LeafRef<'a, K, V>>),
}

/// A walk over the differences; see [`Diff::next_by`].
pub(crate) struct Diff<'a, 'b, K, V> {
    tasks: Vec<Task<'a, 'b, K, V>>,
    /// Found, not yet given; the next is the last.
    found: Vec<Change<'a, 'b, K, V>>,
}

impl<K, V> Clone for Diff<'_, '_, K, V> {
    fn clone(&self) -> Self {
        Self {
            tasks: self.tasks.clone(),
            found: self.found.clone(),
        }
    }
}

impl<K, V> Clone for Task<'_, '_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Task<'_, '_, K, V> {}

impl<K, V> Clone for Change<'_, '_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Change<'_, '_, K, V> {}

impl<K, V> Trie<K, V> {
    /// The changes that lead from `self` to `new`. Both must have been hashed
    /// alike.
    pub(crate) fn diff<'a, 'b>(&'a self, new: &'b Self) -> Diff<'a, 'b, K, V> {
        let task = Task::Both(self.root.as_ref(), new.root.as_ref(), 0);
        Diff {
            tasks: vec![task],
            found: Vec::new(),
        }
    }
}

impl<'a, 'b, K: Eq, V> Diff<'a, 'b, K, V> {
    /// The next change. `same` tells whether a value is unchanged.
    pub(crate) fn next_by(
        &mut self,
        hash: impl Fn(&K) -> u64,
        mut same: impl FnMut(&V, &V) -> bool,
    ) -> Option<Change<'a, 'b, K, V>> {
        loop {
            if let Some(change) = self.found.pop() {
                return Some(change);
            }
            match self.tasks.pop()? {
                Task::Both(a, b, level) => self.both(a, b, level, &hash, &mut same),
                Task::Old(link, except) => self.old(link, except),
                Task::New(link, except) => self.new_entries(link, except),
            }
        }
    }

    fn both(
        &mut self,
        a: LinkRef<'a, K, V>,
        b: LinkRef<'b, K, V>,
        level: usize,
        hash: &impl Fn(&K) -> u64,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) {
        if a.same(b) {
            return;
        }
        match (a.node(), b.node()) {
            (Node::Empty, _) => self.tasks.push(Task::New(b, None)),
            (_, Node::Empty) => self.tasks.push(Task::Old(a, None)),
            (Node::Leaf(x), Node::Leaf(y)) => self.leaves(x, y, same),
            (Node::Leaf(x), Node::Inner(_)) => {
                self.old_leaf(x, b, level, hash, same);
                self.tasks.push(Task::New(b, Some(x)));
            }
            (Node::Inner(_), Node::Leaf(y)) => {
                self.new_leaf(y, a, level, hash, same);
                self.tasks.push(Task::Old(a, Some(y)));
            }
            (Node::Inner(x), Node::Inner(y)) => {
                self.inners((a, x), (b, y), level, hash, same);
            }
        }
    }

    fn inners(
        &mut self,
        (a, x): (LinkRef<'a, K, V>, &'a Inner<K, V>),
        (b, y): (LinkRef<'b, K, V>, &'b Inner<K, V>),
        level: usize,
        hash: &impl Fn(&K) -> u64,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) {
        let mut lo = 0;
        while lo < FANOUT {
            let spans = (x.span_of(lo), y.span_of(lo));
            let span = spans.0.max(spans.1);
            if spans.0 == spans.1 {
                self.tasks
                    .push(Task::Both(x.child(lo), y.child(lo), level + 1));
            } else if spans.0 > spans.1 {
                // One leaf, or nothing, before; several children now.
                let leaf = x.child(lo).as_leaf();
                if let Some(leaf) = leaf {
                    self.old_leaf(leaf, b, level, hash, same);
                }
                let within = y.children_in(lo, span);
                self.tasks
                    .extend(within.map(|(_, _, child)| Task::New(child, leaf)));
            } else {
                let leaf = y.child(lo).as_leaf();
                if let Some(leaf) = leaf {
                    self.new_leaf(leaf, a, level, hash, same);
                }
                let within = x.children_in(lo, span);
                self.tasks
                    .extend(within.map(|(_, _, child)| Task::Old(child, leaf)));
            }
            lo += span;
        }
    }

    /// Two leaves of the same range.
    fn leaves(
        &mut self,
        x: LeafRef<'a, K, V>,
        y: LeafRef<'b, K, V>,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) {
        for (tag, old) in x.tagged() {
            let new = y.get(tag, &old.0);
            self.note(Some(old), new, same);
        }
        self.new_entries_of(y, Some(x));
    }

    /// A leaf of the old trie over a divided range of the new one.
    fn old_leaf(
        &mut self,
        leaf: LeafRef<'a, K, V>,
        other: LinkRef<'b, K, V>,
        level: usize,
        hash: &impl Fn(&K) -> u64,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) {
        for old in leaf.entries() {
            let new = other.find(hash(&old.0), level, |key| *key == old.0);
            self.note(Some(old), new, same);
        }
    }

    /// A leaf of the new trie over a divided range of the old one.
    fn new_leaf(
        &mut self,
        leaf: LeafRef<'b, K, V>,
        other: LinkRef<'a, K, V>,
        level: usize,
        hash: &impl Fn(&K) -> u64,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) {
        for new in leaf.entries() {
            let old = other.find(hash(&new.0), level, |key| *key == new.0);
            self.note(old, Some(new), same);
        }
    }

    fn note(
        &mut self,
        old: Option<&'a (K, V)>,
        new: Option<&'b (K, V)>,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) {
        match (old, new) {
            (Some(old), Some(new)) if same(&old.1, &new.1) => {}
            (Some(old), Some(new)) => self.found.push(Change::Update(old, new)),
            (Some(old), None) => self.found.push(Change::Remove(old)),
            (None, Some(new)) => self.found.push(Change::Add(new)),
            (None, None) => {}
        }
    }

    /// Removals: a subtree, but for what a leaf has.
    fn old(&mut self, link: LinkRef<'a, K, V>, except: Option<LeafRef<'b, K, V>>) {
        match link.node() {
            Node::Empty => {}
            Node::Inner(inner) => {
                let children = inner.children();
                self.tasks
                    .extend(children.map(|(_, _, child)| Task::Old(child, except)));
            }
            Node::Leaf(leaf) => {
                let gone = leaf
                    .tagged()
                    .filter(|(tag, old)| !in_leaf(except, *tag, &old.0));
                self.found.extend(gone.map(|(_, old)| Change::Remove(old)));
            }
        }
    }

    /// Additions: a subtree, but for what a leaf has.
    fn new_entries(&mut self, link: LinkRef<'b, K, V>, except: Option<LeafRef<'a, K, V>>) {
        match link.node() {
            Node::Empty => {}
            Node::Inner(inner) => {
                let children = inner.children();
                self.tasks
                    .extend(children.map(|(_, _, child)| Task::New(child, except)));
            }
            Node::Leaf(leaf) => self.new_entries_of(leaf, except),
        }
    }

    fn new_entries_of(&mut self, leaf: LeafRef<'b, K, V>, except: Option<LeafRef<'a, K, V>>) {
        let fresh = leaf
            .tagged()
            .filter(|(tag, new)| !in_leaf(except, *tag, &new.0));
        self.found.extend(fresh.map(|(_, new)| Change::Add(new)));
    }
}

fn in_leaf<K: Eq, V>(leaf: Option<LeafRef<'_, K, V>>, tag: u8, key: &K) -> bool {
    leaf.is_some_and(|leaf| leaf.has(tag, key))
}
