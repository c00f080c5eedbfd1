//! heptad: shared state without luck.
#![forbid(unsafe_op_in_unsafe_fn)]
