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
//! - `# ` lines name processor, cores, allocator and versions. Keep them with the figures.
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
