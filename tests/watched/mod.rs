//! A payload for models that loom keeps an eye on.

#![allow(unsafe_code, reason = "the payload reads and writes a loom cell")]

/// A number in memory that loom watches: reading it before it is there, while it is written or
/// after it is gone fails, and so does leaving it behind.
pub(crate) struct Watched {
    number: loom::cell::UnsafeCell<u64>,
    _leak_check: loom::alloc::Track<()>,
}

// SAFETY: only `drop` writes the cell, with the value to itself; loom checks exactly that.
unsafe impl Send for Watched {}
// SAFETY: as above.
unsafe impl Sync for Watched {}

impl Watched {
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number: loom::cell::UnsafeCell::new(number),
            _leak_check: loom::alloc::Track::new(()),
        }
    }

    pub(crate) fn get(&self) -> u64 {
        // SAFETY: nobody writes while the value is borrowed.
        self.number.with(|number| unsafe { *number })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: the value is exclusively borrowed.
        self.number.with_mut(|number| unsafe { *number = u64::MAX });
    }
}

pub(crate) fn add(amount: u64) -> impl FnMut(&Watched) -> Watched {
    move |value| Watched::new(value.get() + amount)
}
