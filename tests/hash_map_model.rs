//! `HashMap` behaves as std's maps do, in every version that is alive, whatever the hasher.
//!
//! A failure prints its operations as a test to paste at the end of this file.

mod support;

use proptest::test_runner::TestRunner;
use support::content::{Key, Plain, Value};
use support::counted::{Census, CountedKey, CountedValue};
use support::hashers::{
    Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, Seeded, TopBits,
};
use support::interp::{Hasherly, run_map};
use support::op::{DOMAIN, MapOp};
use support::strategy::{cases, map_script};

/// One script that is sure to grow, share, merge and empty maps, whatever proptest draws.
fn grow_and_shrink() -> Vec<MapOp> {
    let full = MapOp::InsertRun {
        at: 0,
        first: 0,
        len: 255,
        step: 1,
        value: 1,
    };
    let rest = MapOp::Extend {
        at: 0,
        first: 255,
        len: 65,
        step: 1,
        value: 2,
    };
    let mut ops = vec![full, rest];
    ops.push(MapOp::Fork { from: 0, to: 1 });
    ops.push(MapOp::RemoveRun {
        at: 1,
        first: 0,
        len: 160,
        step: 2,
    });
    ops.push(MapOp::Diff { from: 0, to: 1 });
    ops.push(MapOp::Compare { left: 1, right: 0 });
    ops.push(MapOp::RelativeComplement {
        left: 0,
        right: 1,
        to: 2,
    });
    ops.push(MapOp::AddToAll { at: 2, value: 3 });
    ops.push(MapOp::Union {
        left: 1,
        right: 2,
        to: 3,
    });
    ops.push(MapOp::Merge3 {
        base: 0,
        ours: 3,
        theirs: 1,
        to: 4,
        policy: 3,
    });
    ops.push(MapOp::Retain {
        at: 3,
        modulus: 5,
        rest: 2,
    });
    ops.push(MapOp::Intersection {
        left: 3,
        right: 0,
        to: 2,
    });
    ops.push(MapOp::Drain { at: 4, to: 4 });
    for at in 0..5 {
        ops.push(MapOp::RemoveRun {
            at,
            first: 7,
            len: 255,
            step: 1,
        });
        ops.push(MapOp::RemoveRun {
            at,
            first: 200,
            len: 255,
            step: 1,
        });
        ops.push(MapOp::Insert {
            at,
            key: DOMAIN - 1,
            value: 9,
        });
    }
    ops
}

fn agrees_with_std<K: Key, V: Value, S: Hasherly>(number_of_cases: u32) {
    let mut runner = TestRunner::new(cases(number_of_cases));
    let result = runner.run(&map_script(), |script| {
        run_map::<K, V, S>(&script.0);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    run_map::<K, V, S>(&grow_and_shrink());
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn wide_leaves() {
                    agrees_with_std::<Plain, u32, $hasher>(48);
                }

                #[test]
                fn contents_with_destructors() {
                    let census = Census::start();
                    agrees_with_std::<CountedKey, CountedValue, $hasher>(16);
                    census.finish("the model test");
                }
            }
        )*
    };
}

hashers! {
    constant_hash: Constant,
    low_four_bits: LowBits,
    top_four_bits: TopBits,
    sixty_equal_bits: LastLevels,
    one_leaf_a_level: LevelBoundary,
    identity: Identity,
    good_hash: Good,
    a_seed_a_map: Seeded,
    default_hasher: heptad::RandomState,
}
