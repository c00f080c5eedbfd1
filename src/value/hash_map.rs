//! The persistent hash map: the type, construction and lookup.
//!
//! A map is three things: a trie of entries, which knows hashes but no hasher; the hasher;
//! and the hasher's [id](super::hasher_id), by which two maps find out that they hash
//! alike. The methods here turn keys into hashes and leave the rest to the trie.
//!
//! | file | what it adds |
//! |---|---|
//! | `change.rs` | changes in place |
//! | `entry.rs` | [`Entry`]: look at a key's place, then decide |
//! | `update.rs` | changes that leave the map as it was and return a new one |
//! | `algebra.rs`, `algebra_with.rs` | union, intersection and differences, plain and with a function for the values |
//! | `compare.rs` | `==`, submaps, order-independent `Hash` |
//! | `diff.rs`, `merge3.rs` | what changed between two versions; merging two changes of one version |
//! | `iter.rs` | the iterators |
//! | `convert.rs` | `From`, `FromIterator`, `Extend` |
//! | `traits.rs` | the other traits of std |

mod algebra;
mod algebra_with;
mod change;
mod compare;
mod convert;
mod diff;
mod entry;
mod iter;
mod merge3;
mod traits;
mod update;

use std::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

pub use self::diff::{Diff, DiffItem};
pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::iter::{ConsumingIter, Iter, IterMut, Keys, Values};

use super::hash_trie::Trie;
use super::hasher_id::HasherId;
use super::random_state::RandomState;

/// A persistent hash map.
///
/// [`clone`](Clone::clone) takes a snapshot in constant time. Snapshots share what they
/// have in common: a change copies the few nodes on the way to the changed entry, and
/// not even these where no snapshot holds on to them. A snapshot never shows a change made
/// after it was taken.
///
/// ```
/// use heptad::{HashMap, hashmap};
///
/// let mut stock = hashmap! { "apple" => 3, "pear" => 5 };
/// let yesterday = stock.clone();
///
/// stock.insert("plum", 7);
/// stock["apple"] = 2;
///
/// assert_eq!(stock.len(), 3);
/// assert_eq!(yesterday, hashmap! { "apple" => 3, "pear" => 5 });
/// ```
///
/// Keys need [`Hash`], [`Eq`] and, to be changed, [`Clone`]; values need [`Clone`].
/// Lookups take anything that is [`Equivalent`] to a key, such as a `&str` for a `String`.
///
/// # Complexity
///
/// `n` is the number of entries, `m` that of the other map. Where it says "structural",
/// two maps that hash alike are walked side by side and everything they share is skipped:
/// `d` is the number of entries in the parts that are not shared. Maps hash alike when one
/// was made from the other, and always when their hasher has no state, as the
/// default [`RandomState`]. Otherwise the same operations go entry by entry, in
/// O(n + m).
///
/// | operation | time |
/// |---|---|
/// | [`new`](Self::new), [`len`](Self::len), [`clone`](Clone::clone), [`ptr_eq`](Self::ptr_eq) | O(1) |
/// | [`get`](Self::get), [`contains_key`](Self::contains_key), indexing | O(log n) |
/// | [`insert`](Self::insert), [`remove`](Self::remove), [`entry`](Self::entry), [`get_mut`](Self::get_mut) | O(log n); in place where nothing is shared |
/// | [`update`](Self::update), [`without`](Self::without), [`alter`](Self::alter), [`extract`](Self::extract) | O(log n), copying one path |
/// | removing a key that is absent, or asking for its value to change it | O(log n), copying nothing |
/// | [`iter`](Self::iter), [`keys`](Self::keys), [`values`](Self::values), [`iter_mut`](Self::iter_mut) | O(n) in all |
/// | [`retain`](Self::retain) | O(n) |
/// | `collect`, `From`, [`extend`](Extend::extend) of an empty map | O(n), in bulk |
/// | [`extend`](Extend::extend) of a map with entries | O(m log n) |
/// | [`union`](Self::union), [`intersection`](Self::intersection), [`relative_complement`](Self::relative_complement), [`symmetric_difference`](Self::symmetric_difference) | structural, O(d) |
/// | [`union_with`](Self::union_with), [`symmetric_difference_with`](Self::symmetric_difference_with) and the like | O(min(n, m) log max(n, m)): the function sees every common key |
/// | `==`, [`is_submap`](Self::is_submap) | structural, O(d) |
/// | [`is_submap_by`](Self::is_submap_by) | O(n log m): the function sees every value |
/// | [`diff`](Self::diff) | structural, O(d) |
/// | [`merge3`](Self::merge3) | O(c log n), `c` being what `theirs` changed |
/// | `Hash` | O(n) |
///
/// The logarithm is to base 8 and ends at leaves of up to 32 entries, so a million entries
/// are about five steps deep. All of this is meant for a hasher that spreads keys well: keys
/// with the same hash are searched one by one.
///
/// The union, intersection and complements return this map's very tree when the result
/// equals it, which [`ptr_eq`](Self::ptr_eq) shows. The union returns the other map's tree
/// only where this one has nothing of its own: its entries win, and equal keys or values can
/// still differ in what `Eq` does not see.
///
/// # Order
///
/// Iteration order depends on the hashes only. It is the same for clones of one version;
/// with the default hasher it changes from one process to the next. Nothing more is
/// promised.
///
/// # Closures, and panics in your code
///
/// No closure given to a map is called twice for the same entry, and none is run again
/// after it returned. `Hash`, `Eq`, `Clone` and closures may panic: the panic reaches the
/// caller, no snapshot is affected, and the map being changed stays a valid map.
///
/// It is a logic error to change a key so that its hash or its equality changes while it
/// is in a map; the map may then fail to find entries, but stays memory safe.
///
/// # The third parameter in expressions
///
/// The default of `S` counts where a type is written, not where one is inferred. So
/// [`new`](Self::new), [`unit`](Self::unit), [`from`](Self::from) and
/// [`from_iter`](Self::from_iter), written after a bare `HashMap::`, mean the default hasher.
/// `default` does not: it makes a map with whichever hasher the context asks for, and
/// needs a type where the context asks for none. A map with another hasher is made by
/// [`with_hasher`](Self::with_hasher), `default` or `collect`.
///
/// ```
/// use heptad::HashMap;
///
/// let counts: HashMap<&str, u32> = HashMap::default();
/// let sipped: HashMap<&str, u32, std::hash::RandomState> = HashMap::default();
/// assert_eq!(counts, sipped);
/// ```
pub struct HashMap<K, V, S = RandomState> {
    /// The entries, each placed by the hash that `hasher` gives to its key.
    pub(super) trie: Trie<K, V>,
    pub(super) hasher: S,
    /// Equal in two maps of this type only if their hashers hash alike.
    pub(super) id: HasherId,
}

impl<K, V> HashMap<K, V> {
    /// An empty map with the default hasher. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut ages = HashMap::new();
    /// ages.insert("ada", 36);
    /// assert_eq!(ages.len(), 1);
    /// ```
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// A map with one entry and the default hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// assert_eq!(HashMap::unit("ada", 36), hashmap! { "ada" => 36 });
    /// ```
    #[inline]
    #[must_use]
    pub fn unit(k: K, v: V) -> Self
    where
        K: Hash + Eq + Clone,
        V: Clone,
    {
        let mut map = Self::new();
        map.insert(k, v);
        map
    }
}

impl<K, V, S> HashMap<K, V, S> {
    /// An empty map with the given hasher. Allocates nothing.
    ///
    /// Maps given separate hashers are merged and compared entry by entry, even if the
    /// hashers happen to agree, unless `S` has size zero. To make maps that can be merged
    /// structurally, make one from the other by `clone` or [`new_from`](Self::new_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    /// use std::hash::RandomState;
    ///
    /// let mut map = HashMap::with_hasher(RandomState::new());
    /// map.insert("ada", 36);
    /// assert_eq!(map["ada"], 36);
    /// ```
    #[inline]
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self {
            trie: Trie::new(),
            hasher,
            id: HasherId::of_new::<S>(),
        }
    }

    /// The map's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// let map = hashmap! { 1 => "one" };
    /// let other: HashMap<&str, u8> = HashMap::with_hasher(*map.hasher());
    /// assert!(other.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// An empty map, of other types perhaps, with this map's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    /// use std::hash::RandomState;
    ///
    /// let names: HashMap<u32, &str, RandomState> = HashMap::default();
    /// let mut more = names.new_from();
    /// more.insert(1, "one");
    /// assert_eq!(names.union(more).len(), 1); // they hash alike
    /// ```
    #[inline]
    #[must_use]
    pub fn new_from<K1, V1>(&self) -> HashMap<K1, V1, S>
    where
        S: Clone,
    {
        self.with_trie(Trie::new())
    }

    /// A map of `trie`, which must have been built with this map's hasher.
    #[inline]
    fn with_trie<K1, V1>(&self, trie: Trie<K1, V1>) -> HashMap<K1, V1, S>
    where
        S: Clone,
    {
        HashMap {
            trie,
            hasher: self.hasher.clone(),
            id: if cfg!(heptad_mutant = "map_gives_results_new_hasher_ids") {
                HasherId::of_new::<S>()
            } else {
                self.id
            },
        }
    }

    /// Whether a key has the same hash in both maps, known for sure.
    #[inline]
    fn hashes_like<K1, V1>(&self, other: &HashMap<K1, V1, S>) -> bool {
        self.id == other.id
    }

    /// The number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// assert_eq!(hashmap! { 1 => "one", 2 => "two" }.len(), 2);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.trie.len()
    }

    /// Whether the map has no entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashMap, hashmap};
    ///
    /// assert!(HashMap::<u32, u32>::new().is_empty());
    /// assert!(!hashmap! { 1 => "one" }.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trie.is_empty()
    }

    /// Whether the two maps are one tree in memory, and so surely equal. O(1).
    ///
    /// `false` says nothing: separate trees may hold equal entries. Two empty maps have no
    /// tree and count as one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let map = hashmap! { 1 => "one" };
    /// let mut copy = map.clone();
    /// assert!(map.ptr_eq(&copy));
    ///
    /// copy.remove(&2); // absent: nothing to change
    /// assert!(map.ptr_eq(&copy));
    ///
    /// copy.insert(2, "two");
    /// assert!(!map.ptr_eq(&copy));
    /// ```
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.trie.ptr_eq(&other.trie)
    }

    /// The nodes of the tree, for this crate's own tests: the path of slots to each, and
    /// how many entries it holds if it is a leaf. Not part of the API.
    #[doc(hidden)]
    #[must_use]
    pub fn __shape(&self) -> impl std::fmt::Debug + PartialEq + use<K, V, S> {
        self.trie.shape()
    }

    /// Removes all entries. The hasher stays.
    ///
    /// O(1) where another version shares the tree, otherwise as long as it takes
    /// to drop the entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut map = hashmap! { 1 => "one" };
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.trie = Trie::new();
    }

    /// The entries in the map's order, as `(&K, &V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let map = hashmap! { "ada" => 36, "alan" => 41 };
    /// let mut entries: Vec<_> = map.iter().collect();
    /// entries.sort();
    /// assert_eq!(entries, [(&"ada", &36), (&"alan", &41)]);
    /// ```
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.trie)
    }

    /// The keys, in the same order as [`iter`](Self::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let map = hashmap! { "ada" => 36, "alan" => 41 };
    /// assert!(map.keys().all(|name| name.starts_with('a')));
    /// ```
    #[inline]
    #[must_use]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(&self.trie)
    }

    /// The values, in the same order as [`iter`](Self::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let map = hashmap! { "ada" => 36, "alan" => 41 };
    /// assert_eq!(map.values().sum::<u32>(), 77);
    /// ```
    #[inline]
    #[must_use]
    pub fn values(&self) -> Values<'_, K, V> {
        Values::new(&self.trie)
    }
}

/// Looking up needs no `Clone`.
impl<K, V, S> HashMap<K, V, S>
where
    S: BuildHasher,
{
    /// The entry of `key` as the trie keeps it.
    #[inline]
    fn find<Q>(&self, key: &Q) -> Option<&(K, V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.trie
            .get(self.hasher.hash_one(key), |k| key.equivalent(k))
    }

    /// The value of `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada".to_string() => 36 };
    /// assert_eq!(ages.get("ada"), Some(&36));
    /// assert_eq!(ages.get("bob"), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find(key).map(|(_, v)| v)
    }

    /// The entry of `key`: the key as it is in the map, and its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada".to_string() => 36 };
    /// assert_eq!(ages.get_key_value("ada"), Some((&"ada".to_string(), &36)));
    /// ```
    #[inline]
    #[must_use]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find(key).map(|(k, v)| (k, v))
    }

    /// Whether `key` has an entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada" => 36 };
    /// assert!(ages.contains_key("ada"));
    /// assert!(!ages.contains_key("bob"));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find(key).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{RefUnwindSafe, UnwindSafe};

    const fn is_shareable<T: Send + Sync>() {}
    const fn survives_panics<T: UnwindSafe + RefUnwindSafe>() {}

    const _: () = {
        is_shareable::<HashMap<String, String>>();
        is_shareable::<Iter<'static, String, String>>();
        is_shareable::<IterMut<'static, String, String>>();
        is_shareable::<Keys<'static, String, String>>();
        is_shareable::<Values<'static, String, String>>();
        is_shareable::<ConsumingIter<String, String>>();
        is_shareable::<Diff<'static, 'static, String, String>>();
        is_shareable::<Entry<'static, String, String>>();
        survives_panics::<HashMap<String, String>>();
    };

    /// These compile only if the types are covariant in what they hold.
    #[expect(dead_code, reason = "the check is that they compile")]
    mod covariance {
        use super::*;

        type Str = &'static str;

        fn map<'a>(it: HashMap<Str, Str>) -> HashMap<&'a str, &'a str> {
            it
        }

        fn iter<'a>(it: Iter<'a, Str, Str>) -> Iter<'a, &'a str, &'a str> {
            it
        }

        fn keys<'a>(it: Keys<'a, Str, Str>) -> Keys<'a, &'a str, &'a str> {
            it
        }

        fn values<'a>(it: Values<'a, Str, Str>) -> Values<'a, &'a str, &'a str> {
            it
        }

        fn consuming<'a>(it: ConsumingIter<Str, Str>) -> ConsumingIter<&'a str, &'a str> {
            it
        }
    }
}
