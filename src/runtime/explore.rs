//! Runs a model through loom and makes sure that loom had something to explore. Also a part of the
//! models in `tests/`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `model` through every interleaving, or through those with at most `preemptions` switches
/// away from a thread that could have gone on. Fails if there were fewer than `at_least`
/// executions: a model that explores little proves little. (`tests/mutants.sh` switches that off,
/// as code with a mistake in it must fail for the mistake.)
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
