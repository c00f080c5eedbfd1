//! Changes that leave the map as it was and return a new one.
//!
//! Each starts from a snapshot, which is free, and copies one path of it.

use std::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::HashMap;

impl<K, V, S> HashMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    /// This map with the value of `k` set to `v`.
    ///
    /// A key that is present stays the object it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada" => 36 };
    /// assert_eq!(ages.update("alan", 41), hashmap! { "ada" => 36, "alan" => 41 });
    /// assert_eq!(ages.len(), 1);
    /// ```
    #[inline]
    #[must_use]
    pub fn update(&self, k: K, v: V) -> Self {
        let hash = self.hasher.hash_one(&k);
        let trie = self
            .trie
            .updated(hash, (k, v), |key| self.hasher.hash_one(key));
        self.with_trie(trie)
    }

    /// This map with the value of `k` set to `v`, or to `f(old, v)` if it had an old value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let stock = hashmap! { "apple" => 3 };
    /// let stock = stock.update_with("apple", 2, |old, new| old + new);
    /// let stock = stock.update_with("pear", 2, |old, new| old + new);
    /// assert_eq!(stock, hashmap! { "apple" => 5, "pear" => 2 });
    /// ```
    #[must_use]
    pub fn update_with<F>(&self, k: K, v: V, f: F) -> Self
    where
        F: FnOnce(V, V) -> V,
    {
        self.update_with_key(k, v, |_, old, new| f(old, new))
    }

    /// This map with the value of `k` set to `v`, or to `f(&k, old, v)` if it had an old
    /// value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let stock = hashmap! { "apple" => 3 };
    /// let stock = stock.update_with_key("apple", 2, |fruit, old, new| {
    ///     assert_eq!(*fruit, "apple");
    ///     old + new
    /// });
    /// assert_eq!(stock["apple"], 5);
    /// ```
    #[must_use]
    pub fn update_with_key<F>(&self, k: K, v: V, f: F) -> Self
    where
        F: FnOnce(&K, V, V) -> V,
    {
        self.altered(k, |key, old| match old {
            None => Some(v),
            Some(old) => Some(f(key, old.clone(), v)),
        })
    }

    /// The old value of `k`, and this map with that value set to `v`, or to
    /// `f(&k, &old, v)` if there was an old value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let stock = hashmap! { "apple" => 3 };
    /// let (old, stock) = stock.update_lookup_with_key("apple", 2, |_, old, new| old + new);
    /// assert_eq!(old, Some(3));
    /// assert_eq!(stock["apple"], 5);
    /// ```
    #[must_use]
    pub fn update_lookup_with_key<F>(&self, k: K, v: V, f: F) -> (Option<V>, Self)
    where
        F: FnOnce(&K, &V, V) -> V,
    {
        let mut before = None;
        let map = self.altered(k, |key, old| match old {
            None => Some(v),
            Some(old) => {
                before = Some(old.clone());
                Some(f(key, old, v))
            }
        });
        (before, map)
    }

    /// This map with the value of `k` changed by `f`, which gets the value there is, if any,
    /// and returns the one to have, if any.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let stock = hashmap! { "apple" => 1 };
    /// let sell_one = |count: Option<i32>| count.filter(|n| *n > 1).map(|n| n - 1);
    /// assert!(stock.alter(sell_one, "apple").is_empty());
    /// assert!(stock.alter(sell_one, "pear").ptr_eq(&stock));
    /// assert_eq!(stock.alter(|_| Some(9), "pear")["pear"], 9);
    /// ```
    #[must_use]
    pub fn alter<F>(&self, f: F, k: K) -> Self
    where
        F: FnOnce(Option<V>) -> Option<V>,
    {
        self.altered(k, |_, old| f(old.cloned()))
    }

    /// This map with `f` applied to the place of `key`, found once.
    fn altered<F>(&self, key: K, f: F) -> Self
    where
        F: FnOnce(&K, Option<&V>) -> Option<V>,
    {
        let mut out = self.clone();
        let hasher = &out.hasher;
        let cursor = out.trie.seek(hasher.hash_one(&key), |k| *k == key);
        let old = cursor.entry().map(|(_, value)| value);
        match f(&key, old) {
            Some(value) => {
                cursor.insert((key, value), |k| hasher.hash_one(k));
            }
            None => {
                cursor.remove();
            }
        }
        out
    }

    /// This map without the entry of `k`; the very same map if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada" => 36, "alan" => 41 };
    /// assert_eq!(ages.without("alan"), hashmap! { "ada" => 36 });
    /// assert!(ages.without("bob").ptr_eq(&ages));
    /// ```
    #[inline]
    #[must_use]
    pub fn without<Q>(&self, k: &Q) -> Self
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(k);
        match self.trie.without(hash, |key| k.equivalent(key)) {
            Some(trie) => self.with_trie(trie),
            None => self.clone(),
        }
    }

    /// The value of `k`, and this map without its entry; `None` if it has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada" => 36, "alan" => 41 };
    /// let (age, others) = ages.extract("alan").unwrap();
    /// assert_eq!(age, 41);
    /// assert_eq!(others, hashmap! { "ada" => 36 });
    /// assert_eq!(ages.extract("bob"), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn extract<Q>(&self, k: &Q) -> Option<(V, Self)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.extract_with_key(k).map(|(_, v, map)| (v, map))
    }

    /// The entry of `k`, and this map without it; `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let ages = hashmap! { "ada".to_string() => 36 };
    /// let (name, age, others) = ages.extract_with_key("ada").unwrap();
    /// assert_eq!((name.as_str(), age), ("ada", 36));
    /// assert!(others.is_empty());
    /// ```
    #[must_use]
    pub fn extract_with_key<Q>(&self, k: &Q) -> Option<(K, V, Self)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let mut rest = self.clone();
        let (key, value) = rest.remove_with_key(k)?;
        Some((key, value, rest))
    }
}
