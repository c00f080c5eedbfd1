//! The counters of named atoms reach the recorder of the `metrics` facade, and a turn is an event
//! for `tracing`. Empty without the features of these names.

#![cfg(any(feature = "metrics", feature = "tracing"))]

use std::sync::{Arc, Mutex};
use std::thread;

use heptad::Atom;

/// One test after the other: `tracing` remembers for each place in the source whether anybody
/// listens, and takes its time to forget it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Makes an update that takes a turn after one lost attempt.
fn take_a_turn(atom: &Atom<u64>) {
    let mut runs = 0;
    atom.swap(|n| {
        runs += 1;
        if runs == 1 {
            thread::scope(|threads| drop(threads.spawn(|| atom.swap(|n| n + 1))));
        }
        n + 1
    });
    assert_eq!(atom.metrics().escalations, 1);
}

#[cfg(feature = "metrics")]
mod facade {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    use super::*;
    use metrics::{
        Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };

    struct Absolute(AtomicU64);

    impl CounterFn for Absolute {
        fn increment(&self, _: u64) {
            panic!("the counters are kept by the atoms");
        }

        fn absolute(&self, value: u64) {
            self.0.store(value, SeqCst);
        }
    }

    #[derive(Default)]
    struct Kept(Mutex<Vec<(Key, Arc<Absolute>)>>);

    impl Recorder for Kept {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let counter = Arc::new(Absolute(AtomicU64::new(0)));
            self.0
                .lock()
                .unwrap()
                .push((key.clone(), Arc::clone(&counter)));
            Counter::from_arc(counter)
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn counters_of_named_atoms_are_exported_and_those_of_one_name_added_up() {
        let _alone = ONE_AT_A_TIME.lock();
        let atom = || Atom::builder().name("exported").max_attempts(1).build(0);
        let atoms = [atom(), atom()];
        atoms.iter().for_each(take_a_turn);
        let kept = Kept::default();
        metrics::with_local_recorder(&kept, heptad::metrics::export);

        let kept = kept.0.lock().unwrap();
        let value = |name: &str| {
            let of_name = |key: &Key| {
                key.name() == name && key.labels().any(|label| label.value() == "exported")
            };
            let mut found = kept.iter().filter(|(key, _)| of_name(key));
            let (_, counter) = found.next().expect("a counter of this name");
            assert!(found.next().is_none(), "{name} is there twice");
            counter.0.load(SeqCst)
        };
        assert_eq!(value("heptad_atom_conflicts"), 2);
        assert_eq!(value("heptad_atom_escalations"), 2);
        assert_eq!(
            value("heptad_atom_most_attempts"),
            2,
            "the larger, not the sum"
        );
        assert_eq!(value("heptad_atom_waits"), 0);
        assert!(value("heptad_atom_wasted_nanoseconds") > 0);
    }
}

#[cfg(feature = "tracing")]
mod events {
    use super::*;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    struct Text(String);

    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            self.0 += &format!("{field}={value:?};");
        }
    }

    impl Subscriber for Kept {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "heptad::atom"
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            panic!("there are no spans");
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
    }

    #[test]
    fn a_turn_is_an_event_with_the_atom_the_line_and_the_attempts() {
        let _alone = ONE_AT_A_TIME.lock();
        let kept = Kept::default();
        let atom = Atom::builder().name("traced").max_attempts(1).build(0);
        tracing::subscriber::with_default(kept.clone(), || take_a_turn(&atom));
        let events = kept.0.lock().unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        for part in ["atom=\"traced\"", file!(), "attempts=1", "takes a turn"] {
            assert!(events[0].contains(part), "{part} is not in {events:?}");
        }
    }
}
