//! What the tests of the hash collections and the fuzz targets share: the operations, the
//! interpreter that checks every live version after each of them, bad hashers, and contents
//! that count themselves, panic on order, or lie.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test, and each fuzz target, uses its own part"
)]

pub(crate) mod content;
pub(crate) mod counted;
pub(crate) mod hashers;
pub(crate) mod inconsistent;
pub(crate) mod interp;
pub(crate) mod interp_set;
pub(crate) mod op;
#[cfg(not(fuzzing))]
pub(crate) mod strategy;
