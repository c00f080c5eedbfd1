//! heptad and its peers, measured side by side.
//!
//! ```text
//! cargo bench --bench versus -- [AREA[/OP[/N]]].. [--quick] [--tsv]
//! ```
//!
//! One process, one hasher, one allocator: in each round every system is
//! sampled once, and the median of the rounds is shown. Before a row is timed,
//! all its systems must have computed the same result.
//!
//! To add an area: a folder beside `map` with a `pub const AREA: Area`, and one
//! line in [`AREAS`].

mod agent;
mod alloc;
mod atom;
mod harness;
mod map;

use std::process::ExitCode;

use harness::{Area, Options, Session};

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

/// Everything that can be measured, in the order it is shown.
const AREAS: &[Area] = &[map::AREA, atom::AREA, agent::AREA];

fn main() -> ExitCode {
    let options = Options::parse(std::env::args().skip(1), AREAS);
    match options.and_then(|options| Session::new(options).run(AREAS)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
