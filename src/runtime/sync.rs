//! The primitives of synchronization, and the only file of the crate that names `std::sync` or
//! `std::thread`.
//!
//! Under `cfg(heptad_loom)` the same names mean loom's primitives, so that the model checker runs
//! the very code that ships, through every interleaving and every outcome of a weak ordering.

use core::fmt;

#[cfg(not(heptad_loom))]
#[allow(unused_imports, reason = "each reclaimer takes what it needs")]
mod primitives {
    pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering, compiler_fence, fence,
    };
    // Two names for the sake of the models: the second is one that they look at.
    pub(crate) use std::sync::{Arc, OnceLock, OnceLock as OnceCell};
    pub(crate) use std::thread::{Builder as ThreadBuilder, available_parallelism, yield_now};
}

#[cfg(heptad_loom)]
#[allow(unused_imports, reason = "each model takes what it needs")]
mod primitives {
    pub(crate) use super::checked_locks::{Condvar, Mutex, MutexGuard, OnceCell};
    pub(crate) use loom::sync::Arc;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering, fence,
    };
    pub(crate) use loom::thread::{JoinHandle, spawn};
    // loom has none; std's is used for what one thread of a model makes in one step.
    pub(crate) use std::sync::OnceLock;

    /// Waiting has no meaning in a model; loom's own would only keep schedules from being tried.
    pub(crate) fn spin_loop() {}
    /// As [`spin_loop`].
    pub(crate) fn yield_now() {}
}

/// For threads that wait for each other in an order of their own. Under `cfg(heptad_shuttle)` this
/// much is shuttle's, which tries random schedules of more threads than loom can.
pub(crate) mod parking {
    #[cfg(heptad_shuttle)]
    pub(crate) use super::checked_locks::{Condvar, Mutex, MutexGuard};
    #[cfg(heptad_shuttle)]
    pub(crate) use super::per_shuttle_thread as per_thread;
    #[cfg(not(heptad_shuttle))]
    pub(crate) use super::{Condvar, Mutex, MutexGuard, per_thread};
}

/// The locks of a checker with the calls of parking_lot's, which know no poisoning.
#[cfg(any(heptad_loom, heptad_shuttle))]
#[allow(dead_code, reason = "the same calls as parking_lot's, used or not")]
mod checked_locks {
    use core::ops::{Deref, DerefMut};
    use std::time::Instant;

    #[cfg(heptad_loom)]
    use loom::sync as checker;
    #[cfg(heptad_shuttle)]
    use shuttle::sync as checker;

    pub(crate) struct Mutex<T>(checker::Mutex<T>);
    /// Empty only while a condition variable has the inner guard.
    pub(crate) struct MutexGuard<'a, T>(Option<checker::MutexGuard<'a, T>>);
    pub(crate) struct Condvar(checker::Condvar);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(checker::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            MutexGuard(self.0.lock().ok())
        }

        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock().ok().map(|inner| MutexGuard(Some(inner)))
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0.as_deref().expect("the lock is held")
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_deref_mut().expect("the lock is held")
        }
    }

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self(checker::Condvar::new())
        }

        pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            guard.0 = guard.0.take().and_then(|inner| self.0.wait(inner).ok());
        }

        /// A model has no clock: waits without limit, and never says that time is up.
        pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> NotYet {
            self.wait(guard);
            NotYet
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    /// The standard library's cell, and what makes its ordering visible to the model.
    #[cfg(heptad_loom)]
    pub(crate) struct OnceCell<T> {
        made: loom::sync::atomic::AtomicBool,
        making: Mutex<()>,
        content: std::sync::OnceLock<T>,
    }

    #[cfg(heptad_loom)]
    impl<T> OnceCell<T> {
        pub(crate) fn new() -> Self {
            Self {
                made: loom::sync::atomic::AtomicBool::new(false),
                making: Mutex::new(()),
                content: std::sync::OnceLock::new(),
            }
        }

        pub(crate) fn get(&self) -> Option<&T> {
            let made = self.made.load(loom::sync::atomic::Ordering::Acquire);
            made.then(|| self.content.get()).flatten()
        }

        pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
            if let Some(made) = self.get() {
                return made;
            }
            let _making = self.making.lock();
            let made = self.content.get_or_init(make);
            self.made.store(true, loom::sync::atomic::Ordering::Release);
            made
        }
    }

    /// What a wait with a limit returns here.
    pub(crate) struct NotYet;

    impl NotYet {
        pub(crate) fn timed_out(&self) -> bool {
            false
        }
    }
}

pub(crate) use primitives::*;
// For counters that order nothing and for what no model is about: loom's cannot be made in a
// constant, and would multiply the schedules of a model.
pub(crate) use std::sync::atomic::AtomicU64;
pub(crate) use std::thread::panicking;

/// The same in a model as anywhere: for what is locked for a few steps, none of which loom sees, for
/// ownership that is no part of a model, and for contents without a size, which loom's `Arc` does
/// not take.
pub(crate) mod plain {
    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::{Arc, Weak};
}

#[cfg(not(all(target_pointer_width = "64", target_has_atomic = "64")))]
compile_error!(
    "heptad supports 64-bit targets with 64-bit atomics only: its tries read 63 bits of a hash and \
     its atoms number their versions in 64"
);

/// A static of each thread whose value needs no `Drop`.
///
/// That restriction is the point: such a static stays usable to the very end of a thread, also
/// while the destructors of other thread-locals run.
#[cfg(not(heptad_loom))]
macro_rules! per_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        ::std::thread_local! {
            $(#[$attribute])*
            static $name: $type = const {
                assert!(!::core::mem::needs_drop::<$type>());
                $init
            };
        }
    };
}

/// A static of each thread of the model.
#[cfg(heptad_loom)]
macro_rules! per_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        ::loom::thread_local! {
            $(#[$attribute])*
            static $name: $type = $init;
        }
    };
}

/// As `per_thread`, for the threads of shuttle, which share one of the system.
#[cfg(heptad_shuttle)]
macro_rules! per_shuttle_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        ::shuttle::thread_local! {
            $(#[$attribute])*
            static $name: $type = $init;
        }
    };
}

#[cfg(heptad_shuttle)]
pub(crate) use per_shuttle_thread;
pub(crate) use per_thread;

/// A function that makes what statics hold; a constant one, unless loom's primitives are inside.
#[cfg(not(heptad_loom))]
macro_rules! const_fn {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)+) => {
        $(#[$attribute])* $visibility const fn $($rest)+
    };
}

/// As the other one, for the primitives of loom.
#[cfg(heptad_loom)]
macro_rules! const_fn {
    ($($function:tt)+) => { $($function)+ };
}

pub(crate) use const_fn;

/// The highest count that is let stand. The other half of the range is room for the increments
/// that other threads make before the first one to pass this mark has ended the process.
const MAX_COUNT: u32 = i32::MAX as u32;

/// How many owners a shared node has. It lives inside the node; there are no weak owners.
///
/// A node is freed by whoever gives up the last count, and may be edited in place by whoever holds
/// the only one.
pub(crate) struct RefCount(AtomicU32);

impl RefCount {
    /// A node with one owner.
    #[inline]
    pub(crate) fn new() -> Self {
        Self::of(1)
    }

    /// A node with this many owners.
    #[inline]
    pub(crate) fn of(owners: u32) -> Self {
        Self(AtomicU32::new(owners))
    }

    /// One owner more. Only an owner may call this, or a reader whom the reclaimer protects.
    ///
    /// Ends the process when the count would run over: more than two thousand million owners are a
    /// leak in a loop, and a count that wrapped round would free memory in use.
    #[inline]
    pub(crate) fn increment(&self) {
        // Relaxed: the caller already reaches the node, the new owner learns of it from the caller.
        if self.0.fetch_add(1, Ordering::Relaxed) > MAX_COUNT {
            std::process::abort();
        }
    }

    /// One owner fewer; true when it was the last, who must then free the node.
    #[inline]
    #[must_use = "the last owner frees the node"]
    pub(crate) fn decrement(&self) -> bool {
        // Release: pairs with the fence below, and with the load in `is_unique`, of whoever acts on
        // this owner being gone: what it read and wrote in the node happened before that.
        let release = if cfg!(heptad_mutant = "refcount_decrement_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        if self.0.fetch_sub(1, release) != 1 {
            return false;
        }
        if !cfg!(heptad_mutant = "refcount_no_fence_before_free") {
            // Acquire: pairs with the Release of every earlier decrement. Only the last owner pays.
            fence(Ordering::Acquire);
        }
        true
    }

    /// As [`decrement`](Self::decrement), for nodes that often have one owner at the end: the only
    /// one need not write that it leaves.
    ///
    /// Only if nobody can become an owner at the same time otherwise than from an owner: readers
    /// whom the reclaimer protects must be counted as one together, by the word that they read.
    #[allow(dead_code, reason = "models of the atom do without")]
    #[inline]
    #[must_use = "the last owner frees the node"]
    pub(crate) fn leave(&self) -> bool {
        self.is_unique() || self.decrement()
    }

    /// Whether the caller, who must be an owner, is the only one.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        // Acquire: pairs with the Release in `decrement`. Reads by an owner who has just left
        // happened before the edit in place that the answer `true` permits.
        let acquire = if cfg!(heptad_mutant = "refcount_unique_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        self.0.load(acquire) == 1
    }
}

impl fmt::Debug for RefCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.load(Ordering::Relaxed))
    }
}
