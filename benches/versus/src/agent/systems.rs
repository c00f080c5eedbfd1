//! The agents under test: a number that functions are sent to, which run one after the other.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use heptad::Agent;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

/// Agents, and whatever runs them.
pub(super) trait Agents {
    const NAME: &'static str;
    /// heptad is compared with the best of these.
    const PEER: bool = true;

    /// An agent, whose state is 0.
    type Agent;

    fn start() -> Self;
    fn spawn(&self) -> Self::Agent;
    /// Adds one, some time later.
    fn send(&self, agent: &Self::Agent);
    /// Adds one, and counts that.
    fn send_counted(&self, agent: &Self::Agent, count: &Arc<AtomicUsize>);
    /// Adds one, waits until that is done, and returns the state.
    fn send_and_settle(&self, agent: &Self::Agent) -> u64;
    /// Waits until what was sent before to any has been done, and returns the sum of the states.
    fn settle_all(&self, agents: &[Self::Agent]) -> u64;
}

/// heptad's agents, on the pool of the process.
pub(super) struct Heptad;

/// What an action adds. It is carried along, as most actions carry something: a closure that
/// carries nothing takes no allocation where closures are boxed.
fn one() -> u64 {
    black_box(1)
}

fn add_one(agent: &Agent<u64>) {
    let more = one();
    let sent = agent.send(move |state| state + more);
    assert!(sent.is_ok(), "the agent has not failed");
}

fn settled(agent: &Agent<u64>) -> u64 {
    agent.wait().expect("no action fails");
    agent.with(|state| *state)
}

impl Agents for Heptad {
    const NAME: &'static str = "heptad";
    const PEER: bool = false;

    type Agent = Agent<u64>;

    fn start() -> Self {
        Self
    }
    fn spawn(&self) -> Agent<u64> {
        Agent::new(0)
    }
    fn send(&self, agent: &Agent<u64>) {
        add_one(agent);
    }
    fn send_counted(&self, agent: &Agent<u64>, count: &Arc<AtomicUsize>) {
        let count = Arc::clone(count);
        let sent = agent.send(move |state| {
            count.fetch_add(1, Relaxed);
            state + 1
        });
        assert!(sent.is_ok(), "the agent has not failed");
    }
    fn send_and_settle(&self, agent: &Agent<u64>) -> u64 {
        add_one(agent);
        settled(agent)
    }
    fn settle_all(&self, agents: &[Agent<u64>]) -> u64 {
        agents.iter().map(settled).sum()
    }
}

/// A task of tokio's multi-thread runtime that owns the state and runs what its unbounded channel
/// brings.
pub(super) struct Tokio {
    runtime: Runtime,
}

pub(super) struct TokioTask {
    actions: mpsc::UnboundedSender<Action>,
}

type Action = Box<dyn FnOnce(&mut u64) + Send>;

async fn own(mut state: u64, mut actions: mpsc::UnboundedReceiver<Action>) {
    while let Some(action) = actions.recv().await {
        action(&mut state);
    }
}

impl TokioTask {
    fn send(&self, action: impl FnOnce(&mut u64) + Send + 'static) {
        let sent = self.actions.send(Box::new(action));
        assert!(sent.is_ok(), "the task ends after its sender");
    }

    /// Adds so much and asks for the state, behind all that was sent before.
    fn ask(&self, more: u64) -> oneshot::Receiver<u64> {
        let (reply, answer) = oneshot::channel();
        self.send(move |state| {
            *state += more;
            let _nobody_waits = reply.send(*state).is_err();
        });
        answer
    }
}

fn answered(answer: oneshot::Receiver<u64>) -> u64 {
    answer.blocking_recv().expect("the task answers")
}

impl Agents for Tokio {
    const NAME: &'static str = "tokio-task";

    type Agent = TokioTask;

    fn start() -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        Self { runtime }
    }
    fn spawn(&self) -> TokioTask {
        let (actions, received) = mpsc::unbounded_channel();
        self.runtime.spawn(own(0, received));
        TokioTask { actions }
    }
    fn send(&self, task: &TokioTask) {
        let more = one();
        task.send(move |state| *state += more);
    }
    fn send_counted(&self, task: &TokioTask, count: &Arc<AtomicUsize>) {
        let count = Arc::clone(count);
        task.send(move |state| {
            count.fetch_add(1, Relaxed);
            *state += 1;
        });
    }
    fn send_and_settle(&self, task: &TokioTask) -> u64 {
        answered(task.ask(1))
    }
    fn settle_all(&self, tasks: &[TokioTask]) -> u64 {
        // All are asked before the first is waited for.
        let answers: Vec<_> = tasks.iter().map(|task| task.ask(0)).collect();
        answers.into_iter().map(answered).sum()
    }
}
