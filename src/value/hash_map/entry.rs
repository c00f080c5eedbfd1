//! One key's place in a map: found once, then looked at, filled, changed or emptied.
//!
//! The place is a [`Cursor`] of the trie. It copies nothing until it is used to change
//! something, so an entry that is only looked at leaves all sharing intact.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::mem;

use super::{HashMap, RandomState};
use crate::value::hash_trie::Cursor;

/// The place of a key in a map, made by [`HashMap::entry`].
///
/// Neither the key is hashed nor the tree searched again when the entry is used.
///
/// # Examples
///
/// ```
/// use heptad::hashmap::{Entry, HashMap};
///
/// let mut stock = HashMap::from([("apple", 3)]);
/// match stock.entry("apple") {
///     Entry::Occupied(mut place) => *place.get_mut() += 1,
///     Entry::Vacant(place) => {
///         place.insert(1);
///     }
/// }
/// assert_eq!(stock["apple"], 4);
/// ```
pub enum Entry<'a, K, V, S = RandomState> {
    /// The key has an entry.
    Occupied(OccupiedEntry<'a, K, V, S>),
    /// The key has none.
    Vacant(VacantEntry<'a, K, V, S>),
}

/// The place of a key that has an entry.
///
/// # Examples
///
/// ```
/// use heptad::hashmap::{Entry, HashMap};
///
/// let mut stock = HashMap::from([("apple", 3)]);
/// if let Entry::Occupied(place) = stock.entry("apple") {
///     assert_eq!(place.remove_entry(), ("apple", 3));
/// }
/// assert!(stock.is_empty());
/// ```
pub struct OccupiedEntry<'a, K, V, S = RandomState> {
    /// Always on an entry.
    cursor: Cursor<'a, K, V>,
    hasher: PhantomData<&'a S>,
}

/// The place where the entry of a key would be.
///
/// # Examples
///
/// ```
/// use heptad::hashmap::{Entry, HashMap};
///
/// let mut stock = HashMap::from([("apple", 3)]);
/// if let Entry::Vacant(place) = stock.entry("pear") {
///     assert_eq!(*place.insert(5), 5);
/// }
/// assert_eq!(stock.len(), 2);
/// ```
pub struct VacantEntry<'a, K, V, S = RandomState> {
    key: K,
    /// Never on an entry.
    cursor: Cursor<'a, K, V>,
    hasher: &'a S,
}

impl<'a, K, V, S> Entry<'a, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    #[inline]
    pub(super) fn seek(map: &'a mut HashMap<K, V, S>, key: K) -> Self {
        let hasher = &map.hasher;
        let cursor = map.trie.seek(hasher.hash_one(&key), |k| *k == key);
        if cursor.entry().is_some() {
            Self::Occupied(OccupiedEntry {
                cursor,
                hasher: PhantomData,
            })
        } else {
            Self::Vacant(VacantEntry {
                key,
                cursor,
                hasher,
            })
        }
    }

    /// The value, after inserting `default` if there was none.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut stock = HashMap::new();
    /// *stock.entry("apple").or_insert(0) += 2;
    /// *stock.entry("apple").or_insert(0) += 2;
    /// assert_eq!(stock["apple"], 4);
    /// ```
    #[inline]
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// The value, after inserting what `default` returns if there was none.
    ///
    /// `default` is called at most once, and before anything is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut groups: HashMap<char, Vec<&str>> = HashMap::new();
    /// for word in ["ant", "bee", "ape"] {
    ///     groups.entry(word.chars().next().unwrap()).or_insert_with(Vec::new).push(word);
    /// }
    /// assert_eq!(groups[&'a'], ["ant", "ape"]);
    /// ```
    #[inline]
    pub fn or_insert_with<F>(self, default: F) -> &'a mut V
    where
        F: FnOnce() -> V,
    {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(default()),
        }
    }

    /// The value, after inserting what `default` makes of the key if there was none.
    ///
    /// `default` is called at most once, and before anything is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut lengths = HashMap::new();
    /// assert_eq!(*lengths.entry("apple").or_insert_with_key(|word| word.len()), 5);
    /// ```
    #[inline]
    pub fn or_insert_with_key<F>(self, default: F) -> &'a mut V
    where
        F: FnOnce(&K) -> V,
    {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => {
                let value = default(entry.key());
                entry.insert(value)
            }
        }
    }

    /// The value, after inserting the default of its type if there was none.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut seen: HashMap<&str, u32> = HashMap::new();
    /// *seen.entry("apple").or_default() += 1;
    /// assert_eq!(seen["apple"], 1);
    /// ```
    #[inline]
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(V::default()),
        }
    }

    /// The key: the one in the map if there is an entry, otherwise the one asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut stock: HashMap<&str, u32> = HashMap::new();
    /// assert_eq!(stock.entry("apple").key(), &"apple");
    /// ```
    #[inline]
    #[must_use]
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }

    /// Changes the value by `f` if there is one, and hands the entry on.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// for fruit in ["apple", "pear"] {
    ///     stock.entry(fruit).and_modify(|n| *n += 1).or_insert(1);
    /// }
    /// assert_eq!(stock, hashmap! { "apple" => 4, "pear" => 1 });
    /// ```
    #[inline]
    pub fn and_modify<F>(mut self, f: F) -> Self
    where
        F: FnOnce(&mut V),
    {
        if let Self::Occupied(entry) = &mut self {
            f(entry.get_mut());
        }
        self
    }
}

/// What [`OccupiedEntry`] relies on; broken only if the trie loses an entry it has found.
const OCCUPIED: &str = "an occupied entry is on an entry";

impl<'a, K, V, S> OccupiedEntry<'a, K, V, S>
where
    K: Clone,
    V: Clone,
{
    #[inline]
    fn pair(&self) -> &(K, V) {
        self.cursor.entry().expect(OCCUPIED)
    }

    /// The key as it is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// if let Entry::Occupied(place) = stock.entry("apple") {
    ///     assert_eq!(place.key(), &"apple");
    /// }
    /// ```
    #[inline]
    #[must_use]
    pub fn key(&self) -> &K {
        &self.pair().0
    }

    /// The value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// if let Entry::Occupied(place) = stock.entry("apple") {
    ///     assert_eq!(place.get(), &3);
    /// }
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self) -> &V {
        &self.pair().1
    }

    /// The value, to change in place while the entry is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// if let Entry::Occupied(mut place) = stock.entry("apple") {
    ///     *place.get_mut() += 1;
    ///     *place.get_mut() += 1;
    /// }
    /// assert_eq!(stock["apple"], 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self) -> &mut V {
        self.cursor.value_mut().expect(OCCUPIED)
    }

    /// The value, to change for as long as the map is borrowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// let apples: &mut i32 = match stock.entry("apple") {
    ///     Entry::Occupied(place) => place.into_mut(),
    ///     Entry::Vacant(place) => place.insert(0),
    /// };
    /// *apples += 1;
    /// assert_eq!(stock["apple"], 4);
    /// ```
    #[inline]
    #[must_use]
    pub fn into_mut(self) -> &'a mut V {
        self.cursor.into_mut().expect(OCCUPIED)
    }

    /// Sets the value and returns the one it replaced.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// if let Entry::Occupied(mut place) = stock.entry("apple") {
    ///     assert_eq!(place.insert(9), 3);
    /// }
    /// assert_eq!(stock["apple"], 9);
    /// ```
    #[inline]
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the entry and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// if let Entry::Occupied(place) = stock.entry("apple") {
    ///     assert_eq!(place.remove(), 3);
    /// }
    /// assert!(stock.is_empty());
    /// ```
    #[inline]
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Removes the entry and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{hashmap, hashmap::Entry};
    ///
    /// let mut stock = hashmap! { "apple" => 3 };
    /// if let Entry::Occupied(place) = stock.entry("apple") {
    ///     assert_eq!(place.remove_entry(), ("apple", 3));
    /// }
    /// assert!(stock.is_empty());
    /// ```
    #[inline]
    pub fn remove_entry(self) -> (K, V) {
        self.cursor.remove().expect(OCCUPIED)
    }
}

impl<'a, K, V, S> VacantEntry<'a, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The key that was asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap::{Entry, HashMap};
    ///
    /// let mut stock: HashMap<&str, u32> = HashMap::new();
    /// if let Entry::Vacant(place) = stock.entry("apple") {
    ///     assert_eq!(place.key(), &"apple");
    /// }
    /// ```
    #[inline]
    #[must_use]
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key that was asked for, handed back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap::{Entry, HashMap};
    ///
    /// let mut stock: HashMap<String, u32> = HashMap::new();
    /// if let Entry::Vacant(place) = stock.entry("apple".to_string()) {
    ///     assert_eq!(place.into_key(), "apple");
    /// }
    /// assert!(stock.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts `value` under the key and returns it, to change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap::{Entry, HashMap};
    ///
    /// let mut stock = HashMap::new();
    /// if let Entry::Vacant(place) = stock.entry("apple") {
    ///     *place.insert(3) += 1;
    /// }
    /// assert_eq!(stock["apple"], 4);
    /// ```
    #[inline]
    pub fn insert(self, value: V) -> &'a mut V {
        let hasher = self.hasher;
        self.cursor
            .insert((self.key, value), |key| hasher.hash_one(key))
    }
}

impl<K, V, S> fmt::Debug for Entry<'_, K, V, S>
where
    K: fmt::Debug + Clone,
    V: fmt::Debug + Clone,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K, V, S> fmt::Debug for OccupiedEntry<'_, K, V, S>
where
    K: fmt::Debug + Clone,
    V: fmt::Debug + Clone,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish()
    }
}

impl<K, V, S> fmt::Debug for VacantEntry<'_, K, V, S>
where
    K: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
