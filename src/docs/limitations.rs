//! What is slower, later or narrower than you may expect.
//!
//! # In place, the standard library's map is faster
//!
//! `std::collections::HashMap` is 2 to 4 times faster to get from and 2 to 8 times faster to
//! remove from. A persistent map pays for versions, and a program that keeps none should not use
//! one.
//!
//! # Large maps of keys that own memory
//!
//! Among a million `String` or `Arc<str>` keys, a lookup misses the cache once or twice more than in
//! imbl's `HashMap`, whose nodes are wider: hits are as fast, misses up to a third slower. And
//! inserting beside an older version clones the eleven or so other keys of a leaf, where rpds counts
//! them: it is still ahead there, but by less than for keys that own nothing.
//!
//! # Values that are not equal to themselves
//!
//! `==`, `diff` and the set operations skip what two maps share without comparing it. A value that
//! is unequal to itself, such as a float that is not a number, therefore makes a map equal to its
//! clone and unequal to a map built anew:
//!
//! ```
//! use heptad::{HashMap, hashmap};
//!
//! let map: HashMap<&str, f64> = hashmap! {"ratio" => f64::NAN};
//! assert!(map == map.clone());
//! assert!(map.diff(&map.clone()).next().is_none());
//! assert!(map != hashmap! {"ratio" => f64::NAN});
//! ```
//!
//! # Hashes
//!
//! Keys whose 64-bit hashes are all equal sit in one list that is searched from end to end. The
//! default hasher is keyed, but not cryptographic: [`RandomState`](crate::RandomState) says against
//! whom that helps, and how to take SipHash. Two maps are merged, compared and diffed structurally
//! when they provably hash alike: the hasher has no state, as the default one, or both maps were
//! made from one. All others are treated entry by entry, which gives the same result in more time.
//!
//! # What must be `Send`, `Sync`, `'static`, and why
//!
//! | type | bound | why |
//! |---|---|---|
//! | `HashMap<K, V, S>` | none to hold it; `K: Hash + Eq + Clone, V: Clone` to change it | a shared leaf is copied before it changes, and its entries with it |
//! | `HashMap<K, V, S>` as `Send`, `Sync` | `K`, `V`: `Send + Sync` | versions on several threads read, and may drop, the same entries |
//! | `Atom<T>` | `T: Send` | the thread that drops a value is seldom the one that made it |
//! | | `T: Sync` | readers hold the same value at one time |
//! | | `T: 'static` | a value may be dropped after the atom, so it must not borrow |
//! | `Shared<T>` | as `Atom<T>` | may be kept, cloned and sent |
//! | `Guard<'_, T>` | not `Send` | belongs to the thread that looks |
//!
//! # Dropping late, and elsewhere
//!
//! A value that was replaced in an identity is dropped when nobody can be looking at it: when the
//! last handle is gone and the reclaimer has passed by. That may be later than the next update, on
//! another thread, at the end of any update of any identity, and after the identity itself is gone.
//! So a `Drop` that must happen at a known moment, or on a known thread, does not belong into such a
//! value. A `Drop` may use identities, also the one it came from, and may wait, though not for the
//! very thread that it happens to run on: it can deadlock on a lock that is held across an update.
//! Reading drops nothing. [`flush`](crate::identity::flush) drops what can be dropped now; without
//! it, a thread that updates nothing more can keep its last replaced values (the page
//! [`identity`](crate::identity) says how many; a value that owns a megabyte counts as one). A thread
//! that ends drops none of them: whoever updates something next does, or calls `flush`.
//!
//! On Linux, old values are freed with the help of the system call `membarrier`. Where it is refused
//! from the start, reads pay for a fence instead. If a sandbox begins to forbid it after identities
//! have been used, nothing can be freed safely any more and memory grows: install such filters
//! first. On other systems, a thread that is suspended in the middle of a read holds back all
//! freeing until it goes on.
//!
//! Who drops the last handle of a large map frees all that no other version holds, which takes time
//! in its size. Recursion goes as deep as the trie, never as deep as the map is long.
//!
//! Values that are still held when the process exits, by statics or by the reclaimer, are not
//! dropped at all.
//!
//! # Updates
//!
//! - **A bound, and its price.** A closure of `swap` runs at most once more than the atom's
//!   [`max_attempts`](crate::identity::AtomBuilder::max_attempts), whatever others do, if it
//!   updates no other atom itself. The last run is a turn, in which other updates of that atom wait.
//!   So updates are not lock-free: if the system suspends a thread in its turn, other writers of that
//!   atom stand still until it goes on. Readers never do.
//! - **Waiting inside a closure.** In its turn, or in `swap_once`, a closure must not wait for
//!   something that needs the same atom to go on: a lock whose holder updates the atom, a thread
//!   that does and is joined, a channel fed by one. A loop that never takes a turn would only run
//!   again. What goes wrong under contention only is hard to find, so do not wait in closures.
//! - **Nested updates give way.** A thread that must wait for an atom inside the turn of another one
//!   gives that turn up if the order of the atoms demands it. No circle of waiting threads can
//!   arise, but the outer closure may then run again, beyond the bound above.
//! - **`swap_once` inside `swap_once`** cannot give way, as neither closure may run again. Where the
//!   inner one would have to wait for a `swap_once` of another thread, it returns
//!   [`WouldDeadlock`](crate::identity::SwapOnceError::WouldDeadlock), and any other update panics.
//!   The message names both places. It may come although the other one would have ended soon.
//! - **Cells have no bound.** An [`AtomCell`](crate::AtomCell) is a plain loop over a
//!   compare-and-set.
//! - **Not inside itself.** An update of an atom inside the closure of an update of the same atom
//!   would be the reason for the outer one to run again, for ever. It panics at once, with the
//!   place of both calls. Reading it there is fine, and so is an update of another atom; but that
//!   one stays if the outer closure runs again, and is then made twice.
//! - **Two at once.** Nothing changes two atoms together.
//! - **A node per update.** Each update allocates, also that of a number.
//!
//! # Agents
//!
//! - **The end of the process waits for nobody.** Actions that are queued when `main` returns are
//!   not run: call [`wait`](crate::Agent::wait) or [`shutdown`](crate::Agent::shutdown) and `wait`
//!   first. The threads of the crate keep no process alive.
//! - **An action that blocks** holds one of as many workers as there are processors. Send it with
//!   [`send_off`](crate::Agent::send_off). An executor that neither runs nor drops a job keeps its
//!   agent waiting for ever.
//! - **A failed agent keeps its queue**, and an action in it that holds a handle to that very agent
//!   keeps both alive, until a restart or a shutdown that clears it. The error keeps the value that a
//!   validator refused.
//! - **The place of a panic** is seen by a panic hook that calls the one there was. A hook that the
//!   program sets later replaces it; then the error still has the message and the place of the send.
//! - **Sends inside an action** are held, also those of a `Drop` that happens to run there. Sends
//!   inside the closure of an atom's `swap` are not, and are made again when it runs again.
//! - **Publishing is per action.** An action that only adds to a number costs an allocation and a
//!   publication; tokio's task with a channel, which publishes nothing, takes as many a second.
//!
//! # Observers
//!
//! - An update that had passed the former validator may still publish when
//!   [`set_validator`](crate::Atom::set_validator) returns. While one is being set, both are asked. A validator given to the builder is held
//!   to from the first value on.
//! - `history` and `as_of` wait for a thread that the system suspends between publishing a version
//!   and filing it, until the rule would no longer keep that version; under `keep_for` alone, until
//!   it goes on.
//! - `history` takes a count of each version that is kept, and updates wait meanwhile. With `keep_for`
//!   alone, the number of versions is bounded by the rate of updates only; an identity that nobody
//!   updates or asks keeps what it has.
//! - A watch that owns a handle to the identity it watches keeps both alive.
//! - Each observer makes each update dearer: by callgrind 1.6 times the instructions of a plain update
//!   with a validator, 2.8 with a watch, 3.5 with a stream, 3.7 with a history.
//!
//! # Panics
//!
//! A panic in your code passes through to the caller and leaves the old value. An atom cannot be
//! poisoned, and one of a `T: RefUnwindSafe` may be carried across `catch_unwind`: all that others
//! can see of a failed update is its absence. A replaced value whose `Drop` panics counts
//! as dropped, and the panic reaches whichever call was dropping it, which may be an update of another
//! identity; of several in one call, the first is passed on and the others' payloads are dropped. It
//! never comes from the end of a thread, where it would abort the process, unless a destructor
//! of a thread-local of yours uses atoms there and lets it pass. If a panic comes at the very end
//! of a function, the compiler leaks what the function was about to return (rust-lang/rust#47949);
//! collections drop before they return where they can. More handles of one value than
//! its counter can hold abort the process.
//!
//! # Debug
//!
//! `Debug` of an atom shows a snapshot. It waits for nobody, drops no replaced values and may be
//! called anywhere, also inside a closure of `swap`. Printing a map costs its size.
//!
//! # Statics
//!
//! An atom needs an allocation, so a static one is made when first used:
//!
//! ```
//! use heptad::{Atom, HashMap};
//! use std::sync::LazyLock;
//!
//! static SESSIONS: LazyLock<Atom<HashMap<u64, String>>> =
//!     LazyLock::new(|| Atom::new(HashMap::new()));
//!
//! SESSIONS.swap(|now| now.update(1, "alice".to_string()));
//! assert_eq!(SESSIONS.with(|now| now.len()), 1);
//! ```
//!
//! # `fork`
//!
//! Only the thread that forks lives on in the child. What other threads had retired is never freed
//! there, and if one of them was just reading an atom, nothing retired later is freed either.
//! Values stay correct. The threads that run actions are not in the child either, so agents that
//! were used before stand still there. Fork before starting threads, or call `exec` in the child.
//!
//! # Two versions of heptad in one program
//!
//! They are two crates: the types differ, so handing a map of one to the other does not compile.
//! Each has its own hash seed and its own reclaimer, and they do not disturb each other.
//!
//! # Memory
//!
//! - An empty map allocates nothing, a small one is a single leaf.
//! - The first change after a `clone` copies one leaf and the inner nodes above it; what is held
//!   by one version only is changed in place. So a kept version costs about one such path for
//!   each change between it and the next, not a copy of the map.
//! - Leaves are allocated to size, and memory goes back to the allocator as entries are removed.
//! - A [`Guard`](crate::identity::Guard) or [`Shared`](crate::Shared) keeps its whole value alive. A
//!   forgotten snapshot is the usual reason for memory that does not go down.
//! - An atom is four words and a node with the value, its count and its version. The first
//!   update that loses allocates some 500 bytes more for the atom, as does giving it a name.
//! - An idle agent of a small value takes 160 bytes with that value; one that was waited for, some
//!   110 more.
//!
//! # Platforms
//!
//! 64-bit targets with 64-bit atomics, and the standard library. See the table on the crate's front
//! page for what was run.
