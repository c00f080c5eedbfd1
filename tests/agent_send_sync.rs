//! Which of the agent's types may cross threads.

use std::panic::{RefUnwindSafe, UnwindSafe};

use heptad::Agent;
use heptad::identity::{
    AgentBuilder, AgentError, AgentMetrics, Job, Queue, RestartError, SendError, Settled, WaitError,
};

fn is_send<T: Send>() {}
fn is_sync<T: Sync>() {}
fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
fn is_error<T: std::error::Error>() {}

#[test]
fn agents_and_what_they_return_cross_threads() {
    is_send::<Agent<String>>();
    is_sync::<Agent<String>>();
    is_send::<Settled<String>>();
    is_sync::<Settled<String>>();
    is_send::<AgentError>();
    is_sync::<AgentError>();
    is_send::<WaitError>();
    is_sync::<WaitError>();
    is_send::<SendError<fn(&u8) -> u8>>();
    is_sync::<SendError<fn(&u8) -> u8>>();
    is_send::<RestartError<String>>();
    is_sync::<RestartError<String>>();
    is_send::<Job>();
    is_send::<AgentBuilder<String>>();
    is_send::<AgentMetrics>();
    is_send::<Queue>();
}

#[test]
fn agents_may_be_used_after_a_caught_panic() {
    is_unwind_safe::<Agent<String>>();
}

#[test]
fn refusals_are_errors_that_need_nothing_of_what_they_hand_back() {
    struct Silent;
    is_error::<SendError<Silent>>();
    is_error::<RestartError<Silent>>();
    is_error::<WaitError>();
    is_error::<AgentError>();
}

#[test]
fn a_handle_is_one_pointer() {
    assert_eq!(size_of::<Agent<[u64; 9]>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Agent<u8>>>(), size_of::<usize>());
}

#[test]
fn debug_shows_the_value_its_version_and_the_queue() {
    let agent = Agent::builder().name("stock").build(7);
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap();
    let text = format!("{agent:?}");
    for part in [
        "stock",
        "value: 8",
        "version: 1",
        "queued: 0",
        "failed: false",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
