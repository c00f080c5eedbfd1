//! Runs map operations over several live versions, each beside a model from std. After every
//! operation all versions are compared with their models, not only the one that changed: what
//! a persistent map gets wrong shows in the version that nobody touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};

use heptad::HashMap;
use heptad::hashmap::{DiffItem, Entry};

use super::content::{Id, Key, Value};
use super::op::{DOMAIN, MapOp, VERSIONS, run_of_keys};

/// Key number to the tag of the stored key object and the number in the value.
pub(crate) type Model = BTreeMap<u16, (u16, u32)>;

/// Runs a list of operations with full checks.
pub(crate) fn run_map<K: Key, V: Value, S: Hasherly>(ops: &[MapOp]) {
    let mut world = World::<K, V, S>::new();
    for op in ops {
        world.apply(op);
        world.check();
    }
}

/// What the interpreter needs from a build hasher.
pub(crate) trait Hasherly: BuildHasher + Clone + Default {}
impl<S: BuildHasher + Clone + Default> Hasherly for S {}

pub(crate) struct World<K, V, S> {
    pub(crate) maps: Vec<HashMap<K, V, S>>,
    pub(crate) models: Vec<Model>,
    /// Keys that the current operation named: each is looked up in every version afterwards.
    touched: Vec<u16>,
    stamp: u16,
    /// False with lying keys, whose results nobody can predict.
    honest: bool,
}

macro_rules! expect {
    ($world:expr, $actual:expr, $expected:expr, $what:expr) => {
        let (actual, expected) = ($actual, $expected);
        if $world.honest {
            assert_eq!(actual, expected, "{}", $what);
        }
    };
}

impl<K: Key, V: Value, S: Hasherly> World<K, V, S> {
    pub(crate) fn new() -> Self {
        World {
            maps: (0..VERSIONS).map(|_| HashMap::default()).collect(),
            models: vec![Model::new(); VERSIONS],
            touched: Vec::new(),
            stamp: 0,
            honest: true,
        }
    }

    /// A world that performs the operations and expects nothing of their results.
    pub(crate) fn without_expectations() -> Self {
        World {
            honest: false,
            ..World::new()
        }
    }

    pub(crate) fn apply(&mut self, op: &MapOp) {
        self.touched.clear();
        match *op {
            MapOp::Insert { at, key, value } => self.insert(slot(at), key, value),
            MapOp::Remove { at, key } => self.remove(slot(at), key),
            MapOp::RemoveWithKey { at, key } => self.remove_with_key(slot(at), key),
            MapOp::GetMut { at, key, value } => self.get_mut(slot(at), key, value),
            MapOp::GetKeyValueMut { at, key, value } => {
                self.get_key_value_mut(slot(at), key, value)
            }
            MapOp::IndexMut { at, key, value } => self.index_mut(slot(at), key, value),
            MapOp::EntryOrInsert { at, key, value } => self.entry_or_insert(slot(at), key, value),
            MapOp::EntryModifyOrDefault { at, key, value } => {
                self.entry_modify(slot(at), key, value)
            }
            MapOp::EntryInsert { at, key, value } => self.entry_insert(slot(at), key, value),
            MapOp::EntryRemove { at, key } => self.entry_remove(slot(at), key),
            MapOp::Clear { at } => {
                self.maps[slot(at)].clear();
                self.models[slot(at)].clear();
            }
            MapOp::Fork { from, to } => {
                let fork = self.maps[slot(from)].clone();
                expect!(
                    self,
                    fork.ptr_eq(&self.maps[slot(from)]),
                    true,
                    "a clone shares all"
                );
                self.store(slot(to), fork, self.models[slot(from)].clone());
            }
            MapOp::InsertRun {
                at,
                first,
                len,
                step,
                value,
            } => {
                run_of_keys(first, len, step).for_each(|key| self.insert(slot(at), key, value));
            }
            MapOp::RemoveRun {
                at,
                first,
                len,
                step,
            } => {
                run_of_keys(first, len, step).for_each(|key| self.remove(slot(at), key));
            }
            MapOp::Extend {
                at,
                first,
                len,
                step,
                value,
            } => {
                self.extend(slot(at), run_of_keys(first, len, step), value);
            }
            MapOp::Collect {
                to,
                first,
                len,
                step,
                value,
            } => {
                self.collect(slot(to), run_of_keys(first, len, step), value);
            }
            MapOp::Recollect { from, to } => {
                let copy = self.maps[slot(from)].clone().into_iter().collect();
                self.store(slot(to), copy, self.models[slot(from)].clone());
            }
            MapOp::Drain { at, to } => self.drain(slot(at), slot(to)),
            MapOp::Retain { at, modulus, rest } => self.retain(slot(at), modulus, rest),
            MapOp::AddToAll { at, value } => self.add_to_all(slot(at), value),
            _ => self.apply_to_versions(op),
        }
    }

    /// Operations that make a new version from one or more others.
    fn apply_to_versions(&mut self, op: &MapOp) {
        match *op {
            MapOp::Update {
                from,
                to,
                key,
                value,
            } => self.update(slot(from), slot(to), key, value),
            MapOp::UpdateWith {
                from,
                to,
                key,
                value,
            } => {
                self.update_with(slot(from), slot(to), key, value);
            }
            MapOp::UpdateLookup {
                from,
                to,
                key,
                value,
            } => {
                self.update_lookup(slot(from), slot(to), key, value);
            }
            MapOp::Alter {
                from,
                to,
                key,
                value,
            } => self.alter(slot(from), slot(to), key, value),
            MapOp::Without { from, to, key } => self.without(slot(from), slot(to), key),
            MapOp::Extract { from, to, key } => self.extract(slot(from), slot(to), key),
            MapOp::Union { left, right, to } => self.union(slot(left), slot(right), slot(to)),
            MapOp::UnionWith { left, right, to } => {
                self.union_with(slot(left), slot(right), slot(to));
            }
            MapOp::Intersection { left, right, to } => {
                self.intersection(slot(left), slot(right), slot(to));
            }
            MapOp::IntersectionWith { left, right, to } => {
                self.intersection_with(slot(left), slot(right), slot(to));
            }
            MapOp::RelativeComplement { left, right, to } => {
                self.relative_complement(slot(left), slot(right), slot(to));
            }
            MapOp::SymmetricDifference { left, right, to } => {
                self.symmetric_difference(slot(left), slot(right), slot(to));
            }
            MapOp::SymmetricDifferenceWith {
                left,
                right,
                to,
                modulus,
            } => {
                self.symmetric_difference_with(slot(left), slot(right), slot(to), modulus);
            }
            MapOp::Merge3 {
                base,
                ours,
                theirs,
                to,
                policy,
            } => {
                self.merge3([slot(base), slot(ours), slot(theirs)], slot(to), policy);
            }
            MapOp::Diff { from, to } => self.diff(slot(from), slot(to)),
            MapOp::Compare { left, right } => self.compare(slot(left), slot(right)),
            _ => unreachable!("an operation without an interpretation: {op:?}"),
        }
    }

    /// A key object that differs from all others of its number.
    fn key(&mut self, id: u16) -> (K, u16, u16) {
        let id = id % DOMAIN;
        self.stamp = self.stamp.wrapping_add(1);
        self.touched.push(id);
        (K::new(id, self.stamp), id, self.stamp)
    }

    fn store(&mut self, to: usize, map: HashMap<K, V, S>, model: Model) {
        self.maps[to] = map;
        self.models[to] = model;
    }

    /// Stores a result of which the numbers are known, but not which of the equal key objects
    /// it keeps; that has to be one of `sources`.
    fn adopt(
        &mut self,
        to: usize,
        map: HashMap<K, V, S>,
        numbers: BTreeMap<u16, u32>,
        sources: &[Model],
    ) {
        if !self.honest {
            return self.store(to, map, Model::new());
        }
        let mut model = Model::new();
        for (id, number) in numbers {
            let (key, _) = map.get_key_value(&Id(id)).expect("a key of the result");
            let tag = key.tag();
            let known = |source: &Model| source.get(&id).is_some_and(|(t, _)| *t == tag);
            assert!(sources.iter().any(known), "key {id} comes from no input");
            model.insert(id, (tag, number));
        }
        self.store(to, map, model);
    }

    fn insert(&mut self, at: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let old = self.maps[at].insert(key, V::new(value)).map(|v| v.n());
        expect!(
            self,
            old,
            self.models[at].get(&id).map(|(_, n)| *n),
            "insert"
        );
        put(&mut self.models[at], id, tag, value);
    }

    fn remove(&mut self, at: usize, key: u16) {
        let (key, id, _) = self.key(key);
        let old = self.maps[at].remove(&key).map(|v| v.n());
        expect!(
            self,
            old,
            self.models[at].remove(&id).map(|(_, n)| n),
            "remove"
        );
    }

    fn remove_with_key(&mut self, at: usize, key: u16) {
        let (_, id, _) = self.key(key);
        let old = self.maps[at]
            .remove_with_key(&Id(id))
            .map(|(k, v)| (k.tag(), v.n()));
        expect!(self, old, self.models[at].remove(&id), "remove_with_key");
    }

    fn get_mut(&mut self, at: usize, key: u16, value: u32) {
        let (key, id, _) = self.key(key);
        let found = self.maps[at].get_mut(&key).map(|v| v.set(value));
        let expected = self.models[at].get_mut(&id).map(|(_, n)| *n = value);
        expect!(self, found, expected, "get_mut");
    }

    fn get_key_value_mut(&mut self, at: usize, key: u16, value: u32) {
        let (_, id, _) = self.key(key);
        let found = self.maps[at].get_key_value_mut(&Id(id)).map(|(k, v)| {
            v.set(value);
            k.tag()
        });
        let expected = self.models[at].get_mut(&id).map(|(tag, n)| {
            *n = value;
            *tag
        });
        expect!(self, found, expected, "get_key_value_mut");
    }

    fn index_mut(&mut self, at: usize, key: u16, value: u32) {
        let (key, id, _) = self.key(key);
        if self.maps[at].contains_key(&key) {
            self.maps[at][&key].set(value);
            self.models[at].entry(id).and_modify(|(_, n)| *n = value);
        }
    }

    fn entry_or_insert(&mut self, at: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let now = self.maps[at]
            .entry(key)
            .or_insert_with(|| V::new(value))
            .n();
        let expected = self.models[at].entry(id).or_insert((tag, value)).1;
        expect!(self, now, expected, "entry().or_insert_with()");
    }

    fn entry_modify(&mut self, at: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let entry = self.maps[at].entry(key);
        expect!(self, entry.key().id(), id, "entry().key()");
        let now = entry.and_modify(|v| v.set(value)).or_default().n();
        let model = self.models[at].entry(id).and_modify(|(_, n)| *n = value);
        expect!(
            self,
            now,
            model.or_insert((tag, V::default().n())).1,
            "and_modify().or_default()"
        );
    }

    fn entry_insert(&mut self, at: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let old = match self.maps[at].entry(key) {
            Entry::Occupied(mut entry) => {
                let before = entry.get().n();
                let old = entry.insert(V::new(value)).n();
                expect!(self, before, old, "occupied entry: get");
                expect!(self, entry.get_mut().n(), value, "occupied entry: get_mut");
                Some(old)
            }
            Entry::Vacant(entry) => {
                expect!(
                    self,
                    entry.insert(V::new(value)).n(),
                    value,
                    "vacant entry: insert"
                );
                None
            }
        };
        expect!(
            self,
            old,
            self.models[at].get(&id).map(|(_, n)| *n),
            "entry: insert"
        );
        put(&mut self.models[at], id, tag, value);
    }

    fn entry_remove(&mut self, at: usize, key: u16) {
        let (key, id, _) = self.key(key);
        let old = match self.maps[at].entry(key) {
            Entry::Occupied(entry) => {
                let (key, value) = entry.remove_entry();
                Some((key.tag(), value.n()))
            }
            Entry::Vacant(entry) => {
                expect!(self, entry.into_key().id(), id, "vacant entry: into_key");
                None
            }
        };
        expect!(
            self,
            old,
            self.models[at].remove(&id),
            "entry: remove_entry"
        );
    }

    fn entries(&mut self, keys: impl Iterator<Item = u16>, value: u32) -> Vec<(K, u16, u16, u32)> {
        let numbered = keys.zip((0..).map(|i| value.wrapping_add(i)));
        numbered
            .map(|(key, value)| {
                let (key, id, tag) = self.key(key);
                (key, id, tag, value)
            })
            .collect()
    }

    fn extend(&mut self, at: usize, keys: impl Iterator<Item = u16>, value: u32) {
        let entries = self.entries(keys, value);
        for (_, id, tag, value) in &entries {
            put(&mut self.models[at], *id, *tag, *value);
        }
        self.maps[at].extend(
            entries
                .into_iter()
                .map(|(key, _, _, value)| (key, V::new(value))),
        );
    }

    fn collect(&mut self, to: usize, keys: impl Iterator<Item = u16>, value: u32) {
        self.models[to].clear();
        let entries = self.entries(keys, value);
        for (_, id, tag, value) in &entries {
            put(&mut self.models[to], *id, *tag, *value);
        }
        self.maps[to] = entries
            .into_iter()
            .map(|(key, _, _, value)| (key, V::new(value)))
            .collect();
    }

    /// Moves the entries out through the owning iterator, some forwards by hand.
    fn drain(&mut self, at: usize, to: usize) {
        let map = std::mem::take(&mut self.maps[at]);
        let model = std::mem::take(&mut self.models[at]);
        let len = map.len();
        let mut entries = map.into_iter();
        let head: Vec<_> = entries.by_ref().take(len / 2).collect();
        let tail = entries.clone();
        drop(entries);
        self.store(to, head.into_iter().chain(tail).collect(), model);
    }

    fn retain(&mut self, at: usize, modulus: u8, rest: u8) {
        let modulus = u16::from(modulus).max(1);
        let keep = |id: u16| id % modulus != u16::from(rest) % modulus;
        let mut asked = 0;
        self.maps[at].retain(|k, _| {
            asked += 1;
            keep(k.id())
        });
        expect!(
            self,
            asked,
            self.models[at].len(),
            "retain asks for each entry once"
        );
        self.models[at].retain(|id, _| keep(*id));
    }

    fn add_to_all(&mut self, at: usize, value: u32) {
        for (_, v) in self.maps[at].iter_mut() {
            v.set(v.n().wrapping_add(value));
        }
        for (_, n) in self.models[at].values_mut() {
            *n = n.wrapping_add(value);
        }
    }

    fn update(&mut self, from: usize, to: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let new = self.maps[from].update(key, V::new(value));
        let mut model = self.models[from].clone();
        put(&mut model, id, tag, value);
        self.store(to, new, model);
    }

    fn update_with(&mut self, from: usize, to: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let old = self.models[from].get(&id).map(|(_, n)| *n);
        let mut seen = None;
        let new = self.maps[from].update_with_key(key, V::new(value), |k, old, new| {
            seen = Some((k.id(), old.n(), new.n()));
            V::new(old.n().wrapping_mul(3).wrapping_add(new.n()))
        });
        expect!(
            self,
            seen,
            old.map(|n| (id, n, value)),
            "update_with_key calls for a present key"
        );
        let mut numbers = numbers(&self.models[from]);
        numbers.insert(
            id,
            old.map_or(value, |n| n.wrapping_mul(3).wrapping_add(value)),
        );
        let sources = [self.models[from].clone(), Model::from([(id, (tag, value))])];
        self.adopt(to, new, numbers, &sources);
    }

    fn update_lookup(&mut self, from: usize, to: usize, key: u16, value: u32) {
        let (key, id, tag) = self.key(key);
        let expected = self.models[from].get(&id).map(|(_, n)| *n);
        let (old, new) =
            self.maps[from].update_lookup_with_key(key, V::new(value), |_, old, new| {
                V::new(old.n() ^ new.n())
            });
        expect!(self, old.map(|v| v.n()), expected, "update_lookup_with_key");
        let mut numbers = numbers(&self.models[from]);
        numbers.insert(id, expected.map_or(value, |n| n ^ value));
        let sources = [self.models[from].clone(), Model::from([(id, (tag, value))])];
        self.adopt(to, new, numbers, &sources);
    }

    fn alter(&mut self, from: usize, to: usize, key: u16, value: Option<u32>) {
        let (key, id, tag) = self.key(key);
        let mut seen = None;
        let new = self.maps[from].alter(
            |old| {
                seen = Some(old.map(|v| v.n()));
                value.map(V::new)
            },
            key,
        );
        let old = self.models[from].get(&id).map(|(_, n)| *n);
        expect!(self, seen, Some(old), "alter shows what is there");
        let mut numbers = numbers(&self.models[from]);
        match value {
            Some(value) => numbers.insert(id, value),
            None => numbers.remove(&id),
        };
        let sources = [self.models[from].clone(), Model::from([(id, (tag, 0))])];
        self.adopt(to, new, numbers, &sources);
    }

    fn without(&mut self, from: usize, to: usize, key: u16) {
        let (key, id, _) = self.key(key);
        let new = self.maps[from].without(&key);
        let mut model = self.models[from].clone();
        let absent = model.remove(&id).is_none();
        if absent {
            expect!(
                self,
                new.ptr_eq(&self.maps[from]),
                true,
                "without an absent key copies nothing"
            );
        }
        self.store(to, new, model);
    }

    fn extract(&mut self, from: usize, to: usize, key: u16) {
        let (_, id, _) = self.key(key);
        let mut model = self.models[from].clone();
        let expected = model.remove(&id);
        let extracted = self.maps[from].extract_with_key(&Id(id));
        let found = extracted.as_ref().map(|(k, v, _)| (k.tag(), v.n()));
        expect!(self, found, expected, "extract_with_key");
        if let Some((_, _, rest)) = extracted {
            self.store(to, rest, model);
        }
    }

    fn pair(&self, left: usize, right: usize) -> (HashMap<K, V, S>, HashMap<K, V, S>) {
        (self.maps[left].clone(), self.maps[right].clone())
    }

    fn union(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[right].clone();
        model.extend(self.models[left].iter());
        self.store(to, a.union(b), model);
    }

    fn union_with(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut both = 0;
        let new = a.union_with_key(b, |_, x, y| {
            both += 1;
            V::new(x.n().wrapping_mul(2).wrapping_sub(y.n()))
        });
        let mut expected = numbers(&self.models[right]);
        let mut expected_both = 0;
        for (id, (_, n)) in &self.models[left] {
            let other = expected.get(id).copied();
            expected_both += usize::from(other.is_some());
            expected.insert(*id, other.map_or(*n, |m| n.wrapping_mul(2).wrapping_sub(m)));
        }
        expect!(
            self,
            both,
            expected_both,
            "union_with_key calls for keys in both"
        );
        let sources = [self.models[left].clone(), self.models[right].clone()];
        self.adopt(to, new, expected, &sources);
    }

    fn intersection(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[left].clone();
        model.retain(|id, _| self.models[right].contains_key(id));
        self.store(to, a.intersection(b), model);
    }

    fn intersection_with(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let new = a.intersection_with_key(b, |_, x: V, y: V| V::new(x.n().wrapping_mul(5) ^ y.n()));
        let in_both = self.models[left].iter().filter_map(|(id, (_, n))| {
            let (_, m) = self.models[right].get(id)?;
            Some((*id, n.wrapping_mul(5) ^ m))
        });
        let expected = in_both.collect();
        let sources = [self.models[left].clone(), self.models[right].clone()];
        self.adopt(to, new, expected, &sources);
    }

    fn relative_complement(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let mut model = self.models[left].clone();
        model.retain(|id, _| !self.models[right].contains_key(id));
        self.store(to, a.relative_complement(b), model);
    }

    fn symmetric_difference(&mut self, left: usize, right: usize, to: usize) {
        let (a, b) = self.pair(left, right);
        let only_in = |a: &Model, b: &Model| {
            let mut only = a.clone();
            only.retain(|id, _| !b.contains_key(id));
            only
        };
        let mut model = only_in(&self.models[left], &self.models[right]);
        model.extend(only_in(&self.models[right], &self.models[left]));
        self.store(to, a.symmetric_difference(b), model);
    }

    fn symmetric_difference_with(&mut self, left: usize, right: usize, to: usize, modulus: u8) {
        let modulus = u32::from(modulus).max(1);
        let decide = |a: u32, b: u32| (a.wrapping_add(b) % modulus == 0).then(|| a.wrapping_add(b));
        let (a, b) = self.pair(left, right);
        let new = a.symmetric_difference_with_key(b, |_, x, y| decide(x.n(), y.n()).map(V::new));
        let mut expected = numbers(&self.models[left]);
        for (id, (_, m)) in &self.models[right] {
            let kept = expected.remove(id).map_or(Some(*m), |n| decide(n, *m));
            expected.extend(kept.map(|n| (*id, n)));
        }
        let sources = [self.models[left].clone(), self.models[right].clone()];
        self.adopt(to, new, expected, &sources);
    }

    fn merge3(&mut self, [base, ours, theirs]: [usize; 3], to: usize, policy: u8) {
        let decide = |o: Option<u32>, t: Option<u32>| match policy % 4 {
            0 => o,
            1 => t,
            2 => None,
            _ => Some(o.unwrap_or(7).wrapping_add(t.unwrap_or(11))),
        };
        let mut asked = BTreeSet::new();
        let merged = HashMap::merge3(
            &self.maps[base],
            &self.maps[ours],
            &self.maps[theirs],
            |key, _, o, t| {
                asked.insert(key.id());
                decide(o.map(V::n), t.map(V::n)).map(V::new)
            },
        );
        let models = [base, ours, theirs].map(|at| self.models[at].clone());
        let mut expected = BTreeMap::new();
        let mut conflicts = BTreeSet::new();
        for id in models.iter().flat_map(Model::keys).collect::<BTreeSet<_>>() {
            let [b, o, t] = [0, 1, 2].map(|i| models[i].get(id).map(|(_, n)| *n));
            let conflict = b != o && b != t && o != t;
            let result = match (conflict, b == o) {
                (true, _) => decide(o, t),
                (false, true) => t,
                (false, false) => o,
            };
            conflicts.extend(conflict.then_some(*id));
            expected.extend(result.map(|n| (*id, n)));
        }
        expect!(self, asked, conflicts, "merge3 asks for the conflicts only");
        self.adopt(to, merged, expected, &models);
    }

    fn diff(&mut self, from: usize, to: usize) {
        let mut seen = BTreeMap::new();
        for item in self.maps[from].diff(&self.maps[to]) {
            let (id, before, after) = match item {
                DiffItem::Add(k, v) => (k.id(), None, Some((k.tag(), v.n()))),
                DiffItem::Update {
                    old: (k, v),
                    new: (k2, v2),
                } => {
                    expect!(self, k.id(), k2.id(), "an update is of one key");
                    (k.id(), Some((k.tag(), v.n())), Some((k2.tag(), v2.n())))
                }
                DiffItem::Remove(k, v) => (k.id(), Some((k.tag(), v.n())), None),
            };
            let again = seen.insert(id, (before, after)).is_some();
            expect!(self, again, false, "diff yields a key once");
        }
        let (old, new) = (&self.models[from], &self.models[to]);
        let changed = |id: &u16| old.get(id).map(|(_, n)| n) != new.get(id).map(|(_, n)| n);
        let ids: BTreeSet<u16> = old.keys().chain(new.keys()).copied().collect();
        let changes = ids.into_iter().filter(changed);
        let expected: BTreeMap<_, _> = changes
            .map(|id| (id, (old.get(&id).copied(), new.get(&id).copied())))
            .collect();
        expect!(self, seen, expected, "diff");
    }

    fn compare(&mut self, left: usize, right: usize) {
        let (a, b) = (&self.maps[left], &self.maps[right]);
        let (m, n) = (numbers(&self.models[left]), numbers(&self.models[right]));
        let equal = m == n;
        expect!(self, (a == b, b == a), (equal, equal), "==");
        let submap = m.iter().all(|(id, number)| n.get(id) == Some(number));
        expect!(self, a.is_submap(b), submap, "is_submap");
        expect!(
            self,
            a.is_proper_submap(b),
            submap && m.len() < n.len(),
            "is_proper_submap"
        );
        let below = m
            .iter()
            .all(|(id, number)| n.get(id).is_some_and(|o| number <= o));
        expect!(
            self,
            a.is_submap_by(b, |x, y: &V| x.n() <= y.n()),
            below,
            "is_submap_by"
        );
        if equal {
            expect!(self, hash_of(a), hash_of(b), "equal maps hash alike");
        }
    }

    /// Compares all versions with their models. With lying keys it only reads everything.
    pub(crate) fn check(&self) {
        for (map, model) in self.maps.iter().zip(&self.models) {
            let found = contents(map);
            if !self.honest {
                continue;
            }
            assert_eq!(map.len(), model.len(), "len");
            assert_eq!(map.is_empty(), model.is_empty(), "is_empty");
            assert!(
                found.iter().copied().eq(expected_contents(model)),
                "content:\n{found:?}\n{model:?}"
            );
            for id in &self.touched {
                let expected = model.get(id).copied();
                let found = map.get_key_value(&Id(*id)).map(|(k, v)| (k.tag(), v.n()));
                assert_eq!(found, expected, "get_key_value of {id}");
                let key = K::new(*id, 0);
                assert_eq!(
                    map.get(&key).map(V::n),
                    expected.map(|(_, n)| n),
                    "get of {id}"
                );
                assert_eq!(
                    map.contains_key(&key),
                    expected.is_some(),
                    "contains_key of {id}"
                );
            }
        }
    }
}

fn slot(n: u8) -> usize {
    usize::from(n) % VERSIONS
}

/// As std: the value is replaced, the first key object stays.
fn put(model: &mut Model, id: u16, tag: u16, value: u32) {
    model.entry(id).or_insert((tag, value)).1 = value;
}

fn numbers(model: &Model) -> BTreeMap<u16, u32> {
    model.iter().map(|(id, (_, n))| (*id, *n)).collect()
}

/// All entries in the order of their keys.
pub(crate) fn contents<K: Key, V: Value, S>(map: &HashMap<K, V, S>) -> Vec<(u16, u16, u32)> {
    let mut all: Vec<_> = map.iter().map(|(k, v)| (k.id(), k.tag(), v.n())).collect();
    all.sort_unstable();
    all
}

fn expected_contents(model: &Model) -> impl Iterator<Item = (u16, u16, u32)> + '_ {
    model.iter().map(|(id, (tag, n))| (*id, *tag, *n))
}

pub(crate) fn hash_of<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
