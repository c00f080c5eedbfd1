//! Rows about one key at a time: lookups, new versions, removal in place.

use std::hint::black_box;

use super::super::keys::Key;
use super::super::side::{Side, built, digest, timed};
use super::super::systems::{Map, Versioned};
use crate::harness::Entry;

/// Operations between two looks at the clock.
const BATCH: usize = 4096;

/// Versions kept by `insert_kept`.
const KEPT: usize = 1_000;

/// Lookups whose results are compared between the systems; the shortest list of
/// keys is longer.
const COMPARED_LOOKUPS: usize = 8 * BATCH;

/// New versions whose content is compared between the systems.
const COMPARED: usize = 4;

pub(super) fn get_hit<'a, K: Key, M: Map<K>>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    lookups(side, &side.data.hits)
}

pub(super) fn get_miss<'a, K: Key, M: Map<K>>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    lookups(side, &side.data.misses)
}

/// Lookups that do not wait for each other, over a long list of keys.
fn lookups<'a, K: Key, M: Map<K>>(side: &'a Side<'_, K, M>, keys: &'a [K]) -> Entry<'a> {
    let map = side.base();
    let found = |keys: &[K]| {
        let values = keys.iter().map(|key| map.get(black_box(key)));
        values.flatten().fold(0, |sum: u64, v| sum.wrapping_add(*v))
    };
    let witness = found(&keys[..COMPARED_LOOKUPS]);
    let mut windows = keys.chunks_exact(BATCH).cycle();
    let next = move || windows.next().expect("more than one batch of keys");
    side.entry(witness, timed(BATCH, next, found))
}

pub(super) fn insert_persistent<'a, K: Key, M: Versioned<K>>(
    side: &'a Side<'_, K, M>,
) -> Entry<'a> {
    let items = side.data.absent();
    versions(side, items, |base, (key, value)| base.updated(key, value))
}

pub(super) fn overwrite_persistent<'a, K: Key, M: Versioned<K>>(
    side: &'a Side<'_, K, M>,
) -> Entry<'a> {
    let items = side.data.overwriting();
    versions(side, items, |base, (key, value)| base.updated(key, value))
}

pub(super) fn remove_persistent<'a, K: Key, M: Versioned<K>>(
    side: &'a Side<'_, K, M>,
) -> Entry<'a> {
    let items = side.data.hits.iter().cycle();
    versions(side, items, |base, key| base.without(key))
}

/// For each item a version of the same base, made and dropped.
fn versions<'a, K: Key, M: Versioned<K>, I: 'a>(
    side: &'a Side<'_, K, M>,
    mut items: impl Iterator<Item = I> + 'a,
    make: impl Fn(&M, I) -> M + 'a,
) -> Entry<'a> {
    let base = side.base();
    let compared = items.by_ref().take(COMPARED);
    let witness = compared.fold(0, |sum: u64, item| {
        sum.wrapping_add(digest(&make(base, item)))
    });
    let batch = move || items.by_ref().take(BATCH).collect::<Vec<_>>().into_iter();
    let run = move |mut batch: std::vec::IntoIter<I>| {
        for item in batch.by_ref() {
            drop(black_box(make(base, item)));
        }
        batch // its buffer is freed after the clock stopped
    };
    side.entry(witness, timed(BATCH, batch, run))
}

/// Each version is made of the one before; the oldest of the last 1,000 goes.
///
/// The chain starts again from the base before it has grown much: after 4,096
/// inserts, or at n = 1,000 after n.
pub(super) fn insert_kept<'a, K: Key, M: Versioned<K>>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let base = side.base();
    let length = side.data.n.min(BATCH);
    let mut items = side.data.absent();
    let batch = move || items.by_ref().take(length).collect::<Vec<_>>().into_iter();
    let mut kept = vec![base.clone(); KEPT];
    let mut run = move |mut batch: std::vec::IntoIter<(K, u64)>| {
        kept[KEPT - 1] = base.clone();
        let mut last = KEPT - 1;
        for (slot, (key, value)) in (0..KEPT).cycle().zip(batch.by_ref()) {
            kept[slot] = kept[last].updated(key, value);
            last = slot;
        }
        (batch, kept[last].clone())
    };
    let (_, newest) = run(side
        .data
        .absent()
        .take(length)
        .collect::<Vec<_>>()
        .into_iter());
    side.entry(digest(&newest), timed(length, batch, run))
}

/// Removes half of the entries of a map that no other version shares.
pub(super) fn remove_in_place<'a, K: Key, M: Map<K> + 'a>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let doomed = &side.data.doomed;
    let remove = move |mut map: M| {
        for key in doomed {
            map.remove(key);
        }
        map
    };
    let unshared = || built::<K, M>(side.data.entries());
    let witness = digest(&remove(unshared()));
    side.entry(witness, timed(doomed.len(), unshared, remove))
}
