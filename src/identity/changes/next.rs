//! The future of the next change.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Change, Changes};

/// Resolves to the next change; made by [`Changes::next`], which says more.
#[must_use = "a future does nothing until it is awaited"]
pub struct Next<'a, T: Send + Sync + 'static> {
    changes: &'a mut Changes<T>,
}

impl<'a, T: Send + Sync + 'static> Next<'a, T> {
    pub(super) fn new(changes: &'a mut Changes<T>) -> Self {
        Self { changes }
    }
}

impl<T: Send + Sync + 'static> Future for Next<'_, T> {
    type Output = Option<Change<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.changes.poll_change(context)
    }
}

impl<T: Send + Sync + 'static> Drop for Next<'_, T> {
    fn drop(&mut self) {
        self.changes.stop_waiting();
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for Next<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Next").field(&self.changes).finish()
    }
}
