//! The maps under test, behind two traits: what each can do in place, and what
//! the persistent ones can do with versions.
//!
//! All hash with the same [`FixedState`]. Each method is the best call the crate
//! has for it; where it has none, the constants `UNION` and `DIFF` name the
//! system with `(loop)`, and the fewest lookups stand in.

use foldhash::fast::FixedState;
use heptad::{HashMap, hashmap::DiffItem};
use imbl::shared_ptr::DefaultSharedPtr;

use super::keys::Key;

/// A map changed in place.
pub(super) trait Map<K: Key>: Default {
    const NAME: &'static str;
    /// heptad is compared with the best of these.
    const PEER: bool;

    fn len(&self) -> usize;
    fn get(&self, key: &K) -> Option<&u64>;
    fn insert(&mut self, key: K, value: u64);
    fn remove(&mut self, key: &K);
    fn for_each(&self, visit: impl FnMut(&K, &u64));
    fn bulk(entries: Vec<(K, u64)>) -> Self;
}

/// A map whose earlier versions stay.
pub(super) trait Versioned<K: Key>: Map<K> + Clone + PartialEq {
    const UNION: &'static str;
    const DIFF: &'static str;

    fn updated(&self, key: K, value: u64) -> Self;
    fn without(&self, key: &K) -> Self;
    /// The entries of both; this map's value where both have the key.
    fn union(&self, other: &Self) -> Self;
    fn changes(&self, new: &Self) -> Changes;
}

/// How many entries differ between two versions.
#[derive(Clone, Copy, Default)]
pub(super) struct Changes {
    pub(super) added: usize,
    pub(super) updated: usize,
    pub(super) removed: usize,
}

macro_rules! map {
    ($name:literal, peer: $peer:literal, $map:ty, $len:ident, $insert:ident, $remove:ident) => {
        impl<K: Key> Map<K> for $map {
            const NAME: &'static str = $name;
            const PEER: bool = $peer;

            fn len(&self) -> usize {
                // By the type, which prefers its own method to the trait's.
                <$map>::$len(self)
            }
            fn get(&self, key: &K) -> Option<&u64> {
                <$map>::get(self, key)
            }
            fn insert(&mut self, key: K, value: u64) {
                <$map>::$insert(self, key, value);
            }
            fn remove(&mut self, key: &K) {
                <$map>::$remove(self, key);
            }
            fn for_each(&self, mut visit: impl FnMut(&K, &u64)) {
                for (key, value) in self.iter() {
                    visit(key, value);
                }
            }
            fn bulk(entries: Vec<(K, u64)>) -> Self {
                entries.into_iter().collect()
            }
        }
    };
}

macro_rules! versioned {
    ($map:ty, $updated:ident, $without:ident,
     union $union_name:literal: $union:expr, diff $diff_name:literal: $diff:expr) => {
        impl<K: Key> Versioned<K> for $map {
            const UNION: &'static str = $union_name;
            const DIFF: &'static str = $diff_name;

            fn updated(&self, key: K, value: u64) -> Self {
                <$map>::$updated(self, key, value)
            }
            fn without(&self, key: &K) -> Self {
                <$map>::$without(self, key)
            }
            fn union(&self, other: &Self) -> Self {
                $union(self, other)
            }
            fn changes(&self, new: &Self) -> Changes {
                $diff(self, new)
            }
        }
    };
}

pub(super) type Heptad<K> = HashMap<K, u64, FixedState>;
map!("heptad", peer: false, Heptad<K>, len, insert, remove);
versioned!(Heptad<K>, update, without,
    union "heptad": |a: &Self, b: &Self| a.clone().union(b.clone()),
    diff "heptad": heptad_diff);

pub(super) type ImblHash<K> = imbl::GenericHashMap<K, u64, FixedState, DefaultSharedPtr>;
map!("imbl-hash", peer: true, ImblHash<K>, len, insert, remove);
versioned!(ImblHash<K>, update, without,
    union "imbl-hash": |a: &Self, b: &Self| a.clone().union(b.clone()),
    diff "imbl-hash(loop)": diff_by_lookup);

pub(super) type ImblOrd<K> = imbl::OrdMap<K, u64>;
map!("imbl-ord", peer: true, ImblOrd<K>, len, insert, remove);
versioned!(ImblOrd<K>, update, without,
    union "imbl-ord": |a: &Self, b: &Self| a.clone().union(b.clone()),
    diff "imbl-ord": imbl_ord_diff);

pub(super) type ImHash<K> = im::HashMap<K, u64, FixedState>;
map!("im-hash", peer: true, ImHash<K>, len, insert, remove);
versioned!(ImHash<K>, update, without,
    union "im-hash": |a: &Self, b: &Self| a.clone().union(b.clone()),
    diff "im-hash(loop)": diff_by_lookup);

pub(super) type Rpds<K> = rpds::HashTrieMapSync<K, u64, FixedState>;
map!("rpds", peer: true, Rpds<K>, size, insert_mut, remove_mut);
versioned!(Rpds<K>, insert, remove,
    union "rpds(loop)": union_by_lookup,
    diff "rpds(loop)": diff_by_lookup);

pub(super) type Std<K> = std::collections::HashMap<K, u64, FixedState>;
map!("std", peer: false, Std<K>, len, insert, remove);

/// Counts the items of a diff; both crates name them alike.
macro_rules! count {
    ($items:expr, $item:ident) => {{
        let mut changes = Changes::default();
        for item in $items {
            match item {
                $item::Add(..) => changes.added += 1,
                $item::Update { .. } => changes.updated += 1,
                $item::Remove(..) => changes.removed += 1,
            }
        }
        changes
    }};
}

fn heptad_diff<K: Key>(old: &Heptad<K>, new: &Heptad<K>) -> Changes {
    count!(<Heptad<K>>::diff(old, new), DiffItem)
}

fn imbl_ord_diff<K: Key>(old: &ImblOrd<K>, new: &ImblOrd<K>) -> Changes {
    use imbl::ordmap::DiffItem;
    count!(<ImblOrd<K>>::diff(old, new), DiffItem)
}

/// Two passes and a lookup for each entry.
fn diff_by_lookup<K: Key, M: Map<K>>(old: &M, new: &M) -> Changes {
    let mut changes = Changes::default();
    new.for_each(|key, value| match old.get(key) {
        None => changes.added += 1,
        Some(before) => changes.updated += usize::from(before != value),
    });
    old.for_each(|key, _| changes.removed += usize::from(new.get(key).is_none()));
    changes
}

/// Adds to a clone of one map what it lacks of the other.
fn union_by_lookup<K: Key, M: Versioned<K>>(ours: &M, theirs: &M) -> M {
    let mut union = ours.clone();
    theirs.for_each(|key, value| {
        if ours.get(key).is_none() {
            union.insert(key.clone(), *value);
        }
    });
    union
}
