//! One system's side of the rows of one key kind and size.

use std::cell::OnceCell;
use std::hint::black_box;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use super::keys::{Data, Key};
use super::systems::Map;
use crate::harness::{Entry, Gauge};

/// The data, and the map built from it in place, which the rows share.
pub(super) struct Side<'d, K, M> {
    pub(super) data: &'d Data<K>,
    base: OnceCell<M>,
    key: PhantomData<K>,
}

impl<'d, K: Key, M: Map<K>> Side<'d, K, M> {
    pub(super) fn new(data: &'d Data<K>) -> Self {
        Self {
            data,
            base: OnceCell::new(),
            key: PhantomData,
        }
    }

    /// The map of [`Data::entries`], built when a row first needs it.
    pub(super) fn base(&self) -> &M {
        self.base.get_or_init(|| built(self.data.entries()))
    }

    pub(super) fn entry<'a>(&self, witness: u64, gauge: Gauge<'a>) -> Entry<'a> {
        Entry {
            system: M::NAME.to_owned(),
            peer: M::PEER,
            witness,
            gauge,
        }
    }
}

/// A map filled in place, entry by entry.
pub(super) fn built<K: Key, M: Map<K>>(entries: impl Iterator<Item = (K, u64)>) -> M {
    let mut map = M::default();
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

/// The length and every entry of a map, in one number.
pub(super) fn digest<K: Key, M: Map<K>>(map: &M) -> u64 {
    let mut sum = map.len() as u64;
    map.for_each(|key, value| sum = sum.wrapping_add(mixed(key, *value)));
    sum
}

fn mixed<K: Key>(key: &K, value: u64) -> u64 {
    (value ^ key.weight()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Times `operation` alone: `input` is made before the clock starts, and what
/// the operation returns is dropped after it stopped.
pub(super) fn timed<'a, I, R>(
    operations: usize,
    mut input: impl FnMut() -> I + 'a,
    mut operation: impl FnMut(I) -> R + 'a,
) -> Gauge<'a> {
    let run = move |iterations| {
        let mut spent = Duration::ZERO;
        for _ in 0..iterations {
            let given = black_box(input());
            let start = Instant::now();
            let result = operation(given);
            spent += start.elapsed();
            drop(black_box(result));
        }
        spent
    };
    Gauge::Time {
        operations,
        run: Box::new(run),
    }
}

/// Times an operation that needs no input, drops included, many times between
/// two looks at the clock: for what may be too short to be timed alone.
pub(super) fn repeated<'a, R>(operations: usize, operation: impl Fn() -> R + 'a) -> Gauge<'a> {
    let run = move |iterations| {
        let start = Instant::now();
        for _ in 0..iterations {
            drop(black_box(operation()));
        }
        start.elapsed()
    };
    Gauge::Time {
        operations,
        run: Box::new(run),
    }
}
