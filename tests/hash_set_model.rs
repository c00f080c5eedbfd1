//! `HashSet` behaves as std's sets do, in every version that is alive, whatever the hasher.
//!
//! A failure prints its operations as a test to paste at the end of this file.

mod support;

use proptest::test_runner::TestRunner;
use support::content::{Key, Plain};
use support::counted::{Census, CountedKey};
use support::hashers::{
    Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, Seeded, TopBits,
};
use support::interp::Hasherly;
use support::interp_set::run_set;
use support::op::SetOp;
use support::strategy::{cases, set_script};

/// One script that is sure to grow, share, merge and empty sets, whatever proptest draws.
fn grow_and_shrink() -> Vec<SetOp> {
    let mut ops = vec![SetOp::InsertRun {
        at: 0,
        first: 0,
        len: 255,
        step: 1,
    }];
    ops.push(SetOp::Extend {
        at: 0,
        first: 200,
        len: 120,
        step: 1,
    });
    ops.push(SetOp::Fork { from: 0, to: 1 });
    ops.push(SetOp::RemoveRun {
        at: 1,
        first: 0,
        len: 100,
        step: 3,
    });
    ops.push(SetOp::Diff { from: 0, to: 1 });
    ops.push(SetOp::RelativeComplement {
        left: 0,
        right: 1,
        to: 2,
    });
    ops.push(SetOp::Union {
        left: 2,
        right: 1,
        to: 3,
    });
    ops.push(SetOp::Compare { left: 3, right: 0 });
    ops.push(SetOp::SymmetricDifference {
        left: 3,
        right: 2,
        to: 4,
    });
    for at in 0..5 {
        ops.push(SetOp::RemoveRun {
            at,
            first: 7,
            len: 255,
            step: 1,
        });
        ops.push(SetOp::RemoveRun {
            at,
            first: 200,
            len: 255,
            step: 1,
        });
        ops.push(SetOp::Insert { at, key: 319 });
    }
    ops
}

fn agrees_with_std<K: Key, S: Hasherly>(number_of_cases: u32) {
    let mut runner = TestRunner::new(cases(number_of_cases));
    let result = runner.run(&set_script(), |script| {
        run_set::<K, S>(&script.0);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    run_set::<K, S>(&grow_and_shrink());
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn wide_leaves() {
                    agrees_with_std::<Plain, $hasher>(32);
                }

                #[test]
                fn contents_with_destructors() {
                    let census = Census::start();
                    agrees_with_std::<CountedKey, $hasher>(12);
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
