//! One line that says where and with what the figures were taken.

use std::thread::available_parallelism;

/// The workspace's lock file, as it was when this program was built.
const LOCK: &str = include_str!("../../../../Cargo.lock");

/// The crates whose versions matter to a reader of the figures.
const CRATES: &[&str] = &[
    "heptad",
    "imbl",
    "im",
    "rpds",
    "foldhash",
    "arc-swap",
    "crossbeam-epoch",
    "parking_lot",
    "tokio",
];

pub(super) fn describe() -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let versions: Vec<_> = CRATES.iter().map(|name| version(name)).collect();
    format!(
        "cpu: {}; cores: {cores}; allocator: {}; {}",
        cpu(),
        allocator(),
        versions.join(", ")
    )
}

/// A warning where other work ran in the last minute: a system that was
/// interrupted in most of its rounds looks slower than it is.
pub(super) fn busy() -> Option<String> {
    let loads = std::fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = loads.split(' ').next()?.parse().ok()?;
    (load > 0.5).then(|| format!("load average {load}: the machine is busy, ratios may be off"))
}

fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    match model.and_then(|line| line.split_once(": ")) {
        Some((_, name)) => name.to_owned(),
        None => std::env::consts::ARCH.to_owned(),
    }
}

fn allocator() -> &'static str {
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        "glibc malloc"
    } else if cfg!(target_env = "musl") {
        "musl malloc"
    } else {
        "the system's"
    }
}

/// `name version`, with every version where the lock holds several.
fn version(name: &str) -> String {
    let key = format!("name = \"{name}\"");
    let mut lines = LOCK.lines();
    let mut text = name.to_owned();
    while lines.any(|line| line == key) {
        let version = lines.next().and_then(|line| line.split('"').nth(1));
        text = format!("{text} {}", version.unwrap_or("?"));
    }
    text
}
