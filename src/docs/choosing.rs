//! Which type, and which method, for what you have.
//!
//! # A value or an identity
//!
//! A **value** never changes under whoever holds it: a [`HashMap`](crate::HashMap), a number, a
//! struct of both. Changing it through one handle leaves every other handle as it was, so values
//! can be sent, kept and compared without asking anyone.
//!
//! An **identity** stands for one thing over time: the stock of a shop, the state of a game. It
//! holds a value now and another one later, and any thread reads it without waiting.
//!
//! | who changes it, and when | use |
//! |---|---|
//! | any thread, before its call returns, by a function that may run again | [`Atom`](crate::Atom) |
//! | the same, and the value is a number or another `Copy` of at most eight bytes that nobody watches | [`AtomCell`](crate::AtomCell) |
//! | whoever sends it a function, which runs once, later and in order, and may have effects | [`Agent`](crate::Agent) |
//!
//! Put all that must agree into one value in one identity. Two of them are never seen at one
//! moment.
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
//! | a change that the closure may refuse | [`try_swap`](crate::Atom::try_swap) | yes |
//! | a change whose closure is costly or has effects, and must run once | [`swap_once`](crate::Atom::swap_once) | no |
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
//! # An atom or an agent
//!
//! An atom's update is done when the call returns, and the caller has paid for it. An agent's
//! action is done later: the caller pays for a send and goes on. So an agent fits what nobody waits
//! for, such as a log, statistics, a cache that is refilled; and what must happen once and in order,
//! such as lines in a file, because an action never runs again.
//!
//! ```
//! use heptad::{Agent, Atom};
//! use std::sync::LazyLock;
//!
//! static AUDIT: LazyLock<Agent<Vec<String>>> = LazyLock::new(|| Agent::new(Vec::new()));
//!
//! fn deposit(balance: &Atom<i64>, amount: i64) {
//!     let (old, new) = balance.swap_vals(|had| had + amount); // may run again: it only computes
//!     let line = format!("{} -> {}", *old, *new);
//!     let sent = AUDIT.send(|lines| { // runs once, in the order of the sends of this thread
//!         let mut lines = lines.clone();
//!         lines.push(line);
//!         lines
//!     });
//!     assert!(sent.is_ok(), "the audit log has failed: {:?}", AUDIT.error());
//! }
//!
//! let balance = Atom::new(100);
//! deposit(&balance, 20);
//! deposit(&balance, -50);
//! AUDIT.wait().expect("the log works");
//! assert_eq!(*AUDIT.load(), ["100 -> 120", "120 -> 70"]);
//! ```
//!
//! # Who wants to know of changes
//!
//! | you want | use |
//! |---|---|
//! | to be called at each change, on the thread that made it, in no order between threads | `watch` |
//! | each change in order, on a thread or in a task of your own | `changes` with `Lag::Bounded` |
//! | the newest change only, whenever you get to look | `changes` with `Lag::Latest` |
//! | to refuse values that must never be seen | `set_validator` |
//! | to look back | a history: `keep_versions` or `keep_for` of the builder |
//!
//! # When not to use an identity
//!
//! - One number that threads add to and nobody watches: [`AtomCell`](crate::AtomCell) or
//!   `std::sync::atomic`. An atom allocates for each update.
//! - Large state that is rebuilt as a whole and never shared: a `Mutex` changes it in place.
