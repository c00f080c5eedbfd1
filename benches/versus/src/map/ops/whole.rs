//! Rows about whole maps: iteration, building, set algebra, comparison, drop.

use std::hint::black_box;

use super::super::keys::{Data, Key, changed, entry};
use super::super::side::{Side, built, digest, repeated, timed};
use super::super::systems::{Changes, Map, Versioned};
use crate::harness::Entry;

pub(super) fn iterate<'a, K: Key, M: Map<K>>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let map = side.base();
    let visit = move || {
        let mut sum = 0_u64;
        black_box(map).for_each(|key, value| sum = sum.wrapping_add(key.weight() ^ value));
        sum
    };
    side.entry(visit(), repeated(side.data.n, visit))
}

pub(super) fn build<'a, K: Key, M: Map<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    from_entries(side, |entries| built(entries.into_iter()))
}

pub(super) fn bulk<'a, K: Key, M: Map<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    from_entries(side, M::bulk)
}

fn from_entries<'a, K: Key, M: Map<K> + 'a>(
    side: &'a Side<'_, K, M>,
    make: impl Fn(Vec<(K, u64)>) -> M + 'a,
) -> Entry<'a> {
    let entries = || side.data.entries().collect::<Vec<_>>();
    let witness = digest(&make(entries()));
    side.entry(witness, timed(side.data.n, entries, make))
}

/// Two versions of one map, 0.5 % of the entries overwritten or added in each.
pub(super) fn union_shared<'a, K: Key, M: Versioned<K> + 'a>(
    side: &'a Side<'_, K, M>,
) -> Entry<'a> {
    let ours = edited(side.base(), side.data, 0, 400);
    let theirs = edited(side.base(), side.data, 200, 400);
    let union = move |()| ours.union(black_box(&theirs));
    let witness = digest(&union(()));
    Entry {
        system: M::UNION.to_owned(),
        ..side.entry(witness, timed(1, || (), union))
    }
}

/// A version with each `step`th entry overwritten, from `first` on, and as many
/// others added.
fn edited<K: Key, M: Versioned<K>>(base: &M, data: &Data<K>, first: usize, step: usize) -> M {
    let mut map = base.clone();
    for id in (first..data.n).step_by(step) {
        let (key, value) = changed(id as u64);
        map.insert(key, value);
        let (key, value) = entry((data.n + id) as u64);
        map.insert(key, value);
    }
    map
}

/// A hundredth of the entries differs: a third each overwritten, added, removed.
pub(super) fn diff_1pct<'a, K: Key, M: Versioned<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let old = side.base();
    let new = edited_and_reduced(old, side.data);
    let diff = move || old.changes(black_box(&new));
    let Changes {
        added,
        updated,
        removed,
    } = diff();
    let witness = (added << 40 | updated << 20 | removed) as u64;
    Entry {
        system: M::DIFF.to_owned(),
        ..side.entry(witness, repeated(1, diff))
    }
}

fn edited_and_reduced<K: Key, M: Versioned<K>>(base: &M, data: &Data<K>) -> M {
    let mut map = edited(base, data, 0, 300);
    for id in (100..data.n).step_by(300) {
        map.remove(&K::make(id as u64));
    }
    map
}

/// `==` of a map and its clone.
pub(super) fn eq_clone<'a, K: Key, M: Versioned<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let map = side.base();
    let twin = map.clone();
    let equal = move || black_box(map) == black_box(&twin);
    side.entry(u64::from(equal()), repeated(1, equal))
}

pub(super) fn clone_drop<'a, K: Key, M: Versioned<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let map = side.base();
    let clone = move || black_box(map).clone();
    side.entry(clone().len() as u64, repeated(1, clone))
}

/// The drop of a map that no other version shares.
pub(super) fn drop_unique<'a, K: Key, M: Map<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let unshared = || built::<K, M>(side.data.entries());
    let witness = unshared().len() as u64;
    side.entry(witness, timed(side.data.n, unshared, drop))
}
