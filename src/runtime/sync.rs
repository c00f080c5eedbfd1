//! stub
#![allow(missing_docs)]
pub(crate) use std::sync::atomic;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct RefCount(AtomicU32);
impl RefCount {
    #[inline]
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(1))
    }
    #[inline]
    pub(crate) fn increment(&self) {
        if self.0.fetch_add(1, Ordering::Relaxed) > i32::MAX as u32 {
            std::process::abort()
        }
    }
    #[inline]
    pub(crate) fn decrement(&self) -> bool {
        if self.0.fetch_sub(1, Ordering::Release) != 1 {
            return false;
        }
        std::sync::atomic::fence(Ordering::Acquire);
        true
    }
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        self.0.load(Ordering::Acquire) == 1
    }
}
