//! The default hasher: fast, keyed, and the same for every map of the process.
//!
//! A random seed for each map would stop two maps that were built apart from ever being
//! merged structurally: the same key would live in different places. So the seed is drawn
//! once a process, [`RandomState`] has no field, and that all its values hash alike is
//! a fact of the type.
//!
//! The hash function is foldhash, in its fast variant.

use std::hash::{BuildHasher, Hasher};

use foldhash::{SharedSeed, fast::FoldHasher};

use crate::runtime::sync::OnceLock;

/// The default hasher of [`HashMap`](crate::HashMap) and [`HashSet`](crate::HashSet).
///
/// All values of this type hash alike within one process, and differently in the next
/// process: one random seed is drawn from the operating system's entropy when the first
/// key is hashed. The type has size zero.
///
/// # Resistance against flooding
///
/// The hash is keyed: someone who does not know the seed cannot prepare keys that
/// collide. It is not cryptographic. The function under it, foldhash, claims to be
/// *minimally* resistant: whoever can watch a long-running process (the order in which its
/// maps iterate, or precise timings) may be able to work out the seed and then send keys
/// that collide, which makes each lookup among them linear. If such people can choose
/// your keys, use SipHash, which is one type parameter away:
///
/// ```
/// use heptad::HashMap;
///
/// let mut visits: HashMap<String, u64, std::hash::RandomState> = HashMap::default();
/// visits.insert("alice".to_string(), 1);
/// assert_eq!(visits.get("alice"), Some(&1));
/// ```
///
/// Two maps whose hashers are separate `std::hash::RandomState`s are merged element by
/// element; maps derived from one another keep their hasher and are merged structurally.
///
/// # Examples
///
/// ```
/// use heptad::RandomState;
/// use std::hash::BuildHasher;
///
/// let one = RandomState::new();
/// let two = RandomState::default();
/// assert_eq!(one.hash_one("key"), two.hash_one("key"));
/// ```
#[derive(Clone, Copy, Default)]
pub struct RandomState {
    /// Keeps the value from being written as a literal, so that fields stay possible.
    _private: (),
}

impl RandomState {
    /// The one random state of this process.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, RandomState};
    ///
    /// let map: HashMap<u32, u32> = HashMap::with_hasher(RandomState::new());
    /// assert!(map.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { _private: () }
    }
}

impl std::fmt::Debug for RandomState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RandomState")
    }
}

impl BuildHasher for RandomState {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        let seed = ProcessSeed::get();
        DefaultHasher {
            fold: FoldHasher::with_seed(seed.start, &seed.shared),
        }
    }
}

/// The hasher that [`RandomState`] builds.
///
/// # Examples
///
/// ```
/// use heptad::RandomState;
/// use std::hash::{BuildHasher, Hash, Hasher};
///
/// let mut hasher = RandomState::new().build_hasher();
/// "key".hash(&mut hasher);
/// assert_eq!(hasher.finish(), RandomState::new().hash_one("key"));
/// ```
#[derive(Clone)]
pub struct DefaultHasher {
    fold: FoldHasher<'static>,
}

impl std::fmt::Debug for DefaultHasher {
    /// Shows no state: it would give the seed away.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DefaultHasher").finish_non_exhaustive()
    }
}

/// Every width goes on as it came, because foldhash packs small integers together; the
/// signed ones arrive here through the unsigned.
impl Hasher for DefaultHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.fold.write(bytes);
    }

    #[inline]
    fn write_u8(&mut self, i: u8) {
        self.fold.write_u8(i);
    }

    #[inline]
    fn write_u16(&mut self, i: u16) {
        self.fold.write_u16(i);
    }

    #[inline]
    fn write_u32(&mut self, i: u32) {
        self.fold.write_u32(i);
    }

    #[inline]
    fn write_u64(&mut self, i: u64) {
        self.fold.write_u64(i);
    }

    #[inline]
    fn write_u128(&mut self, i: u128) {
        self.fold.write_u128(i);
    }

    #[inline]
    fn write_usize(&mut self, i: usize) {
        self.fold.write_usize(i);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.fold.finish()
    }
}

/// What is random about the process's hashes.
struct ProcessSeed {
    /// Where each hasher starts.
    start: u64,
    /// What foldhash mixes into every step.
    shared: SharedSeed,
}

impl ProcessSeed {
    /// The seed, drawn on the first call. Afterwards this is one load and one branch.
    #[inline]
    fn get() -> &'static Self {
        static SEED: OnceLock<ProcessSeed> = OnceLock::new();
        SEED.get_or_init(Self::draw)
    }

    /// Draws two words of the operating system's entropy. The standard library asks for
    /// it to key its SipHash, and the hashes of fixed inputs under that key are as
    /// hard to foresee as the key.
    #[cold]
    fn draw() -> Self {
        let entropy = std::hash::RandomState::new();
        let word = |n: u64| {
            if cfg!(heptad_mutant = "random_state_seed_is_constant") {
                n
            } else {
                entropy.hash_one(n)
            }
        };
        Self {
            start: word(0),
            shared: SharedSeed::from_u64(word(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DefaultHasher, RandomState};

    const fn is_send_sync_copy<T: Send + Sync + Copy>() {}
    const fn is_send_sync_clone<T: Send + Sync + Clone>() {}

    const _: () = is_send_sync_copy::<RandomState>();
    const _: () = is_send_sync_clone::<DefaultHasher>();
    const _: () = assert!(size_of::<RandomState>() == 0);
}
