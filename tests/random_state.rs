//! The default hasher: one seed for a process, another for the next.

use std::collections::BTreeSet;
use std::env;
use std::hash::BuildHasher;
use std::process::Command;
use std::thread;

use heptad::{HashMap, RandomState};

/// Set in the processes that the test starts; they print a hash and do nothing else.
const CHILD: &str = "HEPTAD_TEST_PRINT_A_HASH";
/// What stands in front of the hash that a child prints.
const MARK: &str = "the hash of this process: ";

fn hash() -> u64 {
    RandomState::new().hash_one("key")
}

/// The hash of the same key in a new process that runs this very test.
fn hash_of_another_process(test: &str) -> String {
    let output = Command::new(env::current_exe().expect("the test knows its own program"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .expect("a test can start its own program");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "the child failed: {text}");
    let (_, hash) = text.split_once(MARK).expect("the child printed its hash");
    hash.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn each_process_draws_its_own_seed() {
    if env::var_os(CHILD).is_some() {
        println!("{MARK}{:016x}", hash());
        return;
    }
    // Two seeds agree on a hash once in 2^64 times; four of one value are no accident.
    let hashes: BTreeSet<String> = (0..4)
        .map(|_| hash_of_another_process("each_process_draws_its_own_seed"))
        .collect();
    assert!(hashes.iter().all(|hash| hash.len() == 16), "{hashes:?}");
    assert!(hashes.len() > 1, "four processes have one seed: {hashes:?}");
}

#[test]
fn all_maps_and_threads_of_a_process_hash_alike() {
    let wanted = hash();
    assert_eq!(RandomState::default().hash_one("key"), wanted);
    let (one, other): (HashMap<u8, u8>, HashMap<&str, u8>) = Default::default();
    assert_eq!(one.hasher().hash_one("key"), wanted);
    assert_eq!(other.hasher().hash_one("key"), wanted);
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(hash)).collect();
    for thread in threads {
        assert_eq!(thread.join().expect("hashing does not panic"), wanted);
    }
    assert_ne!(RandomState::new().hash_one("other"), wanted);
}
