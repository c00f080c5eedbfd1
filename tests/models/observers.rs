//! An atom with streams and a history, beside a model that says which versions are shown, kept and
//! alive after each step. Random programs come from proptest and from the fuzzer.

use std::collections::BTreeSet;
use std::time::Duration;

use heptad::Atom;
use heptad::identity::{AsOf, Changes, Keep, Lag, TryRecvError};

use crate::counted::{Census, Counted};

#[derive(Clone, Copy, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Span {
    None,
    /// Times are kept, and nothing for their sake.
    Zero,
    Forever,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) struct Rule {
    pub(crate) versions: usize,
    pub(crate) span: Span,
    pub(crate) at_most: usize,
}

#[derive(Clone, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Op {
    Update,
    Keep(Rule),
    Subscribe(usize),
    Recv(usize),
    Leave(usize),
    AsOf(u64),
}

#[cfg(fuzzing)]
impl Op {
    /// The same with small numbers, so that limits are met.
    pub(crate) fn small(self) -> Self {
        match self {
            Self::Keep(rule) => Self::Keep(Rule {
                versions: rule.versions % 6,
                span: rule.span,
                at_most: if rule.at_most % 4 == 0 {
                    rule.at_most % 24 / 4
                } else {
                    usize::MAX
                },
            }),
            Self::Subscribe(limit) => Self::Subscribe(limit % 6),
            Self::AsOf(version) => Self::AsOf(version % 64),
            other => other,
        }
    }
}

/// Runs the program on both, and compares them after each step and at the end.
pub(crate) fn run(ops: &[Op]) {
    let mut trial = Trial::new();
    for op in ops {
        trial.run(op);
        trial.check();
    }
    trial.end();
}

impl Rule {
    const NOTHING: Self = Self {
        versions: 0,
        span: Span::None,
        at_most: usize::MAX,
    };

    fn to_keep(self) -> Keep {
        let keep = Keep::nothing()
            .versions(self.versions)
            .at_most(self.at_most);
        match self.span {
            Span::None => keep,
            Span::Zero => keep.span(Duration::ZERO),
            Span::Forever => keep.span(Duration::MAX),
        }
    }

    /// Whether the old version is kept that so many others lie behind, itself included.
    fn keeps(self, older: usize) -> bool {
        older <= self.at_most && (older <= self.versions || matches!(self.span, Span::Forever))
    }
}

/// A reader, and what it should be.
struct Reader {
    changes: Changes<Counted>,
    limit: usize,
    seen: u64,
    waiting: Vec<u64>,
}

struct Trial {
    census: Census,
    atom: Atom<Counted>,
    rule: Rule,
    /// Oldest first; the last is the current one.
    kept: Vec<u64>,
    readers: Vec<Reader>,
}

impl Trial {
    fn new() -> Self {
        let census = Census::default();
        Self {
            atom: Atom::new(census.value(0)),
            census,
            rule: Rule::NOTHING,
            kept: vec![0],
            readers: Vec::new(),
        }
    }

    fn current(&self) -> u64 {
        self.kept[self.kept.len() - 1]
    }

    fn trim(&mut self) {
        let (rule, all) = (self.rule, self.kept.len());
        let mut place = 0;
        self.kept.retain(|_| {
            place += 1;
            place == all || rule.keeps(all - place)
        });
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Update => self.update(),
            Op::Keep(rule) => {
                self.atom.keep_history(rule.to_keep());
                self.rule = rule;
                self.trim();
            }
            Op::Subscribe(limit) => self.readers.push(Reader {
                changes: self.atom.changes(match limit {
                    1 => Lag::Latest,
                    _ => Lag::Bounded(limit),
                }),
                limit: limit.max(1),
                seen: self.current(),
                waiting: Vec::new(),
            }),
            Op::Recv(_) | Op::Leave(_) if self.readers.is_empty() => {}
            Op::Recv(which) => {
                let which = which % self.readers.len();
                self.readers[which].recv();
            }
            Op::Leave(which) => {
                let which = which % self.readers.len();
                drop(self.readers.remove(which));
            }
            Op::AsOf(version) => self.as_of(version),
        }
    }

    fn update(&mut self) {
        let new = self.atom.swap(|old| old.another(old.number + 1));
        self.kept.push(new.version());
        self.trim();
        for reader in &mut self.readers {
            reader.waiting.push(new.version());
            let surplus = reader.waiting.len().saturating_sub(reader.limit);
            reader.waiting.drain(..surplus);
        }
    }

    fn as_of(&self, version: u64) {
        match self.atom.as_of(version) {
            Ok(found) => {
                assert!(self.kept.contains(&version));
                assert_eq!((found.version(), found.number), (version, version));
            }
            Err(error) => {
                assert!(!self.kept.contains(&version));
                assert_eq!(error.asked, AsOf::Version(version));
                assert_eq!((error.oldest, error.newest), (self.kept[0], self.current()));
            }
        }
    }

    fn check(&self) {
        let history = self.atom.history();
        let kept: Vec<u64> = history.iter().rev().map(|v| v.version()).collect();
        assert_eq!(kept, self.kept);
        let has_times = !matches!(self.rule.span, Span::None);
        assert!(history.iter().all(|v| v.time().is_some() == has_times));
        drop(history);

        let mut living: BTreeSet<u64> = self.kept.iter().copied().collect();
        for reader in &self.readers {
            living.insert(reader.seen);
            living.extend(&reader.waiting);
        }
        self.census.settle(living.len() as i64);
    }

    /// The atom ends; the readers read what is left.
    fn end(self) {
        drop(self.atom);
        for mut reader in self.readers {
            while !reader.waiting.is_empty() {
                reader.recv();
            }
            let ended = reader.changes.try_recv();
            assert_eq!(ended.unwrap_err(), TryRecvError::Ended);
        }
        self.census.settle(0);
    }
}

impl Reader {
    fn recv(&mut self) {
        let Ok(change) = self.changes.try_recv() else {
            return assert!(self.waiting.is_empty());
        };
        let expected = self.waiting.remove(0);
        assert_eq!(
            (change.old.version(), change.new.version()),
            (self.seen, expected)
        );
        assert_eq!(change.new.number, expected);
        assert_eq!(change.skipped(), expected - self.seen - 1);
        self.seen = expected;
    }
}
