//! Which type, and which method, for what you have.
//!
//! # A value or an identity
//!
//! A **value** never changes under whoever holds it: a [`HashMap`](crate::HashMap), a number, a
//! struct of both. Changing it through one handle leaves every other handle as it was, so values
//! can be sent, kept and compared without asking anyone.
//!
//! An **identity** stands for one thing over time: the stock of a shop, the state of a game. It
//! holds a value now and another one later. [`Atom`](crate::Atom) is the identity of this version.
//!
//! Put all that must agree into one value in one atom. Two atoms are two identities: nobody
//! sees them at one moment.
//!
//! # Which collection
//!
//! | you have | use |
//! |---|---|
//! | a map that is cloned, kept in versions, compared or merged | [`HashMap`](crate::HashMap) |
//! | the same without values | [`HashSet`](crate::HashSet) |
//! | a map with one owner and no second version | `std::collections::HashMap`, faster in place |
//! | keys in order, or ranges of keys | `std::collections::BTreeMap`; ordered collections are planned |
//! | a sequence | `Vec`, or `Arc<[T]>` if it never changes; a persistent vector is planned |
//!
//! Values that are costly to clone belong behind an `Arc`: an update copies the
//! neighbours of an entry whenever an older version still holds them.
//!
//! ```
//! use heptad::HashMap;
//! use std::sync::Arc;
//!
//! let mut pages: HashMap<String, Arc<str>> = HashMap::new();
//! pages.insert("index".to_string(), Arc::from("a long text"));
//! let published = pages.clone();
//! pages.insert("about".to_string(), Arc::from("another one"));
//! assert!(Arc::ptr_eq(&published["index"], &pages["index"]));
//! ```
//!
//! # Which method of an atom
//!
//! | you want | use | it may run your closure again |
//! |---|---|---|
//! | a short look | [`with`](crate::Atom::with) | no |
//! | a look that outlives a closure, on this thread | [`load`](crate::Atom::load) | |
//! | a snapshot to keep or to send | [`load_full`](crate::Atom::load_full) | |
//! | the next value, computed from the present one | [`swap`](crate::Atom::swap) | yes |
//! | the same, and the value it replaced | [`swap_vals`](crate::Atom::swap_vals) | yes |
//! | to set a value, whatever is there | [`reset`](crate::Atom::reset) | |
//! | to set a value if nobody was there first | [`compare_and_set`](crate::Atom::compare_and_set) | |
//! | to know whether, or how often, it has changed | [`version`](crate::Atom::version) | |
//!
//! A closure that may run again must have no effect but its result. What it needs to tell goes
//! into the value, or is read off the handles that come back:
//!
//! ```
//! use heptad::{Atom, HashMap, hashmap};
//!
//! // Take one apple, if there is one, and know whether this call took it.
//! fn take(stock: &Atom<HashMap<&'static str, u32>>) -> bool {
//!     let (had, has) = stock.swap_vals(|now| match now.get("apples") {
//!         Some(n) if *n > 0 => now.update("apples", n - 1),
//!         _ => now.clone(),
//!     });
//!     had.get("apples") != has.get("apples")
//! }
//!
//! let stock = Atom::new(hashmap! {"apples" => 1});
//! assert!(take(&stock));
//! assert!(!take(&stock));
//! ```
//!
//! A long computation is better done outside, on a snapshot, and offered once:
//!
//! ```
//! use heptad::Atom;
//!
//! let text = Atom::new(String::from("draft"));
//! let seen = text.load_full();
//! let edited = seen.to_uppercase(); // as long as it takes; nobody waits
//! match text.compare_and_set(&seen, edited) {
//!     Ok(new) => assert_eq!(*new, "DRAFT"),
//!     Err(beaten) => println!("lost to {:?}, still have {:?}", beaten.current, beaten.refused),
//! }
//! ```
//!
//! # When not to use an atom
//!
//! - One number that threads add to: `std::sync::atomic`. An atom allocates for each update.
//! - State behind which something outside must happen exactly once: a `Mutex`. A closure that
//!   may run again cannot send a mail.
//! - Large state that is rebuilt as a whole and never shared: a `Mutex` changes it in place.
