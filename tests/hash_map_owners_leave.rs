//! Other owners of a version may leave at any moment: on another thread, or in the middle of an
//! operation, from within the user's code that it runs. Neither changes the result.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};
use std::sync::mpsc;
use std::thread;

use heptad::HashMap;

/// Places keys by their own bits: the test says which node each is in.
#[derive(Clone, Default)]
struct ByBits;

struct Bits(u64);

impl BuildHasher for ByBits {
    type Hasher = Bits;
    fn build_hasher(&self) -> Bits {
        Bits(0)
    }
}

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64")
    }
    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }
}

type Map = HashMap<u64, Leaving, ByBits>;

thread_local! {
    /// The other owner, which leaves at the next clone of a value.
    static OTHER: RefCell<Option<Map>> = const { RefCell::new(None) };
}

#[derive(Debug, PartialEq)]
struct Leaving(Box<u64>);

impl Clone for Leaving {
    fn clone(&self) -> Self {
        drop(OTHER.take());
        Leaving(self.0.clone())
    }
}

/// A key below slot `slot` of the root.
fn key(slot: u64, number: u64) -> u64 {
    slot << 61 | number
}

/// A root of which the first two leaves have one entry more than fits into one, and are shared;
/// the root is not.
fn about_to_merge(in_first: u64, in_second: u64) -> Map {
    let mut map = Map::default();
    for (slot, count) in [(0, in_first), (1, in_second), (7, 40)] {
        for number in 0..count {
            map.insert(key(slot, number), Leaving(Box::new(number)));
        }
    }
    OTHER.set(Some(map.clone()));
    map
}

#[test]
fn a_removal_clones_or_moves_each_entry_once_while_another_owner_leaves() {
    // The size of a leaf, of small nodes and of others: with one of them each removal merges.
    let mut some_size_always_merged = false;
    for fits in [4, 16] {
        let mut left_during_a_removal = 0;
        for in_second in 1..fits {
            let in_first = fits + 1 - in_second;
            let mut map = about_to_merge(in_first, in_second);
            // The root becomes ours, and the leaf that loses an entry; its neighbour stays shared.
            let other = OTHER.take();
            map.insert(key(7, 0), Leaving(Box::new(7)));
            map.insert(key(0, 0), Leaving(Box::new(0)));
            OTHER.set(other);
            let len = map.len();
            assert_eq!(map.remove(&key(0, 0)), Some(Leaving(Box::new(0))));
            left_during_a_removal += u64::from(OTHER.take().is_none());
            assert_eq!((map.len(), map.iter().count()), (len - 1, len - 1));
            assert!((1..in_first).all(|number| map[&key(0, number)].0 == Box::new(number)));
            assert!((0..in_second).all(|number| map[&key(1, number)].0 == Box::new(number)));
        }
        some_size_always_merged |= left_during_a_removal == fits - 1;
    }
    assert!(
        some_size_always_merged,
        "the other owner left during each removal"
    );
}

#[test]
fn versions_dropped_on_another_thread_change_nothing() {
    let (send, receive) = mpsc::sync_channel::<HashMap<u32, String>>(4);
    let dropper = thread::spawn(move || {
        receive
            .into_iter()
            .map(|version| version.len())
            .sum::<usize>()
    });
    let mut map = HashMap::new();
    let mut model = std::collections::BTreeMap::new();
    let mut state = 1_u64;
    for step in 0..60_000_u32 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let key = (state >> 40) as u32 % 60;
        if state >> 63 == 0 {
            assert_eq!(map.remove(&key), model.remove(&key));
        } else {
            let value = step.to_string();
            assert_eq!(map.insert(key, value.clone()), model.insert(key, value));
        }
        if step % 3 == 0 {
            send.send(map.clone()).expect("the other thread takes all");
        }
        if step % 64 == 0 {
            assert_eq!((map.len(), map.iter().count()), (model.len(), model.len()));
        }
    }
    assert!(map.iter().all(|(key, value)| model.get(key) == Some(value)));
    drop(send);
    assert!(dropper.join().expect("dropping does not panic") > 100_000);
}
