//! Reads bytes as calls on one agent and compares it with a model that does everything at once. The
//! first byte picks the mode after errors and the bound.
#![no_main]

#[path = "../../tests/models/agent.rs"]
mod model;

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use model::Op;

/// Each op costs the round trip to another thread.
const MOST_OPS: usize = 24;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let mut bytes = Unstructured::new(rest);
    let mut ops = Vec::new();
    while ops.len() < MOST_OPS && !bytes.is_empty() {
        match Op::arbitrary(&mut bytes) {
            Ok(op) => ops.push(op.small()),
            Err(_) => break,
        }
    }
    let bound = usize::from(choice >> 1) % 8;
    model::run(&ops, choice & 1 != 0, (bound != 0).then_some(bound));
});
