//! A value that is read very often and replaced seldom, such as a list of observers.
//!
//! Readers take no lock, also while it is being replaced, and may keep for long what they read.
//! It is `arc_swap`'s; under the model checker, which cannot see into that, a locked one.

use core::ops::Deref;

/// One value at a time, replaced as a whole.
pub(crate) struct Replaceable<T>(place::Place<T>);

impl<T> Replaceable<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(place::Place::new(value))
    }

    /// The current value. It lives at least as long as what is returned.
    #[inline]
    pub(crate) fn load(&self) -> impl Deref<Target = T> {
        self.0.load()
    }

    /// Replaces the value by what `f` makes of it, which may be called again if another thread was
    /// faster. Returns what was replaced; dropping that may be the end of it.
    pub(crate) fn replace(&self, f: impl FnMut(&T) -> T) -> impl Deref<Target = T> {
        self.0.replace(f)
    }
}

#[cfg(not(heptad_loom))]
mod place {
    use core::ops::Deref;

    use arc_swap::ArcSwap;

    use crate::runtime::sync::Arc;

    pub(super) struct Place<T>(ArcSwap<T>);

    /// What `arc_swap` hands out, seen through to the value.
    struct Loaded<T>(arc_swap::Guard<Arc<T>>);

    impl<T> Deref for Loaded<T> {
        type Target = T;

        #[inline]
        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T> Place<T> {
        pub(super) fn new(value: T) -> Self {
            Self(ArcSwap::from_pointee(value))
        }

        #[inline]
        pub(super) fn load(&self) -> impl Deref<Target = T> {
            Loaded(self.0.load())
        }

        pub(super) fn replace(&self, mut f: impl FnMut(&T) -> T) -> impl Deref<Target = T> {
            self.0.rcu(|value| f(value))
        }
    }
}

#[cfg(heptad_loom)]
mod place {
    use core::ops::Deref;

    use crate::runtime::sync::{Arc, Mutex};

    pub(super) struct Place<T>(Mutex<Arc<T>>);

    impl<T> Place<T> {
        pub(super) fn new(value: T) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        pub(super) fn load(&self) -> impl Deref<Target = T> {
            Arc::clone(&self.0.lock())
        }

        pub(super) fn replace(&self, mut f: impl FnMut(&T) -> T) -> impl Deref<Target = T> {
            let mut place = self.0.lock();
            let next = Arc::new(f(&place));
            core::mem::replace(&mut *place, next)
        }
    }
}
