//! Hashers that are bad on purpose. Each is a normal configuration of the tests: a trie meets
//! its rare shapes (long collision leaves, deep spines, one leaf per slot) only under them.

use std::cell::Cell;
use std::fmt::{self, Debug};
use std::hash::{BuildHasher, Hasher};
use std::marker::PhantomData;

/// Turns what a key wrote into the 64 bits that the map sees.
pub(crate) trait Mapping: 'static {
    const NAME: &'static str;
    /// `raw` is the integer that the key wrote, `mixed` the same well mixed.
    fn map(raw: u64, mixed: u64) -> u64;
}

macro_rules! mapping {
    ($(#[$doc:meta])* $kind:ident, $alias:ident, |$raw:ident, $mixed:ident| $hash:expr) => {
        $(#[$doc])*
        pub(crate) enum $kind {}

        impl Mapping for $kind {
            const NAME: &'static str = stringify!($alias);
            fn map($raw: u64, $mixed: u64) -> u64 {
                $hash
            }
        }

        $(#[$doc])*
        pub(crate) type $alias = Mapped<$kind>;
    };
}

const SPINE: u64 = 0xA5C3_9B61_D40F_27E8;

mapping!(
    /// Every key collides with every other.
    ConstantKind, Constant, |_raw, _mixed| SPINE
);
mapping!(
    /// Sixteen hashes that differ in the lowest four bits only.
    LowBitsKind, LowBits, |_raw, mixed| mixed & 0xF
);
mapping!(
    /// Sixteen hashes that differ in the highest four bits only.
    TopBitsKind, TopBits, |_raw, mixed| mixed << 60
);
mapping!(
    /// Sixteen hashes with sixty equal and busy bits above what differs.
    LastLevelsKind, LastLevels, |_raw, mixed| (SPINE & !0xF) | (mixed & 0xF)
);
mapping!(
    /// Each key leaves one common path at the first bit of some level of three bits, so that
    /// every level holds one inner node and one collision leaf.
    LevelBoundaryKind, LevelBoundary, |raw, _mixed| SPINE ^ (1 << (63 - 3 * (raw % 22)))
);
mapping!(
    /// The key itself: small keys agree on the upper bits and are dense in the lower.
    IdentityKind, Identity, |raw, _mixed| raw
);
mapping!(
    /// A good hash without state.
    GoodKind, Good, |_raw, mixed| mixed
);

/// A build hasher without state, so that two of one type always agree.
pub(crate) struct Mapped<M>(PhantomData<fn() -> M>);

impl<M> Clone for Mapped<M> {
    fn clone(&self) -> Self {
        Mapped(PhantomData)
    }
}

impl<M> Default for Mapped<M> {
    fn default() -> Self {
        Mapped(PhantomData)
    }
}

impl<M: Mapping> Debug for Mapped<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(M::NAME)
    }
}

impl<M: Mapping> BuildHasher for Mapped<M> {
    type Hasher = MappedHasher<M>;
    fn build_hasher(&self) -> Self::Hasher {
        MappedHasher {
            raw: 0,
            mapping: PhantomData,
        }
    }
}

pub(crate) struct MappedHasher<M> {
    raw: u64,
    mapping: PhantomData<fn() -> M>,
}

impl<M: Mapping> Hasher for MappedHasher<M> {
    fn finish(&self) -> u64 {
        M::map(self.raw, mix(self.raw))
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u8(&mut self, n: u8) {
        self.write_u64(u64::from(n));
    }
    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_u64(&mut self, n: u64) {
        self.raw = self.raw.rotate_left(23) ^ n;
    }
}

/// A finalizer that spreads every input bit over all output bits.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 31)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let n = (n ^ (n >> 29)).wrapping_mul(0xA24B_AED4_963E_E407);
    n ^ (n >> 32)
}

/// A good hash with its own seed: maps built apart do not agree, as with std's `RandomState`,
/// so their algebra has to go element by element.
#[derive(Clone, Debug)]
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn with_seed(seed: u64) -> Self {
        Seeded(seed)
    }
}

impl Default for Seeded {
    fn default() -> Self {
        thread_local!(static NEXT: Cell<u64> = const { Cell::new(1) });
        Seeded(NEXT.replace(NEXT.get() + 1))
    }
}

impl BuildHasher for Seeded {
    type Hasher = MappedHasher<GoodKind>;
    fn build_hasher(&self) -> Self::Hasher {
        MappedHasher {
            raw: mix(self.0),
            mapping: PhantomData,
        }
    }
}
