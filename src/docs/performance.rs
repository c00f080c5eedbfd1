//! What operations cost, how to measure them, how to read the result.
//!
//! # Complexity
//!
//! `n` entries, `d` differences, depth about `log8 n`: at a million entries, five inner nodes and a
//! leaf. A leaf holds at most 32 entries (16 if keys or values need dropping), unless hashes collide
//! (in their upper 63 bits).
//!
//! | `HashMap`, `HashSet` | time | new memory |
//! |---|---|---|
//! | `new`, `clone`, `len`, `ptr_eq` | O(1) | none |
//! | `get`, `contains_key` | O(log n) | none |
//! | `insert`, `remove`, `entry`, `get_mut`; nobody shares the path | O(log n) | now and then a leaf or an inner node |
//! | the same; an older version shares it | O(log n) | one leaf and the inner nodes above it |
//! | `remove`, `get_mut` of an absent key | O(log n) | none |
//! | `update`, `without`, `alter` | as `insert` on a clone | |
//! | `iter` to the end | O(n) | none |
//! | `collect`, `extend` from an iterator | O(n), faster than one by one | O(n) |
//! | `union`, `intersection`, `relative_complement` | the parts that differ | the parts that are new |
//! | `==`, `is_submap` | the parts that differ, up to the first difference | none; `==` of different maps of one size, a short list while it runs |
//! | `diff` | O(d log n) | a short list while it runs |
//! | `merge3` | O(d log n) for the differences between base and theirs; those between base and ours cost nothing | the parts that are new |
//! | drop of the last handle | what no other version holds | |
//!
//! "The parts that differ" is all of both maps if they have no history in common. Two maps with
//! hashers that do not provably hash alike are treated entry by entry.
//!
//! | `Atom` | cost |
//! |---|---|
//! | `with`, `load`, `load_full` | O(1); no lock, and no waiting for writers |
//! | `swap`, `swap_vals` | the closure, once for each time it loses plus one, and an allocation each |
//! | `reset`, `compare_and_set` | O(1), an allocation |
//!
//! # Measuring
//!
//! ```text
//! cargo bench --bench versus -- map --quick          about a minute: n = 100,000 and three rows of 1,000,000
//! cargo bench --bench versus -- map                  all sizes and key kinds
//! cargo bench --bench versus -- map/get_hit:u64      one row at all its sizes
//! cargo bench --bench versus -- map/get_hit:u64/1000000 --tsv
//! cargo bench --bench versus -- atom --quick         about a minute: two of the nine scenes of starvation
//! cargo bench --bench versus -- atom                 all of them
//! cargo bench --bench versus -- agent
//! ```
//!
//! heptad and its peers take turns inside each round, in one process and with the same hasher, and
//! the median of the rounds is shown.
//!
//! - **Read ratios.** Both sides of a ratio met the same machine, the same noise and the same
//!   allocator. Absolute times of two runs, or of two machines, say little.
//! - **Read the row that is yours.** `build` and `remove_in_place` measure one owner;
//!   `insert_persistent` a change beside an older version; `insert_kept` a thousand versions kept;
//!   `bytes_version` what each of those costs. The standard library's map stands in the rows it
//!   can do, and wins some.
//! - **Mind the size.** From about 100,000 entries on, memory latency decides, not instructions.
//! - **Mind the direction.** Of `ns`, `us`, `B` and `count` less is better, of `M/s` and `1/s` more. A
//!   `*` marks the rows in which heptad is ahead of the best peer, whichever way that is.
//! - `# ` lines name processor, cores, allocator and versions. Keep them with the figures.
//!
//! ## The rows of atoms
//!
//! The value is a `u64`, so that what is measured is the identity and not the value. Where several
//! threads work they work for a fixed time, each on a processor of its own if there are enough, start
//! their own clocks, and the result is checked: the updates that the threads count must be in the value.
//!
//! | row | what it measures |
//! |---|---|
//! | `read:1`, `read:2` | one look at the value, in one thread, and in each of two. The two figures should be equal: readers that count in shared memory disturb each other |
//! | `read_full:1`, `read_full:2` | a handle out that may be kept. Counting is what it is for, so two threads do disturb each other |
//! | `read_beside_writer` | one look while another thread updates without pause |
//! | `update:1` | an update of one thread that meets no other |
//! | `contended:2`, `contended:8` | updates a second of all threads together. On two processors eight threads show what happens to one that is interrupted |
//! | `map10k_update:1`, `:2`, `:8` | updates of one key in a map of 10,000 entries; each version stays whole for those who hold it |
//! | `cell_read`, `cell_update` | an `AtomCell`, beside the locks around a plain number. `std-atomic` is the floor, and no peer |
//!
//! A lock holds an `Arc` of the value, so that a reader can take a snapshot out, as it can with the
//! others: that is what `read` does with a mutex. `pl-rwlock` looks under the lock instead, which is
//! cheaper alone and makes writers wait for readers.
//!
//! Rows about starvation are named after a scene: `starved_done:1000us:3` has one thread whose closure
//! takes 1,000 us, on a processor of its own, and three others that update without pause on the rest.
//! Three rows are read from the same runs:
//!
//! | row | what it tells | to be read as |
//! |---|---|---|
//! | `starved_done` | updates of the slow thread, a second | at most 1,000,000 / us. 0: it never got through |
//! | `starved_attempts` | most runs of its closure in one update | 1 under a lock. An atom promises its bound plus one, an optimistic loop promises nothing |
//! | `starved_fast` | updates of all fast threads together | what the slow one's turn costs the others |
//!
//! None of the three means anything alone: a lock is best at the first two because the fast threads
//! wait whenever the slow one works, and a loop is best at the third because the slow one starves. In
//! the rows with `once_` before their names the slow thread asks for an update whose closure runs
//! exactly once (`swap_once`); of the peers only a lock can do that.
//!
//! ## The rows of agents
//!
//! The peer is a tokio task that owns the state and runs the boxed closures which an unbounded channel
//! brings it, on a multi-thread runtime of its own.
//!
//! | row | what it measures |
//! |---|---|
//! | `send_one` | actions a second, sent by one thread to one agent **and done**: the sender waits after each 100,000 |
//! | `send_1000` | the same to 1,000 agents in turn |
//! | `send_await` | one action there and back, from a thread outside the pool. Mostly the time that it takes to wake a thread |
//! | `bytes_idle` | what an agent keeps allocated that has nothing to do and that nobody ever waited for |
//!
//! # Going faster
//!
//! - Let no stray clone live while you fill a map: changes are made in place as long as nobody else
//!   holds the same nodes.
//! - Build by `collect` or `extend`, not by a loop of `insert`.
//! - Several changes in one `swap` publish once:
//!
//! ```
//! use heptad::{Atom, HashMap};
//!
//! let scores: Atom<HashMap<u32, u32>> = Atom::new(HashMap::new());
//! let before = scores.version();
//! scores.swap(|now| {
//!     let mut next = now.clone();
//!     next.extend((0..100_u32).map(|player| (player, 0_u32)));
//!     next
//! });
//! assert_eq!(scores.version(), before + 1);
//! assert_eq!(scores.with(|now| now.len()), 100);
//! ```
//!
//! - Use `entry`, which looks a key up once, and `with`, which counts nothing for you to drop.
//! - Spread unrelated facts over several atoms: updates of one never disturb another.
