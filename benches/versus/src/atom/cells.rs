//! Rows about a `u64` in a place for small values, where nothing is allocated.

use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use heptad::AtomCell;

use super::numbers::{COMPARED, alone};
use crate::harness::{Entry, Gauge};

/// A number that several threads can read and replace.
trait Cell: Default + 'static {
    const NAME: &'static str;
    const PEER: bool = true;

    fn read(&self) -> u64;
    fn update(&self, change: impl Fn(u64) -> u64);
}

impl Cell for AtomCell<u64> {
    const NAME: &'static str = "heptad";
    const PEER: bool = false;

    fn read(&self) -> u64 {
        self.load()
    }
    fn update(&self, change: impl Fn(u64) -> u64) {
        self.swap(change);
    }
}

/// What the machine itself can do: no peer, but the floor.
impl Cell for AtomicU64 {
    const NAME: &'static str = "std-atomic";
    const PEER: bool = false;

    fn read(&self) -> u64 {
        // Acquire: pairs with the AcqRel of `update`, as a cell must promise.
        self.load(Acquire)
    }
    fn update(&self, change: impl Fn(u64) -> u64) {
        // AcqRel, Acquire: as in `read`.
        let updated = self.fetch_update(AcqRel, Acquire, |value| Some(change(value)));
        debug_assert!(updated.is_ok(), "the function never refuses");
    }
}

impl Cell for parking_lot::Mutex<u64> {
    const NAME: &'static str = "pl-mutex";

    fn read(&self) -> u64 {
        *self.lock()
    }
    fn update(&self, change: impl Fn(u64) -> u64) {
        let mut value = self.lock();
        *value = change(*value);
    }
}

impl Cell for parking_lot::RwLock<u64> {
    const NAME: &'static str = "pl-rwlock";

    fn read(&self) -> u64 {
        *self.read()
    }
    fn update(&self, change: impl Fn(u64) -> u64) {
        let mut value = self.write();
        *value = change(*value);
    }
}

impl Cell for Mutex<u64> {
    const NAME: &'static str = "std-mutex";

    fn read(&self) -> u64 {
        *self.lock().expect("no update panics")
    }
    fn update(&self, change: impl Fn(u64) -> u64) {
        let mut value = self.lock().expect("no update panics");
        *value = change(*value);
    }
}

pub(super) fn reads() -> Vec<Entry<'static>> {
    vec![
        read::<AtomCell<u64>>(),
        read::<AtomicU64>(),
        read::<parking_lot::Mutex<u64>>(),
        read::<parking_lot::RwLock<u64>>(),
        read::<Mutex<u64>>(),
    ]
}

pub(super) fn updates() -> Vec<Entry<'static>> {
    vec![
        update::<AtomCell<u64>>(),
        update::<AtomicU64>(),
        update::<parking_lot::Mutex<u64>>(),
        update::<parking_lot::RwLock<u64>>(),
        update::<Mutex<u64>>(),
    ]
}

fn read<C: Cell>() -> Entry<'static> {
    let cell = counted_up::<C>();
    entry::<C>(Cell::read(&cell), move || {
        black_box(Cell::read(black_box(&cell)));
    })
}

fn update<C: Cell>() -> Entry<'static> {
    let cell = counted_up::<C>();
    let witness = Cell::read(&cell);
    entry::<C>(witness, move || {
        Cell::update(black_box(&cell), |value| value + 1);
    })
}

fn counted_up<C: Cell>() -> C {
    let cell = C::default();
    (0..COMPARED).for_each(|_| Cell::update(&cell, |value| value + 1));
    cell
}

fn entry<C: Cell>(witness: u64, operation: impl FnMut() + 'static) -> Entry<'static> {
    let gauge: Gauge<'static> = alone(operation);
    Entry {
        system: C::NAME.to_owned(),
        peer: C::PEER,
        witness,
        gauge,
    }
}
