//! Changes in place: what other versions share is copied first, the rest is not.

use std::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::{Entry, HashMap, IterMut};

impl<K, V, S> HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The entries with the values mutable, in the same order as [`iter`](Self::iter).
    ///
    /// Nodes that other versions share are copied first.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut ages = hashmap! { "ada" => 36, "alan" => 41 };
    /// let before = ages.clone();
    /// for (_, age) in ages.iter_mut() {
    ///     *age += 1;
    /// }
    /// assert_eq!(ages, hashmap! { "ada" => 37, "alan" => 42 });
    /// assert_eq!(before["ada"], 36);
    /// ```
    #[inline]
    #[must_use]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(&mut self.trie)
    }

    /// The value of `key`, to change in place. An absent key copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut ages = hashmap! { "ada" => 36 };
    /// if let Some(age) = ages.get_mut("ada") {
    ///     *age += 1;
    /// }
    /// assert_eq!(ages["ada"], 37);
    /// ```
    #[inline]
    #[must_use]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get_key_value_mut(key).map(|(_, v)| v)
    }

    /// The entry of `key`: the key as it is in the map, and the value to change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut ages = hashmap! { "ada".to_string() => 36 };
    /// let (name, age) = ages.get_key_value_mut("ada").unwrap();
    /// *age += name.len();
    /// assert_eq!(ages["ada"], 39);
    /// ```
    #[inline]
    #[must_use]
    pub fn get_key_value_mut<Q>(&mut self, key: &Q) -> Option<(&K, &mut V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        self.trie.get_mut(hash, |k| key.equivalent(k))
    }

    /// Sets the value of `k` to `v` and returns the value it replaced.
    ///
    /// A key that is present stays the object it was and `k` is dropped, as in
    /// [`std::collections::HashMap`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut ages = HashMap::new();
    /// assert_eq!(ages.insert("ada", 36), None);
    /// assert_eq!(ages.insert("ada", 37), Some(36));
    /// ```
    #[inline]
    pub fn insert(&mut self, k: K, v: V) -> Option<V> {
        let hash = self.hasher.hash_one(&k);
        self.trie
            .insert(hash, (k, v), |key| self.hasher.hash_one(key))
    }

    /// Removes the entry of `k` and returns its value. An absent key copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut ages = hashmap! { "ada" => 36 };
    /// assert_eq!(ages.remove("ada"), Some(36));
    /// assert_eq!(ages.remove("ada"), None);
    /// ```
    #[inline]
    pub fn remove<Q>(&mut self, k: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_with_key(k).map(|(_, v)| v)
    }

    /// Removes the entry of `k` and returns it. An absent key copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut ages = hashmap! { "ada".to_string() => 36 };
    /// assert_eq!(ages.remove_with_key("ada"), Some(("ada".to_string(), 36)));
    /// assert!(ages.is_empty());
    /// ```
    #[inline]
    pub fn remove_with_key<Q>(&mut self, k: &Q) -> Option<(K, V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(k);
        self.trie.remove(hash, |key| k.equivalent(key))
    }

    /// The place of `key`, to look at and then fill, change or empty.
    ///
    /// The key is hashed once and the tree is searched once. Nothing is copied before
    /// the entry is used to change something.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashMap;
    ///
    /// let mut words = HashMap::new();
    /// for word in ["to", "be", "or", "not", "to", "be"] {
    ///     *words.entry(word).or_insert(0) += 1;
    /// }
    /// assert_eq!(words["be"], 2);
    /// assert_eq!(words["or"], 1);
    /// ```
    #[inline]
    #[must_use]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, S> {
        Entry::seek(self, key)
    }

    /// Keeps the entries for which `f` returns `true` and removes the others.
    ///
    /// `f` is called once for each entry. If it keeps them all, nothing is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let mut ages = hashmap! { "ada" => 36, "alan" => 41, "grace" => 85 };
    /// ages.retain(|_, age| *age > 40);
    /// assert_eq!(ages, hashmap! { "alan" => 41, "grace" => 85 });
    /// ```
    pub fn retain<F>(&mut self, f: F)
    where
        F: FnMut(&K, &V) -> bool,
    {
        self.trie.retain(f);
    }
}
