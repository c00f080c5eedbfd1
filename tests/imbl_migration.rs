//! A program written for `imbl` compiles and passes with heptad after changing one line.
//!
//! The line is the next one. The same program runs with `imbl` itself beside the benches, which
//! have it as a dependency: `cargo test -p heptad-versus --test imbl_program`.

extern crate heptad as peer;

#[path = "support/imbl_program.rs"]
mod imbl_program;
