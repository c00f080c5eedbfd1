//! Pages to read; there is no code here, and every example on them runs as a test.
//!
//! | page | answers |
//! |---|---|
//! | [`choosing`] | which type and which method for what you have |
//! | [`consistency`] | what each operation guarantees, and which test would fail if it did not |
//! | [`limitations`] | what is slower, later or narrower than you may expect |
//! | [`performance`] | what operations cost, how to measure them, how to read the result |
//! | [`internals`] | how it works, and whose ideas it rests on |
//! | [`migration`] | coming from `im` or `imbl`: name by name what differs |

#[doc(hidden)]
pub mod compile_fail;

pub mod choosing;
pub mod consistency;
pub mod internals;
pub mod limitations;
pub mod migration;
pub mod performance;
