//! heptad: shared state without luck.
mod runtime;
mod value;
