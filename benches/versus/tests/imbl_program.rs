//! The program of heptad's migration test with `imbl` itself, so that it is sure to be a program
//! that `imbl` compiles and passes.

extern crate imbl as peer;

#[path = "../../../tests/support/imbl_program.rs"]
mod imbl_program;
