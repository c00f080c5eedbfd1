//! Random programs of updates, streams and history rules on one atom, beside a model of it.

mod counted;
#[path = "models/observers.rs"]
mod model;

use model::{Op, Rule, Span};
use proptest::prelude::*;

fn rule() -> impl Strategy<Value = Rule> {
    let span = prop_oneof![
        3 => Just(Span::None),
        1 => Just(Span::Zero),
        1 => Just(Span::Forever)
    ];
    let at_most = prop_oneof![3 => Just(usize::MAX), 1 => 0..6_usize];
    (0..6_usize, span, at_most).prop_map(|(versions, span, at_most)| Rule {
        versions,
        span,
        at_most,
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Update),
        1 => rule().prop_map(Op::Keep),
        1 => (0..6_usize).prop_map(Op::Subscribe),
        3 => any::<usize>().prop_map(Op::Recv),
        1 => any::<usize>().prop_map(Op::Leave),
        2 => (0..30_u64).prop_map(Op::AsOf),
    ]
}

proptest! {
    #[test]
    fn streams_and_history_show_and_keep_what_their_rules_say(
        ops in prop::collection::vec(op(), 1..60),
    ) {
        model::run(&ops);
    }
}
