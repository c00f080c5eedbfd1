//! What an executor of the user is given to run.

use core::fmt;

use super::{AnyWork, Place, Work, pass_on, run};

/// Runs jobs: a thread pool, an event loop, anything that the program has for the purpose.
///
/// Closures that take a [`Job`] are executors.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heptad::identity::Job;
/// use heptad::Agent;
///
/// let agent = Agent::new(1);
/// let own_threads = Arc::new(|job: Job| {
///     std::thread::spawn(move || job.run());
/// });
/// agent.send_via(own_threads, |n| n + 1)?;
/// agent.wait()?;
/// assert_eq!(*agent.load(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Executor: Send + Sync {
    /// Takes a job, to be [run](Job::run) once, now or later, on any thread.
    ///
    /// An executor that has shut down drops the job: it is then reported to whom it came from. One
    /// that keeps a job for ever keeps its agent waiting for ever.
    fn execute(&self, job: Job);
}

impl<F: Fn(Job) + Send + Sync> Executor for F {
    fn execute(&self, job: Job) {
        self(job);
    }
}

/// A piece of work for an [`Executor`].
///
/// Runs the next actions of one agent, as long as they were sent via the same executor, and no more
/// than about a thousand of them.
#[must_use = "a job that is dropped is reported as a failure"]
pub struct Job {
    /// Taken when it is run.
    work: Option<AnyWork>,
}

impl Job {
    pub(super) fn new(work: AnyWork) -> Self {
        Self { work: Some(work) }
    }

    /// Runs it here, on this thread. A panic of an action does not come out of it.
    pub fn run(mut self) {
        if let Some(work) = self.work.take() {
            run(work, Place::Executor);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if cfg!(heptad_mutant = "job_dropped_in_silence") {
            return;
        }
        if let Some(work) = self.work.take() {
            pass_on(work, <dyn Work>::abandoned);
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}
