//! The list of named identities: who is in it, with which counters, and for how long.

use heptad::metrics::{self, Named};
use heptad::{Agent, Atom};

fn listed(kind: &str, name: &str) -> Vec<Named> {
    let mut all = metrics::snapshot();
    all.retain(|one| one.kind == kind && &*one.name == name);
    all
}

fn counter(one: &Named, name: &str) -> u64 {
    let found = one.counters.iter().find(|(counter, _)| *counter == name);
    found.expect("the counter is listed").1
}

#[test]
fn a_named_agent_is_listed_with_its_counters_until_it_is_gone() {
    let agent = Agent::builder().name("listed until gone").build(0);
    for _ in 0..3 {
        agent.send(|n| n + 1).unwrap();
    }
    agent.wait().unwrap();
    agent
        .send_fallible(|_| Err::<i32, _>("refused by the action"))
        .unwrap();
    agent.wait().unwrap_err();

    let all = listed("agent", "listed until gone");
    assert_eq!(all.len(), 1);
    assert_eq!(counter(&all[0], "sent"), 4);
    assert_eq!(counter(&all[0], "done"), 3);
    assert_eq!(counter(&all[0], "failed"), 1);

    drop(agent);
    // A worker may be in the middle of letting go of its handle.
    while !listed("agent", "listed until gone").is_empty() {
        std::thread::yield_now();
    }
}

#[test]
fn a_named_atom_is_listed_with_its_counters_until_it_is_gone() {
    let atom = Atom::builder().name("an atom").build(0);
    atom.swap(|n| {
        if *n == 0 {
            std::thread::scope(|threads| {
                threads.spawn(|| atom.reset(5));
            });
        }
        n + 1
    });
    let all = listed("atom", "an atom");
    assert_eq!(all.len(), 1);
    assert_eq!(counter(&all[0], "conflicts"), 1);
    assert_eq!(counter(&all[0], "most_attempts"), 2);
    let loser = all[0].longest_loser.expect("an update has lost");
    assert_eq!(loser.location.file(), file!());
    drop(atom);
    assert!(listed("atom", "an atom").is_empty());
}

#[test]
fn identities_without_a_name_are_not_listed_and_equal_names_are_listed_each() {
    let nameless = (Atom::new(1), Agent::new(1));
    let twins = [(); 2].map(|()| Atom::builder().name("twin").build(0));
    assert_eq!(listed("atom", "twin").len(), 2);
    assert!(listed("atom", "").is_empty() && listed("agent", "").is_empty());
    drop((nameless, twins));
}
