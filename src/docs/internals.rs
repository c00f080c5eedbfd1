//! How it works, and whose ideas it rests on.
//!
//! # Layers
//!
//! ```text
//! runtime    the private floor: atomics (std's, or the model checker's), late freeing, places to
//!            wait, threads
//! value      persistent collections; of the floor they see the atomics only
//! identity   atoms and agents: values that are replaced over time, and what observes them
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
//! # Turns
//!
//! The four low bits of an atom's word are marks. They let an update that loses too often take a
//! turn, at no cost to updates that win: those compare and swap from the bare pointer, so any mark
//! refuses them.
//!
//! | mark | set | means |
//! |---|---|---|
//! | CLAIM | by the update whose turn it is | nobody else replaces the node or claims the word |
//! | ONCE | with CLAIM, by `swap_once` | the claim is not given up before its closure has returned |
//! | WAIT | by threads that park | who ends the claim must wake them |
//! | RESERVE | while updates queue | nobody outside the queue replaces the node or claims the word |
//!
//! **Taking a turn.** Each lost attempt, and each wait for somebody's turn, is a round. After
//! `max_attempts` rounds, or when 32 versions went by during one attempt (a slow closure, found out
//! without a clock), the update claims the word; if that is claimed it queues, first come, first
//! served. With the claim it runs its closure once more, and publishes by a compare-and-set
//! that only marks can make fail, so it repeats that and never the closure. `swap_once` claims
//! first, beside others for some rounds and then by the same queue. `reset` and `compare_and_set`
//! wait and queue in the same way; a `compare_and_set` whose expected value is gone does not wait.
//!
//! **No wake-up is lost.** A thread parks under a lock, after a step on the word, exactly as it
//! judged it, has set WAIT or found it set. Who ends a claim takes WAIT away in the very step that
//! publishes or releases; if it was set, that thread takes the lock and wakes. A step that claims a
//! reserved word keeps WAIT, and one that ends a claim keeps RESERVE: it means the queue, not the
//! claim, and changes under the lock. Waiting for claims only, and not for RESERVE, would let
//! updates run closures in vain until the head of the queue has woken up.
//!
//! **No circle waits.** All atoms have one order, of their first need for one. Before a thread waits
//! for an atom it gives up its claims on that one's successors in the order, and on all atoms if it
//! waits for a claim marked ONCE. It then finds its outer update beaten, or not: the attempt goes
//! on beside others. Inside a `swap_once` no thread waits for a claim marked ONCE. So in a circle of
//! threads that wait for each other's claims none could be ONCE, and the rest would have to be in
//! order all the way round. Sleepers look again when a claim of the other kind begins. The claims
//! are found through the chain of closures that the thread is running, which is also how an update
//! inside its own closure is refused.
//!
//! **What it costs.** An update that wins compares the marks that came with its load, once. Queue,
//! lock, counters and name are in a part that the first conflict allocates.
//!
//! The models are in `loom_turns`; each of the rules above has a build in which it is broken, and a
//! model that then fails.
//!
//! # Agents
//!
//! A mailbox is one word: null while the agent is idle, a mark when it is scheduled and empty, else
//! the newest letter, each of which points to the one before. A letter is one allocation with the
//! closure in it. Who finds null when adding a letter has the *turn*, and with it the duty to
//! schedule the agent on a thread. There all letters are taken with one exchange, put in the order of
//! their sends, and run; when none is left, a compare-and-set from the mark to null gives the turn
//! up, or fails because a letter has come.
//!
//! The turn is also the right to publish, so an agent's compare-and-set never fails. It passes from
//! thread to thread: to the pool whose kind of thread the next letter wants; after 1024 letters, or
//! a millisecond while others wait, to the end of the queue; after a failure, to whoever
//! restarts the agent.
//!
//! **Waiting** needs no letter: each send is counted before its letter is added, and each letter
//! when it is settled, so all that was sent before is done when as many are settled as were sent.
//! Who waits notes the smallest such number, and only when it is reached is anybody woken. It looks
//! for some microseconds before it parks, and lets others have the processor in between, as the
//! worker may be on the same one.
//!
//! **Threads.** One queue a pool, first in, first out. An idle thread takes one job, and there are as
//! many idle threads as jobs, or as many threads as the limit permits: a job never starts inside
//! another one that waits, and never waits behind one while a thread could be had. One idle thread
//! looks for work for some microseconds on behalf of all, so that a stream of jobs needs no wake-up
//! for each. A thread that has been idle for ten milliseconds drops the old values it holds back.
//!
//! Choices that were measured: freeing before each park costs a barrier of all processors a round
//! trip, freeing after ten idle milliseconds none; looking without giving the processor away made a
//! round trip 5 to 60 microseconds where both threads shared a processor, and 2 with it.
//!
//! # Observers
//!
//! Watches, streams and history hang on one pointer of the identity that is null until the first
//! comes; an update pays one comparison for it. An update with observers goes: publish; *note* the
//! new node under its version, which runs no code of users; end the turn, if there is one; wake the
//! readers of streams; call the watches; and last give up the values that nobody wants any more.
//!
//! Two threads may note their versions in another order than they published them. Versions have no
//! gaps, so whoever reads a stream or a history knows what is missing and that a thread is just
//! about to note it.
//!
//! **Nothing falls between.** Who begins to observe says so, then replaces the word by itself with a
//! compare-and-set, then loads. An update publishes with a compare-and-set and then looks for
//! observers. The two are ordered by the word: either the observer loads what was published, or the
//! update sees the observer. So updates need no fence for those who are not there.
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
//! - John Mellor-Crummey and Michael Scott, *Algorithms for Scalable Synchronization* (1991): queues
//!   in which each thread waits in a place of its own, first come, first served.
//! - Keir Fraser, *Practical Lock-Freedom* (2004): reclamation by epochs, here through
//!   `crossbeam-epoch`.
//! - Bodil Stokke's `im`, and `imbl` after it: what such collections look like in Rust.
