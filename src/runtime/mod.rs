//! The private floor: what every model of the crate needs from a machine with several threads.
//!
//! | module | what it is |
//! |---|---|
//! | `sync` | atomics, reference counts, per-thread statics; the switch between std and loom |
//! | `reclaim` | freeing shared memory late: no reader is ever left with a dangling pointer |
//! | `nesting` | which updates the current thread is in the middle of |
//! | `backoff` | how long to stay away after a lost race |
//! | `waiters` | where threads park and wakers are kept |
//! | `workers` | the threads that the crate owns |
//! | `isolation` | running code of users whose panic is nobody's to receive |
//! | `once_box` | a part of something that is made when it is first needed |
//! | `replaceable` | a value that is read very often and replaced seldom |
//!
//! Nothing here knows a collection, an identity or a model, and nothing here is public.

pub(crate) mod backoff;
#[cfg(all(test, heptad_loom))]
pub(crate) mod explore;
pub(crate) mod isolation;
pub(crate) mod nesting;
pub(crate) mod once_box;
pub(crate) mod reclaim;
pub(crate) mod replaceable;
pub(crate) mod sync;
pub(crate) mod waiters;
pub(crate) mod workers;
