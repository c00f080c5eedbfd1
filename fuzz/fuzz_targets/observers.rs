//! Reads bytes as updates, streams and history rules of one atom and compares them with a model.
#![no_main]

#[path = "../../tests/counted/mod.rs"]
mod counted;
#[path = "../../tests/models/observers.rs"]
mod model;

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use model::Op;

const MOST_OPS: usize = 64;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Unstructured::new(data);
    let mut ops = Vec::new();
    while ops.len() < MOST_OPS && !bytes.is_empty() {
        match Op::arbitrary(&mut bytes) {
            Ok(op) => ops.push(op.small()),
            Err(_) => break,
        }
    }
    model::run(&ops);
});
