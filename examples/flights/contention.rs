//! What the atoms tell about the races of the writers: lost ones, turns taken, the longest loser.

use heptad::Atom;
use heptad::metrics::AtomMetrics;

use crate::facts::Facts;

/// The counters of one atom.
#[derive(Clone, Debug)]
pub(crate) struct Contended {
    pub(crate) atom: String,
    /// Updates that were made.
    pub(crate) swaps: u64,
    pub(crate) metrics: AtomMetrics,
}

impl Contended {
    fn of<T: Send + Sync + 'static>(atom: &Atom<T>) -> Self {
        Self {
            atom: atom.name().unwrap_or("?").to_owned(),
            swaps: atom.version(),
            metrics: atom.metrics(),
        }
    }

    /// Updates that lost more than one race.
    fn lost_again(&self) -> u64 {
        // The first two are those with one and with two attempts.
        self.metrics.histogram.iter().skip(2).sum()
    }
}

/// The counters of all atoms, in the order of the fields of [`Facts`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Contention {
    pub(crate) atoms: Vec<Contended>,
}

impl Contention {
    pub(crate) fn of(facts: &Facts) -> Self {
        Self {
            atoms: vec![
                Contended::of(&facts.carriers),
                Contended::of(&facts.routes),
                Contended::of(&facts.airports),
                Contended::of(&facts.fleet),
            ],
        }
    }

    /// Each kind of contention there is, and whether it came up.
    pub(crate) fn kinds(&self) -> Vec<(String, bool)> {
        let lost = |one: &Contended| {
            let kind = format!("a lost race for {}", one.atom);
            (kind, one.metrics.conflicts > 0)
        };
        let any = |of: fn(&Contended) -> u64| self.atoms.iter().any(|one| of(one) > 0);
        let mut kinds: Vec<_> = self.atoms.iter().map(lost).collect();
        kinds.push((
            "a swap that lost more than once".into(),
            any(Contended::lost_again),
        ));
        kinds.push((
            "an escalation (a swap that took a turn)".into(),
            any(|one| one.metrics.escalations),
        ));
        kinds
    }
}
