//! A key whose `Hash` and `Eq` lie: they answer differently from one call to the next. Wrong
//! results are the caller's fault then; memory safety is still the map's duty.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

use super::content::Key;
use super::counted::CountedKey;

/// How often, in 256 calls, each answer is a lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lies {
    pub(crate) hash: u8,
    pub(crate) eq: u8,
}

thread_local! {
    static LIES: Cell<Lies> = const { Cell::new(Lies { hash: 0, eq: 0 }) };
    static STATE: Cell<u64> = const { Cell::new(1) };
    static TOLD: Cell<u64> = const { Cell::new(0) };
}

/// Sets how this thread's keys lie from now on, from one seed.
pub(crate) fn lie(lies: Lies, seed: u64) {
    LIES.set(lies);
    STATE.set(seed | 1);
}

/// How many lies were told on this thread.
pub(crate) fn told() -> u64 {
    TOLD.get()
}

fn random() -> u64 {
    let mut n = STATE.get();
    n ^= n << 13;
    n ^= n >> 7;
    n ^= n << 17;
    STATE.set(n);
    n
}

fn lies_now(chance: u8) -> bool {
    let lies = (random() >> 32) & 0xFF < u64::from(chance);
    TOLD.set(TOLD.get() + u64::from(lies));
    lies
}

#[derive(Clone, Debug)]
pub(crate) struct Liar(CountedKey);

impl Key for Liar {
    fn new(id: u16, tag: u16) -> Self {
        Liar(CountedKey::new(id, tag))
    }
    fn id(&self) -> u16 {
        self.0.id()
    }
    fn tag(&self) -> u16 {
        self.0.tag()
    }
}

impl PartialEq for Liar {
    fn eq(&self, other: &Self) -> bool {
        (self.0 == other.0) ^ lies_now(LIES.get().eq)
    }
}

impl Eq for Liar {}

impl Hash for Liar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if lies_now(LIES.get().hash) {
            state.write_u16(random() as u16);
        } else {
            self.0.hash(state);
        }
    }
}
