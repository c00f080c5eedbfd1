//! Reads bytes as operations on several live maps and compares all of them with std's after each
//! one. The first byte picks the hasher and the contents. A crash prints its operations as a test.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use support::content::Plain;
use support::counted::{Census, CountedKey, CountedValue};
use support::hashers::{
    Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, Seeded, TopBits,
};
use support::interp::{Hasherly, run_map};
use support::op::{MapOp, Script, decode, print_on_panic};

fn run<S: Hasherly>(owned: bool, script: &Script<MapOp>) {
    let (hasher, ops) = (std::any::type_name::<S>(), &script.0);
    print_on_panic(
        script,
        &format!("hasher {hasher}, contents with destructors: {owned}"),
    );
    if owned {
        let census = Census::start();
        run_map::<CountedKey, CountedValue, S>(ops);
        census.finish("fuzzed maps");
    } else {
        run_map::<Plain, u32, S>(ops);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let script: Script<MapOp> = decode(rest);
    let owned = choice & 8 != 0;
    match choice % 8 {
        0 => run::<Good>(owned, &script),
        1 => run::<Constant>(owned, &script),
        2 => run::<LowBits>(owned, &script),
        3 => run::<TopBits>(owned, &script),
        4 => run::<LastLevels>(owned, &script),
        5 => run::<LevelBoundary>(owned, &script),
        6 => run::<Identity>(owned, &script),
        _ => run::<Seeded>(owned, &script),
    }
});
