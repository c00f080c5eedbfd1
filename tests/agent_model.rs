//! An agent, and a model of it that does everything at once: for any sequence of calls, they end
//! with the same value, version, queue and counters.

#[path = "models/agent.rs"]
mod model;

use model::{Action, Op, Verb};
use proptest::prelude::*;

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        6 => Just(Verb::Send),
        2 => Just(Verb::Off),
        2 => Just(Verb::Via),
        1 => Just(Verb::ViaNobody),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => (1..100_u64).prop_map(Action::Add),
        1 => Just(Action::Refuse),
        1 => Just(Action::Panic),
        2 => (1..100_u64).prop_map(Action::AddAndSend),
        1 => Just(Action::SendAndRefuse),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        30 => (verb(), action()).prop_map(|(verb, action)| Op::Send(verb, action)),
        3 => Just(Op::HoldUp),
        6 => Just(Op::Wait),
        4 => (0..1_000_u64, any::<bool>()).prop_map(|(value, keep)| Op::Restart(value, keep)),
        1 => any::<bool>().prop_map(Op::Shutdown),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_agent_does_what_its_model_does(
        ops in prop::collection::vec(op(), 1..60),
        goes_on in any::<bool>(),
        bound in prop::option::of(1..8_usize),
    ) {
        model::run(&ops, goes_on, bound);
    }
}
