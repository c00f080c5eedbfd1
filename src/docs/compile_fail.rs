//! Misuse that must not compile. Tests, not documentation: mounted hidden, run with the doctests.
//!
//! Stable Rust does not check the error code of a `compile_fail` example, so an example that
//! fails for a wrong reason would pass unseen. Each one therefore stands beside a twin that
//! differs in the marked line only, and compiles.
//!
//! # A map crosses threads only if its contents do
//!
//! ```
//! let map = heptad::HashMap::unit(1, std::sync::Arc::new(2)); // this
//! std::thread::spawn(move || map.len()).join().unwrap();
//! ```
//! ```compile_fail,E0277
//! let map = heptad::HashMap::unit(1, std::rc::Rc::new(2)); // this
//! std::thread::spawn(move || map.len()).join().unwrap();
//! ```
//!
//! Not with contents that are `Send` alone either: a clone elsewhere reads the same node.
//!
//! ```
//! let map = heptad::HashMap::unit(1, std::sync::atomic::AtomicU8::new(2).into_inner()); // this
//! std::thread::spawn(move || map.len()).join().unwrap();
//! ```
//! ```compile_fail,E0277
//! let map = heptad::HashMap::unit(1, std::cell::Cell::new(2)); // this
//! std::thread::spawn(move || map.len()).join().unwrap();
//! ```
//!
//! # A set crosses threads only if its elements do
//!
//! ```
//! let set = heptad::HashSet::unit(std::sync::Arc::new(2)); // this
//! std::thread::scope(|scope| scope.spawn(|| set.len()).join().unwrap());
//! ```
//! ```compile_fail,E0277
//! let set = heptad::HashSet::unit(std::rc::Rc::new(2)); // this
//! std::thread::scope(|scope| scope.spawn(|| set.len()).join().unwrap());
//! ```
//!
//! # An iterator borrows its map
//!
//! ```
//! let mut map = heptad::hashmap! {1 => 2};
//! let first = map.iter().next().map(|(k, v)| (*k, *v)); // this
//! map.insert(3, 4);
//! assert_eq!(first, Some((1, 2)));
//! ```
//! ```compile_fail,E0502
//! let mut map = heptad::hashmap! {1 => 2};
//! let first = map.iter().next(); // this
//! map.insert(3, 4);
//! assert_eq!(first, Some((&1, &2)));
//! ```
//!
//! # A reference does not outlive its map
//!
//! ```
//! let map = heptad::hashmap! {1 => 2};
//! let value = map.get(&1).copied(); // this
//! drop(map);
//! assert_eq!(value, Some(2));
//! ```
//! ```compile_fail,E0505
//! let map = heptad::hashmap! {1 => 2};
//! let value = map.get(&1); // this
//! drop(map);
//! assert_eq!(value, Some(&2));
//! ```
//!
//! # Two mutable references come from one iterator, not from two looks
//!
//! ```
//! let mut map = heptad::hashmap! {1 => 2, 3 => 4};
//! let mut both = map.iter_mut().map(|(_, value)| value); // this
//! std::mem::swap(both.next().unwrap(), both.next().unwrap());
//! ```
//! ```compile_fail,E0499
//! let mut map = heptad::hashmap! {1 => 2, 3 => 4};
//! let (a, b) = (map.get_mut(&1), map.get_mut(&3)); // this
//! std::mem::swap(a.unwrap(), b.unwrap());
//! ```
//!
//! # A key cannot be changed in place
//!
//! ```
//! let mut map = heptad::hashmap! {1 => 2};
//! map.iter_mut().for_each(|(_, value)| *value += 1); // this
//! ```
//! ```compile_fail,E0594
//! let mut map = heptad::hashmap! {1 => 2};
//! map.iter_mut().for_each(|(key, _)| *key += 1); // this
//! ```
//!
//! # An entry holds its map
//!
//! ```
//! let mut map = heptad::hashmap! {1 => 2};
//! map.entry(1).or_insert(3); // this
//! map.clear();
//! ```
//! ```compile_fail,E0499
//! let mut map = heptad::hashmap! {1 => 2};
//! let value = map.entry(1).or_insert(3); // this
//! map.clear();
//! *value = 4;
//! ```
//!
//! # A mutable iterator does not shorten the lifetime of what is stored
//!
//! ```
//! fn store(map: &mut heptad::HashMap<u8, String>) { // this
//!     let local = String::from("local");
//!     for (_, value) in map.iter_mut() {
//!         *value = local.as_str().into();
//!     }
//! }
//! store(&mut heptad::hashmap! {1 => "static".into()});
//! ```
//! ```compile_fail,E0597
//! fn store(map: &mut heptad::HashMap<u8, &'static str>) { // this
//!     let local = String::from("local");
//!     for (_, value) in map.iter_mut() {
//!         *value = local.as_str().into();
//!     }
//! }
//! store(&mut heptad::hashmap! {1 => "static".into()});
//! ```
//!
//! # A diff borrows both maps
//!
//! ```
//! let (old, new) = (heptad::hashmap! {1 => 2}, heptad::hashmap! {1 => 3});
//! let changes = old.diff(&new).count(); // this
//! drop(new);
//! assert_eq!(changes, 1);
//! ```
//! ```compile_fail,E0505
//! let (old, new) = (heptad::hashmap! {1 => 2}, heptad::hashmap! {1 => 3});
//! let changes = old.diff(&new); // this
//! drop(new);
//! assert_eq!(changes.count(), 1);
//! ```
//!
//! # The guard of an atom stays on its thread
//!
//! ```
//! let atom = heptad::Atom::new(1);
//! let value = atom.load_full(); // this
//! std::thread::scope(|scope| scope.spawn(move || *value).join().unwrap());
//! ```
//! ```compile_fail,E0277
//! let atom = heptad::Atom::new(1);
//! let value = atom.load(); // this
//! std::thread::scope(|scope| scope.spawn(move || *value).join().unwrap());
//! ```
//!
//! # The guard of an atom does not outlive it
//!
//! ```
//! let atom = heptad::Atom::new(1);
//! let value = atom.load_full(); // this
//! drop(atom);
//! assert_eq!(*value, 1);
//! ```
//! ```compile_fail,E0505
//! let atom = heptad::Atom::new(1);
//! let value = atom.load(); // this
//! drop(atom);
//! assert_eq!(*value, 1);
//! ```
//!
//! # What `with` lends does not leave its closure
//!
//! ```
//! let atom = heptad::Atom::new(String::from("a"));
//! let text = atom.with(|text| text.clone()); // this
//! assert_eq!(text, "a");
//! ```
//! ```compile_fail
//! let atom = heptad::Atom::new(String::from("a"));
//! let text = atom.with(|text| text.as_str()); // this
//! assert_eq!(text, "a");
//! ```
//!
//! # An atom holds what every thread may read and drop
//!
//! ```
//! let atom = heptad::Atom::new(std::sync::Arc::new(1)); // this
//! assert_eq!(atom.with(|value| **value), 1);
//! ```
//! ```compile_fail,E0277
//! let atom = heptad::Atom::new(std::rc::Rc::new(1)); // this
//! assert_eq!(atom.with(|value| **value), 1);
//! ```
