//! The constants of the trie, and how a hash is read: the path from the top
//! bits, the tag from the lowest byte.
//!
//! Why these numbers: a sweep over fan-outs 4, 8, 16, 32 and leaf bounds 16 to
//! 48 (see the internals page) put fan-out 8 nearest to the best of every
//! operation. The leaf bound depends on what an entry costs to copy: entries
//! with drop glue usually own memory, so each copy of a leaf clones them one by
//! one, and a smaller leaf pays.

/// Bits of the hash that one inner node decides on.
pub(super) const BITS: u32 = 3;

/// Children of an inner node.
pub(super) const FANOUT: usize = 1 << BITS;

/// Levels of inner nodes before the hash is used up (63 of its 64 bits).
pub(super) const LEVELS: usize = 21;

/// Most entries of a leaf, unless the hash is used up: the `B` of the docs.
pub(super) const fn leaf_max<K, V>() -> usize {
    if cfg!(heptad_small_nodes) {
        4
    } else if std::mem::needs_drop::<(K, V)>() {
        16
    } else {
        32
    }
}

/// The largest `leaf_max` of any type.
pub(super) const LEAF_MAX: usize = 32;

/// The child of a node at `level` under which `hash` lives.
#[inline]
pub(super) const fn slot_at(hash: u64, level: usize) -> usize {
    ((hash << (BITS as usize * level)) >> (u64::BITS - BITS)) as usize
}

/// The byte of `hash` that a leaf keeps beside each entry. The path takes the
/// top bits, so no split or merge changes it.
#[inline]
pub(super) const fn tag_of(hash: u64) -> u8 {
    hash as u8
}

/// Entries to make room for in a leaf of `len` that is likely to grow in place:
/// a step of four keeps insertion from reallocating each time. Leaves of small
/// entries that own memory are short, and would waste too much by it.
#[inline]
pub(super) const fn capacity_for<K, V>(len: usize) -> usize {
    const SMALL: usize = 32;
    let owns_memory = std::mem::needs_drop::<(K, V)>();
    let step = if owns_memory && size_of::<(K, V)>() < SMALL {
        2
    } else {
        4
    };
    len.div_ceil(step) * step
}
