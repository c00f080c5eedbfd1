//! What the interpreter may put into a map: keys whose identity can be told apart from their
//! equality, and values with a number in them.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use heptad::Equivalent;

/// A key that is equal by `id` alone. `tag` tells which of several equal key objects this is.
pub(crate) trait Key: Clone + Eq + Hash + Debug {
    fn new(id: u16, tag: u16) -> Self;
    fn id(&self) -> u16;
    fn tag(&self) -> u16;
}

pub(crate) trait Value: Clone + Eq + Hash + Default + Debug {
    fn new(n: u32) -> Self;
    fn n(&self) -> u32;
    fn set(&mut self, n: u32);
}

/// A key without a destructor: entries of `Plain` and `u32` get the wide leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    id: u16,
    tag: u16,
}

impl Key for Plain {
    fn new(id: u16, tag: u16) -> Self {
        Plain { id, tag }
    }
    fn id(&self) -> u16 {
        self.id
    }
    fn tag(&self) -> u16 {
        self.tag
    }
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Plain {}

impl Hash for Plain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u16(self.id);
    }
}

impl Value for u32 {
    fn new(n: u32) -> Self {
        n
    }
    fn n(&self) -> u32 {
        *self
    }
    fn set(&mut self, n: u32) {
        *self = n;
    }
}

/// Looks a key up without building one. Not `Eq`, so that only `Equivalent` finds the way.
#[derive(Debug)]
pub(crate) struct Id(pub(crate) u16);

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u16(self.0);
    }
}

impl<K: Key> Equivalent<K> for Id {
    fn equivalent(&self, key: &K) -> bool {
        self.0 == key.id()
    }
}
