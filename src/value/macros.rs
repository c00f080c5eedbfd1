//! `hashmap!` and `hashset!` write collections down; `get_in!` and `update_in!` reach into
//! nested ones.

/// A [`HashMap`](crate::HashMap) of the given entries, with the default hasher.
///
/// For a key given twice, the last value counts.
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// let ages = hashmap! {
///     "ada" => 36,
///     "alan" => 41,
/// };
/// assert_eq!(ages["ada"], 36);
/// ```
#[macro_export]
macro_rules! hashmap {
    () => {
        $crate::HashMap::new()
    };
    ($($key:expr => $value:expr),+ $(,)?) => {{
        let mut map = $crate::HashMap::new();
        $(map.insert($key, $value);)+
        map
    }};
}

/// A [`HashSet`](crate::HashSet) of the given elements, with the default hasher.
///
/// # Examples
///
/// ```
/// use heptad::hashset;
///
/// let primes = hashset! { 2, 3, 5, 7 };
/// assert!(primes.contains(&5));
/// ```
#[macro_export]
macro_rules! hashset {
    () => {
        $crate::HashSet::new()
    };
    ($($element:expr),+ $(,)?) => {{
        let mut set = $crate::HashSet::new();
        $(set.insert($element);)+
        set
    }};
}

/// The value at the end of a path of keys through nested collections, or `None` if one of the
/// keys is absent.
///
/// `get_in![map, k1 => k2 => k3]` looks `k1` up in `map`, `k2` in what that gives, and so on.
/// Each key is written as the collection's `get` takes it.
///
/// # Examples
///
/// ```
/// use heptad::{get_in, hashmap};
///
/// let config = hashmap! { "window" => hashmap! { "width" => 800 } };
/// assert_eq!(get_in![config, "window" => "width"], Some(&800));
/// assert_eq!(get_in![config, "window" => "depth"], None);
/// assert_eq!(get_in![config, "cellar" => "depth"], None);
/// ```
#[macro_export]
macro_rules! get_in {
    ($target:expr, $path:expr $(,)?) => {
        $target.get($path)
    };
    ($target:expr, $path:expr => $($rest:tt)+) => {
        $target
            .get($path)
            .and_then(|inner| $crate::get_in!(inner, $($rest)+))
    };
}

/// Nested collections with the value at the end of a path of keys replaced.
///
/// `update_in![map, k1 => k2 => k3, value]` returns a new version of `map`, which stays as it
/// was. Only the collections on the path are copied, and of them only what changes.
/// Each key is written as the collection's `update` takes it; the last one need not be there.
///
/// # Panics
///
/// If one of the keys before the last is absent.
///
/// # Examples
///
/// ```
/// use heptad::{get_in, hashmap, update_in};
///
/// let config = hashmap! { "window" => hashmap! { "width" => 800 } };
/// let wide = update_in![config, "window" => "width", 1280];
/// assert_eq!(get_in![wide, "window" => "width"], Some(&1280));
/// assert_eq!(get_in![config, "window" => "width"], Some(&800));
/// ```
#[macro_export]
macro_rules! update_in {
    ($target:expr, $path:expr, $value:expr $(,)?) => {
        $target.update($path, $value)
    };
    ($target:expr, $path:expr => $($rest:tt)+) => {
        match (&$target, $path) {
            (target, path) => {
                let inner = target
                    .get(&path)
                    .expect("update_in!: a key on the path is absent");
                let inner = $crate::update_in!(inner, $($rest)+);
                target.update(path, inner)
            }
        }
    };
}
