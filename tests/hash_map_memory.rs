//! What a map asks of the allocator: nothing where nothing changes, one block for a small map,
//! little for each version that is kept, and all of it given back in time.
//!
//! The allocator of this program counts, for each thread by itself, what is taken and not yet
//! given back. Neither keys nor values own memory here, so all that is counted is the map's.
#![allow(unsafe_code, reason = "an allocator that counts")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use heptad::HashMap;
use support::hashers::{Constant, Good};

/// What a thread has taken from the allocator and not given back, and how often it took.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Taken {
    bytes: isize,
    blocks: isize,
    requests: usize,
}

thread_local! {
    static TAKEN: Cell<Taken> = const { Cell::new(Taken { bytes: 0, blocks: 0, requests: 0 }) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

impl Counting {
    fn note(bytes: isize) {
        // Nothing is noted of a thread that ends: its tests are over.
        let _ = TAKEN.try_with(|cell| {
            let mut taken = cell.get();
            taken.bytes += bytes;
            taken.blocks += bytes.signum();
            taken.requests += usize::from(bytes > 0);
            cell.set(taken);
        });
    }
}

// SAFETY: everything is left to the system's allocator. Counting uses a thread-local without
// initialiser or destructor, so it neither allocates nor unwinds. The provided methods, which
// are not overridden, come down to these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size() as isize);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        Self::note(-(layout.size() as isize));
        // SAFETY: `ptr` came from `alloc` above, and so from the system's.
        unsafe { System.dealloc(ptr, layout) }
    }
}

/// What was taken since a moment, and is still held.
struct Since(Taken);

impl Since {
    fn now() -> Self {
        Since(TAKEN.get())
    }

    fn bytes(&self) -> usize {
        usize::try_from(TAKEN.get().bytes - self.0.bytes).expect("more is given back than taken")
    }

    fn blocks(&self) -> isize {
        TAKEN.get().blocks - self.0.blocks
    }

    fn requests(&self) -> usize {
        TAKEN.get().requests - self.0.requests
    }
}

fn requests_of<R>(f: impl FnOnce() -> R) -> usize {
    let since = Since::now();
    let result = f();
    let requests = since.requests();
    drop(result);
    requests
}

/// A value that has something to drop but owns no memory, so that leaves are the smaller ones.
type Dropped = Option<Box<u64>>;

type Map<V, S = Good> = HashMap<u64, V, S>;

const MANY: u64 = 10_000;

/// As many entries as surely fit into one leaf.
const SMALL: u64 = if cfg!(heptad_small_nodes) { 4 } else { 16 };

fn collected<V: Clone + Default>(len: u64) -> Map<V> {
    (0..len).map(|key| (key, V::default())).collect()
}

fn inserted<V: Clone + Default>(len: u64) -> Map<V> {
    let mut map = Map::default();
    for key in 0..len {
        map.insert(key, V::default());
    }
    map
}

#[test]
fn an_empty_map_allocates_nothing() {
    let since = Since::now();
    let map: Map<u64> = HashMap::default();
    let copy = map.clone();
    assert!(map.get(&1).is_none() && copy == map && map.iter().next().is_none());
    let collected: Map<u64> = std::iter::empty().collect();
    let retained: Map<u64> = map.clone().union(copy).intersection(collected);
    assert!(retained.without(&1).is_empty());
    assert_eq!(since.requests(), 0);
}

#[test]
fn an_emptied_map_holds_no_memory() {
    let since = Since::now();
    let mut map = inserted::<u64>(MANY);
    for key in 0..MANY {
        map.remove(&key);
    }
    assert_eq!((map.len(), since.bytes()), (0, 0), "removed one by one");
    let mut map = collected::<Dropped>(MANY);
    map.clear();
    assert_eq!(since.bytes(), 0, "cleared");
    let mut map = collected::<u64>(MANY);
    map.retain(|_, _| false);
    assert_eq!(since.bytes(), 0, "retained nothing");
}

#[test]
fn a_small_map_is_one_block() {
    fn check<V: Clone + Default>() {
        for len in 1..=SMALL {
            let since = Since::now();
            let map = inserted::<V>(len);
            assert_eq!(since.blocks(), 1, "{len} entries inserted");
            drop(map);
            let map = collected::<V>(len);
            assert_eq!(since.blocks(), 1, "{len} entries collected");
            let copy = map.update(len + 1, V::default()).without(&(len + 1));
            drop(map);
            assert_eq!(since.blocks(), 1, "{len} entries copied");
            drop(copy);
        }
    }
    check::<u64>();
    check::<Dropped>();
}

#[test]
fn what_changes_nothing_allocates_nothing() {
    let map = collected::<u64>(MANY);
    assert_eq!(requests_of(|| map.clone()), 0, "clone");
    let mut copy = map.clone();
    for absent in MANY..MANY + 1000 {
        let requests = requests_of(|| {
            assert_eq!(copy.remove(&absent), None);
            assert_eq!(copy.get_mut(&absent), None);
            assert!(map.without(&absent).ptr_eq(&map));
            assert!(map.extract(&absent).is_none());
            assert!(copy.alter(|none| none, absent).ptr_eq(&map));
        });
        assert_eq!(requests, 0, "an absent key");
    }
    drop(copy);
    let mut owned = map;
    let requests = requests_of(|| (MANY..MANY + 1000).all(|key| owned.remove(&key).is_none()));
    assert_eq!(requests, 0, "an absent key of the only owner");
}

#[test]
fn reading_allocates_nothing() {
    let map = collected::<u64>(MANY);
    let [other, same] = [map.update(1, 1), map.update(1, 1)];
    let requests = requests_of(|| {
        assert!((0..MANY).all(|key| map.get(&key).is_some()));
        assert_eq!(map.iter().count() + map.keys().count(), 2 * MANY as usize);
        assert!(other == same && map.is_submap_by(&other, |_, _| true));
        assert!(other.is_submap(&same) && !map.is_submap(&other));
    });
    assert_eq!(requests, 0);
}

#[test]
fn the_only_owner_sets_values_without_allocating() {
    let mut map = collected::<u64>(MANY);
    let requests = requests_of(|| {
        for key in 0..MANY {
            map.insert(key, 1);
            *map.get_mut(&key).expect("it is there") += 1;
            map.entry(key).and_modify(|value| *value += 1);
        }
        map.iter_mut().for_each(|(_, value)| *value += 1);
    });
    assert_eq!(requests, 0);
    assert!(map.values().all(|value| *value == 4));
}

/// At no length does a map from which entries are removed hold more than twice the memory of a
/// map that grew to this length.
fn shrinks_with_its_content<V: Clone + Default>(len: u64) {
    let since = Since::now();
    let mut map = inserted::<V>(len);
    for left in (1..len).rev() {
        map.remove(&left);
        let now = since.bytes();
        let grown = inserted::<V>(left);
        let fresh = since.bytes() - now;
        assert!(
            now <= 2 * fresh,
            "{left} of {len} entries left: {now} bytes, but {fresh} of one that grew"
        );
        drop(grown);
    }
}

#[test]
fn a_leaf_gives_memory_back_as_its_entries_are_removed() {
    for len in 2..=SMALL {
        shrinks_with_its_content::<u64>(len);
        shrinks_with_its_content::<Dropped>(len);
    }
}

#[test]
fn a_map_gives_memory_back_as_its_entries_are_removed() {
    shrinks_with_its_content::<u64>(1000);
    shrinks_with_its_content::<Dropped>(1000);
}

#[test]
fn keys_that_collide_give_memory_back_as_they_are_removed() {
    let since = Since::now();
    let mut map: Map<u64, Constant> = HashMap::default();
    for key in 0..1000 {
        map.insert(key, 0);
    }
    let full = since.bytes();
    for key in 50..1000 {
        map.remove(&key);
    }
    assert!(
        since.bytes() < full / 4,
        "{} of {full} bytes",
        since.bytes()
    );
}

#[test]
fn a_map_without_most_of_its_entries_holds_little_of_its_memory() {
    fn check<V: Clone + Default>(empty_out: impl Fn(&mut Map<V>)) {
        let since = Since::now();
        let mut map = inserted::<V>(MANY);
        let full = since.bytes();
        empty_out(&mut map);
        assert_eq!(map.len() as u64, MANY / 100);
        let rest = since.bytes();
        assert!(
            rest < full / 20,
            "{rest} of {full} bytes for a 100th of the entries"
        );
    }
    fn one_by_one<V: Clone + Default>(map: &mut Map<V>) {
        for key in (0..MANY).filter(|key| key % 100 != 0) {
            map.remove(&key);
        }
    }
    check::<u64>(one_by_one);
    check::<Dropped>(one_by_one);
    check::<u64>(|map| map.retain(|key, _| key % 100 == 0));
    check::<Dropped>(|map| map.retain(|key, _| key % 100 == 0));
}

#[test]
fn a_kept_version_takes_far_less_than_a_copy() {
    fn check<V: Clone + Default>(change: impl Fn(&Map<V>, u64) -> Map<V>) {
        const VERSIONS: usize = 100;
        let since = Since::now();
        let mut newest = collected::<V>(MANY);
        let full = since.bytes();
        let mut versions = Vec::with_capacity(VERSIONS);
        let before = since.bytes();
        for key in 0..VERSIONS as u64 {
            let next = change(&newest, key);
            versions.push(std::mem::replace(&mut newest, next));
        }
        let each = (since.bytes() - before) / VERSIONS;
        assert!(each > 0, "each version differs from the one before");
        assert!(
            each < full / 100,
            "{each} bytes a version of a map of {full}"
        );
        drop((versions, newest));
        assert_eq!(since.bytes(), 0, "all is given back with the last version");
    }
    check::<u64>(|map, key| map.update(key, 1));
    check::<u64>(|map, key| map.update(MANY + key, 1));
    check::<Dropped>(|map, key| map.without(&key));
}
