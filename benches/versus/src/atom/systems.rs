//! The shared places under test, behind one trait: read the value, replace it by a function of it.
//!
//! Each method is what its crate offers for it. Locks hold an `Arc`, so that a reader can take a
//! snapshot out, as it can from the others; what an update replaces is dropped after unlocking.

use std::ops::Deref;
use std::sync::Arc;
use std::{mem, sync};

use arc_swap::{ArcSwap, Guard};
use heptad::{Atom, Shared};

/// A value that several threads read and replace.
pub(super) trait Place<T>: Send + Sync {
    const NAME: &'static str;
    /// heptad is compared with the best of these.
    const PEER: bool = true;

    fn new(value: T) -> Self;
    /// The cheapest way to look at the value.
    fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R;
    fn update(&self, change: impl FnMut(&T) -> T);
}

/// A place that hands out the value in a counted handle.
pub(super) trait Lend<T>: Place<T> {
    fn read_full(&self) -> impl Deref<Target = T>;
}

/// A place that runs the function of an update once and no more.
pub(super) trait Once<T>: Place<T> {
    fn update_once(&self, change: impl FnOnce(&T) -> T);
}

impl<T: Send + Sync + 'static> Place<T> for Atom<T> {
    const NAME: &'static str = "heptad";
    const PEER: bool = false;

    fn new(value: T) -> Self {
        Self::new(value)
    }
    fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.with(look)
    }
    fn update(&self, change: impl FnMut(&T) -> T) {
        self.swap(change);
    }
}

impl<T: Send + Sync + 'static> Once<T> for Atom<T> {
    fn update_once(&self, change: impl FnOnce(&T) -> T) {
        let done = self.swap_once(change);
        assert!(done.is_ok(), "there is no validator and no other claim");
    }
}

impl<T: Send + Sync + 'static> Lend<T> for Atom<T> {
    fn read_full(&self) -> impl Deref<Target = T> {
        let full: Shared<T> = self.load_full();
        full
    }
}

impl<T: Send + Sync> Place<T> for ArcSwap<T> {
    const NAME: &'static str = "arc-swap";

    fn new(value: T) -> Self {
        Self::from_pointee(value)
    }
    fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let guard: Guard<Arc<T>> = self.load();
        look(&guard)
    }
    fn update(&self, mut change: impl FnMut(&T) -> T) {
        self.rcu(|value| change(value));
    }
}

impl<T: Send + Sync> Lend<T> for ArcSwap<T> {
    fn read_full(&self) -> impl Deref<Target = T> {
        self.load_full()
    }
}

/// parking_lot's mutex.
pub(super) struct PlMutex<T>(parking_lot::Mutex<Arc<T>>);
/// parking_lot's readers-writer lock.
pub(super) struct PlRwLock<T>(parking_lot::RwLock<Arc<T>>);
/// The standard library's mutex.
pub(super) struct StdMutex<T>(sync::Mutex<Arc<T>>);

/// The next value in place of the present one, which is returned to be dropped without the lock.
fn replace<T>(place: &mut Arc<T>, change: impl FnOnce(&T) -> T) -> Arc<T> {
    let next = Arc::new(change(place));
    mem::replace(place, next)
}

/// A lock around an `Arc`: `$lock` is for changing, `$clone` takes a snapshot, `$read` looks.
macro_rules! locked {
    ($place:ident, $name:literal, $lock:ty, lock $exclusive:expr, clone $clone:expr,
     read $read:expr) => {
        impl<T: Send + Sync> Place<T> for $place<T> {
            const NAME: &'static str = $name;

            fn new(value: T) -> Self {
                Self(<$lock>::new(Arc::new(value)))
            }
            fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
                $read(self, look)
            }
            fn update(&self, change: impl FnMut(&T) -> T) {
                self.update_once(change);
            }
        }

        impl<T: Send + Sync> Once<T> for $place<T> {
            fn update_once(&self, change: impl FnOnce(&T) -> T) {
                let mut value = $exclusive(&self.0);
                let old = replace(&mut value, change);
                drop(value);
                drop(old);
            }
        }

        impl<T: Send + Sync> Lend<T> for $place<T> {
            fn read_full(&self) -> impl Deref<Target = T> {
                let snapshot: Arc<T> = $clone(&self.0);
                snapshot
            }
        }
    };
}

/// Looks at a snapshot: whoever looks for long holds nobody up, as with the places without a lock.
fn read_snapshot<T, R>(place: &impl Lend<T>, look: impl FnOnce(&T) -> R) -> R {
    look(&place.read_full())
}

/// Looks under the lock, which readers share and writers wait for.
fn read_in_place<T, R>(place: &PlRwLock<T>, look: impl FnOnce(&T) -> R) -> R {
    look(&place.0.read())
}

fn std_lock<T>(mutex: &sync::Mutex<T>) -> sync::MutexGuard<'_, T> {
    mutex.lock().expect("no update panics")
}

locked!(PlMutex, "pl-mutex", parking_lot::Mutex<Arc<T>>,
    lock parking_lot::Mutex::lock,
    clone |lock: &parking_lot::Mutex<Arc<T>>| Arc::clone(&lock.lock()),
    read read_snapshot);

locked!(PlRwLock, "pl-rwlock", parking_lot::RwLock<Arc<T>>,
    lock parking_lot::RwLock::write,
    clone |lock: &parking_lot::RwLock<Arc<T>>| Arc::clone(&lock.read()),
    read read_in_place);

locked!(StdMutex, "std-mutex", sync::Mutex<Arc<T>>,
    lock std_lock,
    clone |lock: &sync::Mutex<Arc<T>>| Arc::clone(&std_lock(lock)),
    read read_snapshot);
