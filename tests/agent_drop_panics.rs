//! Old values whose `Drop` panics. A file of its own: whoever uses an identity may be the one that
//! drops them.

mod counted;

use std::thread;
use std::time::Duration;

use counted::{Census, Counted};
use heptad::Agent;

/// A value that panics when it is dropped, if it is told to.
struct Grenade {
    number: u64,
    armed: bool,
    _counted: Counted,
}

impl Drop for Grenade {
    fn drop(&mut self) {
        assert!(!self.armed, "injected into the drop of {}", self.number);
    }
}

#[test]
fn old_values_that_panic_when_dropped_fail_no_action() {
    let census = Census::default();
    let new = |census: &Census, number: u64| Grenade {
        number,
        armed: number % 3 == 1,
        _counted: census.value(number),
    };
    let agent = Agent::new(new(&census, 0));
    for number in 1..=300 {
        let census = census.clone();
        agent
            .send(move |old| {
                assert_eq!(old.number, number - 1);
                new(&census, number)
            })
            .unwrap();
    }
    agent.wait().unwrap();
    assert_eq!(agent.with(|value| value.number), 300);
    assert_eq!((agent.metrics().done, agent.metrics().failed), (300, 0));
    // Some are dropped by this thread, in `settle` or here.
    for _ in 0..10_000 {
        let flushed = std::panic::catch_unwind(heptad::identity::flush);
        if census.living() == 1 {
            return;
        }
        drop(flushed);
        // An idle worker gives up what it has replaced a little later.
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(census.living(), 1);
}
