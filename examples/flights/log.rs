//! The audit log: an agent to which all writers and auditors send records.
//!
//! A send returns at once; the agent appends the records one after the other, somewhere else, and
//! keeps those of one sender in the order in which they were sent. Nobody waits for the log but
//! the one who reads it at the end.

use std::collections::BTreeMap;
use std::fmt;

use heptad::{Agent, HashMap, Shared};

/// The records by their place in the log. A map because it has cheap versions: whoever reads the
/// log holds a snapshot of it.
pub(crate) type Records = HashMap<u64, Record>;

/// Who sends records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sender {
    Writer(usize),
    Auditor(usize),
}

/// One entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) sender: Sender,
    /// The sender's own count: 0, 1, 2, and so on.
    pub(crate) number: u64,
    pub(crate) event: Event,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A writer replayed so many flights.
    Flew(u64),
    /// An auditor checked one snapshot.
    Audited { fleet_version: u64, failures: u64 },
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sender {
            Sender::Writer(writer) => write!(f, "writer {writer}")?,
            Sender::Auditor(auditor) => write!(f, "auditor {auditor}")?,
        }
        write!(f, ", record {}: ", self.number)?;
        match self.event {
            Event::Flew(flights) => write!(f, "replayed {flights} flights"),
            Event::Audited {
                fleet_version,
                failures,
            } => write!(
                f,
                "checked fleet version {fleet_version}, {failures} checks failed"
            ),
        }
    }
}

/// The log.
pub(crate) struct Log {
    pub(crate) agent: Agent<Records>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            agent: Agent::builder().name("audit log").build(Records::default()),
        }
    }

    /// What a sender writes with: it numbers the records. One for each sender, or else the numbers
    /// begin again and the log is not in order.
    pub(crate) fn pen(&self, sender: Sender) -> Pen<'_> {
        Pen {
            log: self,
            sender,
            next: 0,
        }
    }

    /// The log when all that was sent has been written.
    pub(crate) fn finished(&self) -> Result<Shared<Records>, String> {
        match self.agent.wait() {
            Ok(()) => Ok(self.agent.load_full()),
            Err(error) => Err(format!("the audit log is not finished: {error}")),
        }
    }
}

/// Writes for one sender.
pub(crate) struct Pen<'a> {
    log: &'a Log,
    sender: Sender,
    next: u64,
}

impl Pen<'_> {
    /// Sends one record. If the log had failed, its end would tell, and the record would be missing.
    pub(crate) fn write(&mut self, event: Event) {
        let record = Record {
            sender: self.sender,
            number: self.next,
            event,
        };
        self.next += 1;
        let sent = self
            .log
            .agent
            .send(move |records| appended(records, record));
        drop(sent);
    }
}

pub(crate) fn appended(records: &Records, record: Record) -> Records {
    records.update(records.len() as u64, record)
}

/// What is wrong with a finished log of so many audits and flights, a line each: every audit and
/// every flight is in it exactly once, and each sender's records are in the sender's order.
pub(crate) fn problems(records: &Records, audits: u64, flights: u64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut next: BTreeMap<Sender, u64> = BTreeMap::new();
    let (mut audited, mut flown) = (0, 0);
    for place in 0..records.len() as u64 {
        let Some(record) = records.get(&place) else {
            lines.push(format!("audit log: nothing at place {place}"));
            continue;
        };
        let wanted = next.entry(record.sender).or_default();
        if record.number != *wanted {
            lines.push(format!("audit log: {record}; expected record {wanted}"));
        }
        *wanted = record.number + 1;
        match record.event {
            Event::Flew(flights) => flown += flights,
            Event::Audited { .. } => audited += 1,
        }
    }
    for (what, found, wanted) in [("audits", audited, audits), ("flights", flown, flights)] {
        if found != wanted {
            lines.push(format!("audit log: {found} {what} instead of {wanted}"));
        }
    }
    lines
}
