//! How it works, and whose ideas it rests on.
//!
//! # Layers
//!
//! ```text
//! runtime    the private floor: atomics (std's, or the model checker's), late freeing, back-off
//! value      persistent collections; of the floor they see the atomics only
//! identity   atoms: values that are replaced over time
//! ```
//!
//! Imports go up this list only, never down or sideways; the test `layering` reads the source and
//! fails on any that do.
//!
//! # The trie under `HashMap`
//!
//! Think of a binary trie over the bits of a 64-bit hash, from the top, with one rule: **a subtree
//! is a single leaf exactly when it holds at most B entries.** The shape then depends on the set of
//! hashes and on nothing else. Insertions and removals in any order, bulk building and merging all
//! end in the same tree (it is *canonical*), which makes comparing and diffing a walk of two
//! trees side by side, with a stop wherever both point to the same node.
//!
//! B is 32 for entries that need no dropping and 16 for others, whose copies cost more.
//!
//! Three binary levels are packed into each **inner node**: eight child pointers, indexed directly
//! by three bits of the hash. A leaf that stands for a larger range is pointed to from all the slots
//! it spans; a bitmap marks where each child starts, and a byte for each slot holds the size of its
//! leaf, so that removal knows whether to merge without touching the neighbour.
//!
//! A **leaf** is one allocation of its exact size class: one byte of each entry's hash in front,
//! compared sixteen at a time, then the entries. Twenty-one levels use up the upper 63 bits of a
//! hash (bit 0 is in the tag only): entries that agree on all of these share one leaf that may grow
//! longer, and is searched from end to end.
//!
//! **Counts** are in the nodes. A node whose count is one belongs to the map at hand and is changed
//! in place; the walk copies from the first shared node on. So there is no separate type for
//! bulk edits, and an update beside an older version copies one leaf and the inner nodes above it.
//!
//! **Hashes are not stored.** A split computes them again, all of them before the first
//! node is touched, so that a `Hash` that panics leaves nothing half done.
//!
//! ## An update, step by step
//!
//! First a walk from the root down to the leaf, which notes the inner nodes it meets and how many of
//! them, from the top, nobody else can reach. Then everything that runs your code: comparing keys,
//! cloning the entries of a leaf that is shared, hashing for a split. Last the nodes, from the
//! first shared one down: each is copied once, its children but the one on the path gain a count,
//! and the old top is released when the new version is complete. Nothing of the last step can
//! unwind, so a panic finds the old version untouched. `update` and `without` work on an uncounted
//! alias of the root and never touch its count.
//!
//! ## Choices that were measured
//!
//! By the bench `versus` and by counting instructions, on two cores of a Xeon with glibc's
//! allocator:
//!
//! | choice | because |
//! |---|---|
//! | fan-out 8 | 4 inserts up to a fifth faster and gets up to 1.8 times slower, 16 the reverse, and CHAMP's 32 loses to both |
//! | B = 16 for entries that own memory | 12 makes inserting beside an older version a tenth faster and takes 1.5 bytes an entry more |
//! | length and capacity of a leaf in one word | 0.4 bytes an entry for small entries, 0.7 for those that own memory |
//! | copies have no spare room, leaves grown in place have a few entries of it | a kept version is 2 to 3 % smaller; growing by one would reallocate at each insert |
//! | a lookup compares 32 tags before it looks at a key | in which half of a large leaf a key is, no branch predictor knows: hits among a thousand to a hundred thousand got a third faster |
//! | a lookup in a large map fetches the lines of a leaf's entries while it compares tags, for entries that own no memory | hits among a million get a fifth faster; where entries own memory, whose maps are larger than the cache sooner, misses got half as slow again |
//! | an iterator looks one leaf ahead | the next leaf is fetched while this one is read |
//! | growing by `realloc` | not done: glibc's bypasses the per-thread cache and takes more instructions than a new leaf |
//! | the walk is a method on a path that stays where it is | moving a finished path cost a tenth of an insert in place |
//!
//! ## Hashers that hash alike
//!
//! Walking two trees side by side is right only if both put a key in the same place, so it takes a
//! proof: the hasher's type has no state, or both maps got their hasher from one and the same. A
//! hash of some probe key would be no proof. The default hasher draws one seed for the process and
//! has no state, so all maps that use it can be merged by structure. Without a proof, operations
//! go entry by entry.
//!
//! # The atom
//!
//! One word points to a node: a count, a version and the value. Publishing is one compare and swap
//! of that word. A reader loads the word and takes a count of the node; between the two, a writer
//! may have replaced the node and let go of it.
//!
//! That gap is closed in one place, the **reclaimer**: readers load under its protection, writers
//! hand it what they have replaced, and it gives up the count when no reader can be in the gap any
//! more and no guard holds the node. Three rules keep users out of it. No code of a user runs in the
//! gap, so a reader that stalls in its own code holds back the value that it reads and nothing else.
//! Values are dropped by updates, at their very end, with nothing borrowed and one after the other;
//! what a reader or a thread that ends would have to drop waits in a queue of the process for the
//! next updates of others. And a handle that leaves the atom is counted, so it depends on the
//! reclaimer no longer. There are two backends behind one seam, and the atom does not know which.
//!
//! **Linux: slots and a barrier.** Each thread has a record of its own, one cache line, with six
//! slots for guards and one for the moment in which a count is taken. A reader loads the word,
//! writes the address to a free slot and loads the word again: if it is unchanged, the slot was in
//! time. Clearing the slot ends the guard. So reading writes to nothing that another thread writes
//! to, and it costs the same with any number of readers. Between the write and the second load
//! belongs a full fence, which would be most of the cost; it is left to those who free.
//! They call `membarrier`, by which the kernel makes every processor that runs a thread of this
//! process execute one, and the reader's part shrinks to not letting the compiler reorder. Where
//! the kernel refuses, which is tried once, the reader executes a fence.
//!
//! If the second load finds the word changed, the reader does not try its luck again, which a busy
//! writer could go on spoiling. It announces that it is about to fill its slot, and whoever frees
//! leaves things alone until the announcement is gone. Announcing every read would do, and is one
//! load shorter; but a thread that the system suspends in the middle then holds up all memory.
//! Beside eight readers and eight writers a processor, that kept every one of 320,000 old values
//! alive; now it is about a thousand.
//!
//! A thread notes what it has replaced. When there are enough, it looks through the slots of all
//! threads: 16 at first, up to 1024 while scans follow each other so fast that the barrier would
//! count. What may go is not freed in one go, but four values every four updates. Each frees what
//! the next ones allocate, and the allocator's cache of a thread, which holds seven of a size, is
//! enough: that almost halved the cost of an update.
//!
//! **Elsewhere: epochs.** `crossbeam-epoch` protects the load, a count protects the guard. It reads
//! several times slower, and a thread that is suspended in the middle of a load holds back what is
//! replaced meanwhile. `cfg(heptad_portable)` selects it on Linux, and all tests of the atom run over
//! both.
//!
//! A node whose only count is given up is freed without writing to the count: nobody else is left
//! who could.
//!
//! The checks: models that the `loom` checker runs through all interleavings (`loom_atom`,
//! `loom_hazard`, `loom_refcount`), a trial of the barrier on the real machine, and builds with a
//! known mistake (an ordering too weak, a fence left out, a node freed early), each of which must
//! make the test that names it fail.
//!
//! # Credits
//!
//! - Phil Bagwell, *Ideal Hash Trees* (2001): hash array mapped tries.
//! - Rich Hickey's Clojure: persistent hash maps in daily use, and values, identities and atoms as
//!   separate things, with their names.
//! - Michael Steindorfer and Jurgen Vinju, *Optimizing Hash-Array Mapped Tries for Fast and Lean
//!   Immutable JVM Collections* (2015): canonical shape under removal (CHAMP).
//! - Laxman Dhulipala, Guy Blelloch, Yan Gu and Yihan Sun, *PaC-trees* (2022): blocked leaves make
//!   trees both smaller and faster.
//! - Guy Blelloch, Daniel Ferizovic and Yihan Sun, *Just Join for Parallel Ordered Sets* (2016): set
//!   operations by structure.
//! - Maged Michael, *Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects* (2004): slots
//!   that show what is in use.
//! - Paul McKenney, Mathieu Desnoyers and others, liburcu and Linux's `membarrier`, and Folly's
//!   `asymmetricHeavyBarrier` under its hazard pointers: fences that only the rare side pays for.
//! - Keir Fraser, *Practical Lock-Freedom* (2004): reclamation by epochs, here through
//!   `crossbeam-epoch`.
//! - Bodil Stokke's `im`, and `imbl` after it: what such collections look like in Rust.
