//! Identities: places that hold one immutable value now and another one later.
//!
//! A value of this crate never changes. What changes is which value an identity stands for, and
//! the identities differ in how that step is taken:
//!
//! | identity | how many move together | when | may the closure run again |
//! |---|---|---|---|
//! | [`Atom`] | one | before the call returns | yes, a bounded number of times; in `swap_once` no |
//! | [`AtomCell`] | one small `Copy` value | before the call returns | yes |
//! | [`Agent`] | one | after the call, in the order of sends | no |
//!
//! What they share:
//!
//! - **Reading waits for nobody.** A reader gets the whole value as it was at one moment and keeps
//!   it for as long as it likes; updates go on beside it.
//! - **A handle is a snapshot.** [`Shared`] is one value of one moment, counted, with the
//!   [`version`](Shared::version) it had; it never changes under its holder. A [`Guard`] is the
//!   same, borrowed from the identity and tied to the thread.
//! - **Old values are dropped late, and by updates only**: when the last handle is gone and no
//!   reader can be looking, at the end of some later update, on any thread that updates something.
//!   Reading never runs the `Drop` of an old value, also when a [`Guard`] ends that was the last to
//!   hold one. [`flush`] drops what can be dropped now.
//! - **Few are kept.** A thread that no longer updates anything can keep its last old values: on
//!   Linux up to 2048 after a burst of fast updates and 32 after slow ones, on other systems 64; the
//!   threads that run actions drop theirs when they have been idle for a moment. A thread that ends
//!   drops none: what it leaves is dropped by the next updates of others, on Linux by the next 1024
//!   of a thread at the latest. If there are no further updates, it stays until somebody calls
//!   [`flush`].
//! - **Panics stay where they happen.** If a closure panics, the old value stays and the panic
//!   reaches the caller. If the `Drop` of an old value panics, the value counts as dropped and every
//!   other value is dropped all the same. The panic reaches whichever call was dropping it, after
//!   that call has done its own work: an update is made. If several values panic in one call, the
//!   first panic is the one that is passed on. The end of a thread is no call: a panic there, in
//!   the destructor of a thread-local, would end the process.
//!
//! How it is built: `atom` and `agent` are the public types; under them, `word` is the one shared
//! word, `node` is what the word points to, `shared` is the counted handle; freeing is in
//! `runtime/reclaim`, and the threads that run actions are in `runtime/workers`.

mod agent;
mod atom;
mod atom_cell;
mod change;
mod changes;
mod guard;
mod history;
mod invalid;
mod late;
pub mod metrics;
mod node;
mod observers;
mod shared;
mod word;

#[cfg(heptad_loom)]
#[doc(hidden)]
pub use crate::runtime::workers::join_workers;
pub use crate::runtime::workers::{Executor, Job};
pub use agent::{
    Agent, AgentBuilder, AgentError, AgentMetrics, Cause, ErrorMode, PanicPlace, Queue,
    RestartError, RestartErrorKind, SendError, SendErrorKind, Settled, WaitError,
};
pub use atom::{Atom, AtomBuilder, CompareError, SwapOnceError, TrySwapError};
pub use atom_cell::AtomCell;
pub use change::Change;
pub use changes::{Changes, IntoIter, Lag, Next, TryRecvError};
pub use guard::Guard;
pub use history::{AsOf, History, Keep, NotKept, Version, Versions};
pub use invalid::Invalid;
pub use observers::RefusedByValidator;
pub use shared::Shared;

/// Drops now the old values that updates of this thread, and of threads that have ended, have left
/// behind; without it they are dropped by later updates.
///
/// Values that a [`Shared`] or a [`Guard`] still holds stay. So may a value that another running
/// thread is in the middle of reading or dropping, or has replaced itself: call this there as well.
/// Useful before a thread goes idle, and in tests that count.
///
/// # Panics
///
/// If the `Drop` of such a value panics, after all of them have been dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heptad::{Atom, identity};
///
/// let document = Arc::new("first draft".to_owned());
/// let current = Atom::new(Arc::clone(&document));
/// current.reset(Arc::new("second draft".to_owned()));
///
/// identity::flush();
/// assert_eq!(Arc::strong_count(&document), 1); // the atom has let go of it
/// ```
pub fn flush() {
    crate::runtime::reclaim::flush();
}
