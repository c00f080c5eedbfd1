//! Keys of three kinds, and the data that all systems of a row share.

use std::hash::Hash;
use std::sync::Arc;

/// A kind of key.
pub(super) trait Key: Clone + Eq + Hash + Ord + 'static {
    /// The suffix of the op's name.
    const KIND: &'static str;

    /// The key of an id; its own allocation at each call where the kind has one.
    fn make(id: u64) -> Self;

    /// A number read from the key's inline part.
    fn weight(&self) -> u64;
}

impl Key for u64 {
    const KIND: &'static str = "u64";

    fn make(id: u64) -> Self {
        scramble(id)
    }

    fn weight(&self) -> u64 {
        *self
    }
}

impl Key for String {
    const KIND: &'static str = "string";

    fn make(id: u64) -> Self {
        text(id).as_str().to_owned()
    }

    fn weight(&self) -> u64 {
        self.len() as u64
    }
}

impl Key for Arc<str> {
    const KIND: &'static str = "arcstr";

    fn make(id: u64) -> Self {
        text(id).as_str().into()
    }

    fn weight(&self) -> u64 {
        self.len() as u64
    }
}

/// What a map of `n` entries is made of, asked for and changed by.
///
/// Ids below `n` are present, others absent. A key looks random, so its place
/// in any map is; each list of keys owns its keys, so a lookup compares with
/// another object than the one in the map.
pub(super) struct Data<K> {
    pub(super) n: usize,
    /// Present, at random, repeated.
    pub(super) hits: Vec<K>,
    /// Absent.
    pub(super) misses: Vec<K>,
    /// Half of the present keys in random order, each once.
    pub(super) doomed: Vec<K>,
}

/// A probe list is at least this long, so that no branch predictor learns it.
const PROBES: usize = 1 << 16;

impl<K: Key> Data<K> {
    pub(super) fn new(n: usize) -> Self {
        let mut random = Random(n as u64);
        let probes = n.max(PROBES);
        let hits = (0..probes).map(|_| K::make(random.below(n))).collect();
        let misses = (0..probes).map(|i| K::make((n + i) as u64)).collect();
        let doomed = random.shuffled(n).into_iter().take(n / 2);
        Self {
            n,
            hits,
            misses,
            doomed: doomed.map(K::make).collect(),
        }
    }

    /// The entries of the map, keys made anew.
    pub(super) fn entries(&self) -> impl Iterator<Item = (K, u64)> + use<K> {
        (0..self.n as u64).map(entry)
    }

    /// Absent entries, keys made anew, repeating after a while.
    pub(super) fn absent(&self) -> impl Iterator<Item = (K, u64)> + use<K> {
        let n = self.n as u64;
        let period = self.n.max(PROBES) as u64;
        (n..n + period).cycle().map(entry)
    }

    /// Present keys at random, made anew, with values they do not have.
    pub(super) fn overwriting(&self) -> impl Iterator<Item = (K, u64)> + use<K> {
        let n = self.n;
        let mut random = Random(!(n as u64));
        std::iter::repeat_with(move || changed(random.below(n)))
    }
}

/// The entry of an id.
pub(super) fn entry<K: Key>(id: u64) -> (K, u64) {
    (K::make(id), id)
}

/// The entry of an id with another value.
pub(super) fn changed<K: Key>(id: u64) -> (K, u64) {
    (K::make(id), !id)
}

/// A bijection whose results look random (the finish of splitmix64).
fn scramble(id: u64) -> u64 {
    let x = id.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// 23 characters: a common prefix and 16 digits.
struct Text([u8; 23]);

fn text(id: u64) -> Text {
    let mut bytes = *b"flight/................";
    let scrambled = scramble(id);
    for (i, byte) in bytes[7..].iter_mut().enumerate() {
        *byte = b"0123456789abcdef"[(scrambled >> (4 * i)) as usize & 15];
    }
    Text(bytes)
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits and letters")
    }
}

/// A small generator: its state counts, its output is scrambled.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scramble(self.0 << 20) % bound as u64
    }

    fn shuffled(&mut self, n: usize) -> Vec<u64> {
        let mut ids: Vec<u64> = (0..n as u64).collect();
        for i in (1..n).rev() {
            ids.swap(i, self.below(i + 1) as usize);
        }
        ids
    }
}
