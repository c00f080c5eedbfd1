//! Runs a model of a module through loom, as `tests/explore` does for those of the public types.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `model` through every interleaving with at most `preemptions` switches away from a thread
/// that could have gone on. Fails if there were fewer than `at_least` executions.
pub(crate) fn explore(
    at_least: usize,
    preemptions: impl Into<Option<usize>>,
    model: impl Fn() + Send + Sync + 'static,
) {
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions.into();
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let executions = executions.load(Ordering::Relaxed);
    println!("{executions} executions");
    assert!(
        executions >= at_least || std::env::var_os("HEPTAD_ANY_EXECUTIONS").is_some(),
        "only {executions} executions, expected {at_least} or more"
    );
}
