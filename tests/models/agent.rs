//! An agent, and a model of it that does everything at once. Random programs come from proptest and
//! from the fuzzer.

use std::collections::VecDeque;
use std::sync::{Arc, mpsc};

use heptad::Agent;
use heptad::identity::{
    ErrorMode, Executor, Job, Queue, RestartErrorKind, SendErrorKind, WaitError,
};

#[derive(Clone, Copy, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Verb {
    Send,
    Off,
    Via,
    ViaNobody,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Action {
    Add(u64),
    Refuse,
    Panic,
    /// Adds, and sends an action that adds.
    AddAndSend(u64),
    /// Sends an action that adds, and refuses.
    SendAndRefuse,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Op {
    Send(Verb, Action),
    /// Everything until the next `Wait` is sent while the agent is held up.
    HoldUp,
    Wait,
    Restart(u64, bool),
    Shutdown(bool),
}

#[cfg(fuzzing)]
impl Op {
    /// The same with small numbers, so that no sum overflows.
    pub(crate) fn small(self) -> Self {
        match self {
            Self::Send(verb, Action::Add(n)) => Self::Send(verb, Action::Add(n % 100)),
            Self::Send(verb, Action::AddAndSend(n)) => {
                Self::Send(verb, Action::AddAndSend(n % 100))
            }
            Self::Restart(value, keep) => Self::Restart(value % 1_000, keep),
            other => other,
        }
    }
}

/// The agent as it should be.
#[derive(Debug, Default)]
struct Model {
    value: u64,
    version: u64,
    queue: VecDeque<(Verb, Action)>,
    goes_on: bool,
    room: Option<usize>,
    /// While it is held up, nothing is run; the action that does so is queued first.
    held_up: bool,
    failed: bool,
    shut_down: bool,
    cleared: bool,
    sent: u64,
    failures: u64,
    dropped: u64,
    unsent: u64,
}

impl Model {
    fn send(&mut self, verb: Verb, action: Action) -> Option<SendErrorKind> {
        if self.shut_down {
            return Some(SendErrorKind::ShutDown);
        }
        if self.failed {
            return Some(SendErrorKind::Failed);
        }
        if self.room == Some(0) {
            return Some(SendErrorKind::Full);
        }
        self.room = self.room.map(|room| room - 1);
        self.sent += 1;
        self.queue.push_back((verb, action));
        self.run();
        None
    }

    fn settle(&mut self, actions: usize) {
        self.room = self.room.map(|room| room + actions);
    }

    fn run(&mut self) {
        while !self.held_up && !self.failed {
            let Some((verb, action)) = self.queue.pop_front() else {
                return;
            };
            if self.cleared {
                self.dropped += 1;
            } else {
                self.perform(verb, action);
            }
            self.settle(1);
        }
    }

    fn perform(&mut self, verb: Verb, action: Action) {
        let added = match (verb, action) {
            (Verb::ViaNobody, _) | (_, Action::Refuse | Action::Panic) => None,
            (_, Action::SendAndRefuse) => {
                // What it sends is dropped, unless it was refused.
                let admitted = !self.shut_down && self.room != Some(0);
                self.unsent += u64::from(admitted);
                None
            }
            (_, Action::Add(n) | Action::AddAndSend(n)) => Some(n),
        };
        let Some(added) = added else {
            self.failures += 1;
            self.failed = !self.goes_on;
            return;
        };
        // Held until it has succeeded, and queued behind everything else then.
        if let Action::AddAndSend(_) = action {
            if !self.shut_down && self.room != Some(0) {
                self.room = self.room.map(|room| room - 1);
                self.sent += 1;
                self.queue.push_back((Verb::Send, Action::Add(1)));
            }
        }
        self.value += added;
        self.version += 1;
    }

    fn drop_queue(&mut self) {
        let queued = self.queue.len();
        self.queue.clear();
        self.dropped += queued as u64;
        self.settle(queued);
    }

    fn restart(&mut self, value: u64, keep: bool) -> Option<RestartErrorKind> {
        if self.shut_down {
            return Some(RestartErrorKind::ShutDown);
        }
        if !self.failed {
            return Some(RestartErrorKind::NotFailed);
        }
        if !keep {
            self.drop_queue();
        }
        self.value = value;
        self.version += 1;
        self.failed = false;
        self.run();
        None
    }

    fn shut_down(&mut self, keep: bool) {
        self.shut_down = true;
        self.cleared |= !keep;
        if self.failed && self.cleared {
            self.drop_queue();
        }
    }
}

struct Real {
    agent: Agent<u64>,
    go_on: Option<mpsc::Sender<()>>,
    here: Arc<dyn Executor>,
    nobody: Arc<dyn Executor>,
}

impl Real {
    fn new(goes_on: bool, bound: Option<usize>) -> Self {
        let mut builder = Agent::builder();
        if goes_on {
            builder = builder.error_mode(ErrorMode::Continue);
        }
        if let Some(bound) = bound {
            builder = builder.bounded(bound);
        }
        Self {
            agent: builder.build(0),
            go_on: None,
            here: Arc::new(Job::run),
            nobody: Arc::new(|job: Job| drop(job)),
        }
    }

    fn send(&self, verb: Verb, action: Action) -> Option<SendErrorKind> {
        let agent = self.agent.clone();
        let send_one = move || drop(agent.send(|n| n + 1));
        let run = move |n: &u64| match action {
            Action::Add(added) => Ok(n + added),
            Action::AddAndSend(added) => {
                send_one();
                Ok(n + added)
            }
            Action::SendAndRefuse => {
                send_one();
                Err("refused")
            }
            Action::Refuse => Err("refused"),
            Action::Panic => std::panic::resume_unwind(Box::new("injected")),
        };
        let sent = match verb {
            Verb::Send => self.agent.send_fallible(run),
            Verb::Off => self.agent.send_off_fallible(run),
            Verb::Via => self.agent.send_via_fallible(Arc::clone(&self.here), run),
            Verb::ViaNobody => self.agent.send_via_fallible(Arc::clone(&self.nobody), run),
        };
        sent.err().map(|error| error.kind)
    }

    /// Returns whether the agent is held up now.
    fn hold_up(&mut self) -> bool {
        if self.go_on.is_some() {
            return false;
        }
        let (go_on, gate) = mpsc::channel::<()>();
        let (tell, started) = mpsc::channel();
        let sent = self.agent.send_off(move |n| {
            let _ = tell.send(());
            let _ = gate.recv();
            n + 1
        });
        // A cleared or failed agent drops it without running it.
        if sent.is_err() || started.recv().is_err() {
            return false;
        }
        self.go_on = Some(go_on);
        true
    }

    /// Until nothing is to be run, or the agent has failed.
    fn settle(&mut self) -> Result<(), WaitError> {
        self.go_on = None;
        loop {
            self.agent.wait()?;
            if self.agent.queue_len() == 0 {
                return Ok(());
            }
        }
    }
}

impl Drop for Real {
    /// What is queued holds its own agent, which would keep it for ever if it has failed.
    fn drop(&mut self) {
        let _ = self.settle();
        self.agent.shutdown(Queue::Clear);
    }
}

/// Runs the program on both, and compares them wherever the agent has nothing to do.
pub(crate) fn run(ops: &[Op], goes_on: bool, bound: Option<usize>) {
    let mut model = Model {
        goes_on,
        room: bound,
        ..Model::default()
    };
    let mut real = Real::new(goes_on, bound);
    for &op in ops {
        match op {
            Op::Send(verb, action) => {
                let expected = model.send(verb, action);
                assert_eq!(real.send(verb, action), expected, "{:?}", op);
                // What follows depends on whether it is run by now.
                if !model.held_up {
                    let _ = real.settle();
                }
            }
            Op::HoldUp => {
                if real.hold_up() {
                    // It runs already, and takes its place in the queue until it is done.
                    model.held_up = true;
                    assert!(model.send(Verb::Off, Action::Add(1)).is_none());
                }
            }
            Op::Wait => {
                model.held_up = false;
                model.run();
                let result = real.settle();
                assert_eq!(
                    result.is_err(),
                    model.failed || model.cleared,
                    "{:?}",
                    result
                );
            }
            Op::Restart(value, keep) => {
                let refused = real
                    .agent
                    .restart(value, if keep { Queue::Keep } else { Queue::Clear });
                assert_eq!(refused.err().map(|e| e.kind), model.restart(value, keep));
                if !model.held_up {
                    let _ = real.settle();
                }
            }
            Op::Shutdown(keep) => {
                // The one that holds the agent up is running: it is done before any clearing.
                model.held_up = false;
                model.run();
                let _ = real.settle();
                real.agent
                    .shutdown(if keep { Queue::Keep } else { Queue::Clear });
                model.shut_down(keep);
            }
        }
        if !model.held_up {
            let metrics = real.agent.metrics();
            assert_eq!(*real.agent.load(), model.value, "{:?}", op);
            assert_eq!(real.agent.version(), model.version, "{:?}", op);
            assert_eq!(real.agent.queue_len(), model.queue.len(), "{:?}", op);
            assert_eq!(
                real.agent.error().is_some(),
                model.failed || goes_on && model.failures > 0
            );
            let counted = (
                metrics.sent,
                metrics.failed,
                metrics.dropped,
                metrics.unsent,
            );
            let expected = (model.sent, model.failures, model.dropped, model.unsent);
            assert_eq!(counted, expected, "{:?}", op);
            let settled = metrics.done + metrics.failed + metrics.dropped;
            let queued = model.queue.len() as u64;
            assert_eq!(metrics.sent, settled + queued, "{:?}", op);
        }
    }
}
