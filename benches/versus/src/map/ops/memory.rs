//! Rows about memory: bytes that a map and its versions keep allocated.

use std::cell::OnceCell;

use super::super::keys::Key;
use super::super::side::{Side, built};
use super::super::systems::{Map, Versioned};
use crate::alloc::growth;
use crate::harness::{Entry, Gauge};

/// Versions in the chain of `bytes_version`.
const VERSIONS: usize = 1_000;

/// Of a map built in place, keys included, per entry.
pub(super) fn bytes_entry<'a, K: Key, M: Map<K>>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let n = side.data.n;
    let bytes = move || {
        let (map, bytes) = growth(|| built::<K, M>(side.data.entries()));
        assert_eq!(map.len(), n, "every key differs");
        bytes as f64 / n as f64
    };
    side.entry(n as u64, once(bytes))
}

/// Of a chain of versions, each one insert away from the one before.
pub(super) fn bytes_version<'a, K: Key, M: Versioned<K>>(side: &'a Side<'_, K, M>) -> Entry<'a> {
    let bytes = move || {
        let mut versions = Vec::with_capacity(VERSIONS + 1);
        versions.push(side.base().clone());
        let ((), bytes) = growth(|| {
            for (key, value) in side.data.absent().take(VERSIONS) {
                let next = versions[versions.len() - 1].updated(key, value);
                versions.push(next);
            }
        });
        bytes as f64 / VERSIONS as f64
    };
    side.entry(side.base().len() as u64, once(bytes))
}

/// A value that is the same in each round: taken in the first, then remembered.
fn once<'a>(value: impl Fn() -> f64 + 'a) -> Gauge<'a> {
    let known = OnceCell::new();
    Gauge::Value(Box::new(move || *known.get_or_init(&value)))
}
