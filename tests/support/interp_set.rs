//! The same for sets: several live versions, each beside a `BTreeMap` from the element's number
//! to the tag that tells which of the equal objects is stored.

use std::collections::{BTreeMap, BTreeSet};

use heptad::HashSet;
use heptad::hashset::DiffItem;

use super::content::{Id, Key};
use super::interp::{Hasherly, hash_of};
use super::op::{DOMAIN, SetOp, VERSIONS, run_of_keys};

type Model = BTreeMap<u16, u16>;

/// Runs a list of operations with full checks.
pub(crate) fn run_set<K: Key, S: Hasherly>(ops: &[SetOp]) {
    let mut world = SetWorld::<K, S>::new();
    for op in ops {
        world.apply(op);
        world.check();
    }
}

pub(crate) struct SetWorld<K, S> {
    pub(crate) sets: Vec<HashSet<K, S>>,
    models: Vec<Model>,
    touched: Vec<u16>,
    stamp: u16,
}

impl<K: Key, S: Hasherly> SetWorld<K, S> {
    pub(crate) fn new() -> Self {
        SetWorld {
            sets: (0..VERSIONS).map(|_| HashSet::default()).collect(),
            models: vec![Model::new(); VERSIONS],
            touched: Vec::new(),
            stamp: 0,
        }
    }

    pub(crate) fn apply(&mut self, op: &SetOp) {
        self.touched.clear();
        match *op {
            SetOp::Insert { at, key } => self.insert(slot(at), key),
            SetOp::Remove { at, key } => self.remove(slot(at), key),
            SetOp::Clear { at } => {
                self.sets[slot(at)].clear();
                self.models[slot(at)].clear();
            }
            SetOp::Fork { from, to } => {
                let fork = self.sets[slot(from)].clone();
                assert!(fork.ptr_eq(&self.sets[slot(from)]), "a clone shares all");
                self.store(slot(to), fork, self.models[slot(from)].clone());
            }
            SetOp::Update { from, to, key } => self.update(slot(from), slot(to), key),
            SetOp::Without { from, to, key } => self.without(slot(from), slot(to), key),
            SetOp::InsertRun {
                at,
                first,
                len,
                step,
            } => {
                run_of_keys(first, len, step).for_each(|key| self.insert(slot(at), key));
            }
            SetOp::RemoveRun {
                at,
                first,
                len,
                step,
            } => {
                run_of_keys(first, len, step).for_each(|key| self.remove(slot(at), key));
            }
            SetOp::Extend {
                at,
                first,
                len,
                step,
            } => {
                self.extend(slot(at), run_of_keys(first, len, step));
            }
            SetOp::Collect {
                to,
                first,
                len,
                step,
            } => {
                self.store(slot(to), HashSet::default(), Model::new());
                self.collect(slot(to), run_of_keys(first, len, step));
            }
            SetOp::Recollect { from, to } => {
                let copy = self.sets[slot(from)].clone().into_iter().collect();
                self.store(slot(to), copy, self.models[slot(from)].clone());
            }
            SetOp::Drain { at, to } => self.drain(slot(at), slot(to)),
            SetOp::Retain { at, modulus, rest } => self.retain(slot(at), modulus, rest),
            SetOp::Union { left, right, to } => self.union(slot(left), slot(right), slot(to)),
            SetOp::Intersection { left, right, to } => {
                self.intersection(slot(left), slot(right), slot(to));
            }
            SetOp::RelativeComplement { left, right, to } => {
                self.relative_complement(slot(left), slot(right), slot(to));
            }
            SetOp::SymmetricDifference { left, right, to } => {
                self.symmetric_difference(slot(left), slot(right), slot(to));
            }
            SetOp::Merge3 {
                base,
                ours,
                theirs,
                to,
            } => {
                self.merge3([slot(base), slot(ours), slot(theirs)], slot(to));
            }
            SetOp::Diff { from, to } => self.diff(slot(from), slot(to)),
            SetOp::Compare { left, right } => self.compare(slot(left), slot(right)),
        }
    }

    fn key(&mut self, id: u16) -> (K, u16, u16) {
        let id = id % DOMAIN;
        self.stamp = self.stamp.wrapping_add(1);
        self.touched.push(id);
        (K::new(id, self.stamp), id, self.stamp)
    }

    fn store(&mut self, to: usize, set: HashSet<K, S>, model: Model) {
        self.sets[to] = set;
        self.models[to] = model;
    }

    /// Unlike a map, a set keeps the last of the equal elements inserted.
    fn insert(&mut self, at: usize, key: u16) {
        let (key, id, tag) = self.key(key);
        let old = self.sets[at].insert(key).map(|k| k.tag());
        assert_eq!(old, self.models[at].insert(id, tag), "insert");
    }

    fn remove(&mut self, at: usize, key: u16) {
        let (key, id, _) = self.key(key);
        let old = self.sets[at].remove(&key).map(|k| k.tag());
        assert_eq!(old, self.models[at].remove(&id), "remove");
    }

    fn update(&mut self, from: usize, to: usize, key: u16) {
        let (key, id, tag) = self.key(key);
        let new = self.sets[from].update(key);
        let mut model = self.models[from].clone();
        model.insert(id, tag);
        self.store(to, new, model);
    }

    fn without(&mut self, from: usize, to: usize, key: u16) {
        let (_, id, _) = self.key(key);
        let new = self.sets[from].without(&Id(id));
        let mut model = self.models[from].clone();
        if model.remove(&id).is_none() {
            assert!(
                new.ptr_eq(&self.sets[from]),
                "without an absent element copies nothing"
            );
        }
        self.store(to, new, model);
    }

    fn new_elements(&mut self, keys: impl Iterator<Item = u16>) -> Vec<(K, u16, u16)> {
        keys.map(|key| self.key(key)).collect()
    }

    fn extend(&mut self, at: usize, keys: impl Iterator<Item = u16>) {
        let before = self.models[at].clone();
        let new = self.new_elements(keys);
        let tags: Vec<_> = new.iter().map(|(_, id, tag)| (*id, *tag)).collect();
        self.sets[at].extend(new.into_iter().map(|(key, _, _)| key));
        self.adopt_tags(at, before, &tags);
    }

    fn collect(&mut self, to: usize, keys: impl Iterator<Item = u16>) {
        let new = self.new_elements(keys);
        let tags: Vec<_> = new.iter().map(|(_, id, tag)| (*id, *tag)).collect();
        self.sets[to] = new.into_iter().map(|(key, _, _)| key).collect();
        self.adopt_tags(to, Model::new(), &tags);
    }

    /// Which of equal elements a bulk operation keeps is open; it has to be one of them.
    fn adopt_tags(&mut self, at: usize, before: Model, new: &[(u16, u16)]) {
        let mut model = before.clone();
        model.extend(new.iter().copied());
        for (id, tag) in &mut model {
            let stored = self.sets[at]
                .iter()
                .find(|k| k.id() == *id)
                .expect("an element given");
            let given = before.get(id) == Some(&stored.tag()) || new.contains(&(*id, stored.tag()));
            assert!(given, "element {id} comes from no input");
            *tag = stored.tag();
        }
        self.models[at] = model;
    }

    fn drain(&mut self, at: usize, to: usize) {
        let set = std::mem::take(&mut self.sets[at]);
        let model = std::mem::take(&mut self.models[at]);
        let len = set.len();
        let mut elements = set.into_iter();
        let head: Vec<_> = elements.by_ref().take(len / 2).collect();
        let tail = elements.clone();
        drop(elements);
        self.store(to, head.into_iter().chain(tail).collect(), model);
    }

    fn retain(&mut self, at: usize, modulus: u8, rest: u8) {
        let modulus = u16::from(modulus).max(1);
        let keep = |id: u16| id % modulus != u16::from(rest) % modulus;
        self.sets[at].retain(|k| keep(k.id()));
        self.models[at].retain(|id, _| keep(*id));
    }

    fn pair(&self, left: usize, right: usize) -> (HashSet<K, S>, HashSet<K, S>) {
        (self.sets[left].clone(), self.sets[right].clone())
    }

    fn union(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[right].clone();
        model.extend(self.models[left].iter());
        self.store(to, a.union(b), model);
    }

    fn intersection(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[left].clone();
        model.retain(|id, _| self.models[right].contains_key(id));
        self.store(to, a.intersection(b), model);
    }

    fn relative_complement(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[left].clone();
        model.retain(|id, _| !self.models[right].contains_key(id));
        self.store(to, a.relative_complement(b), model);
    }

    fn symmetric_difference(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[left].clone();
        model.retain(|id, _| !self.models[right].contains_key(id));
        let theirs = self.models[right].iter();
        model.extend(theirs.filter(|(id, _)| !self.models[left].contains_key(id)));
        self.store(to, a.symmetric_difference(b), model);
    }

    /// An element is there if a side added it, or if no side removed it: a set has no conflicts.
    fn merge3(&mut self, [base, ours, theirs]: [usize; 3], to: usize) {
        let merged = HashSet::merge3(&self.sets[base], &self.sets[ours], &self.sets[theirs]);
        let models = [base, ours, theirs].map(|at| self.models[at].clone());
        let mut model = Model::new();
        for id in models.iter().flat_map(Model::keys).collect::<BTreeSet<_>>() {
            let [b, o, t] = [0, 1, 2].map(|i| models[i].contains_key(id));
            if if o == b { t } else { o } {
                let stored = merged
                    .iter()
                    .find(|k| k.id() == *id)
                    .expect("a merged element");
                let given = models
                    .iter()
                    .any(|model| model.get(id) == Some(&stored.tag()));
                assert!(given, "element {id} comes from no input");
                model.insert(*id, stored.tag());
            }
        }
        self.store(to, merged, model);
    }

    fn diff(&mut self, from: usize, to: usize) {
        let mut seen = BTreeMap::new();
        for item in self.sets[from].diff(&self.sets[to]) {
            let (id, tag, added) = match item {
                DiffItem::Add(k) => (k.id(), k.tag(), true),
                DiffItem::Remove(k) => (k.id(), k.tag(), false),
                #[allow(unreachable_patterns, reason = "the enum may grow")]
                _ => panic!("a set knows no other change"),
            };
            assert!(
                seen.insert(id, (tag, added)).is_none(),
                "diff yields an element once"
            );
        }
        let (old, new) = (&self.models[from], &self.models[to]);
        let removed = old.iter().filter(|(id, _)| !new.contains_key(id));
        let added = new.iter().filter(|(id, _)| !old.contains_key(id));
        let mut expected: BTreeMap<u16, (u16, bool)> = BTreeMap::new();
        expected.extend(removed.map(|(id, tag)| (*id, (*tag, false))));
        expected.extend(added.map(|(id, tag)| (*id, (*tag, true))));
        assert_eq!(seen, expected, "diff");
    }

    fn compare(&mut self, left: usize, right: usize) {
        let (a, b) = (&self.sets[left], &self.sets[right]);
        let ids = |at: usize| -> BTreeSet<u16> { self.models[at].keys().copied().collect() };
        let (m, n) = (ids(left), ids(right));
        assert_eq!((a == b, b == a), (m == n, m == n), "==");
        assert_eq!(a.is_subset(b), m.is_subset(&n), "is_subset");
        let proper = m.is_subset(&n) && m.len() < n.len();
        assert_eq!(a.is_proper_subset(b), proper, "is_proper_subset");
        if m == n {
            assert_eq!(hash_of(a), hash_of(b), "equal sets hash alike");
        }
    }

    pub(crate) fn check(&self) {
        for (set, model) in self.sets.iter().zip(&self.models) {
            assert_eq!(set.len(), model.len(), "len");
            assert_eq!(set.is_empty(), model.is_empty(), "is_empty");
            let mut found: Vec<_> = set.iter().map(|k| (k.id(), k.tag())).collect();
            found.sort_unstable();
            let expected: Vec<_> = model.iter().map(|(id, tag)| (*id, *tag)).collect();
            assert_eq!(found, expected, "content");
            for id in &self.touched {
                let expected = model.contains_key(id);
                assert_eq!(set.contains(&Id(*id)), expected, "contains {id}");
                assert_eq!(set.contains(&K::new(*id, 0)), expected, "contains {id}");
            }
        }
    }
}

fn slot(n: u8) -> usize {
    usize::from(n) % VERSIONS
}
