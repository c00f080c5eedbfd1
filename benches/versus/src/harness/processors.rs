//! The processors that this process may use, and taking one of them.

pub(super) use system::{Processor, allowed};

#[cfg(target_os = "linux")]
mod system {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    /// A processor by its number.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Processor(usize);

    /// All that this thread may run on.
    pub(in super::super) fn allowed() -> Vec<Processor> {
        let Ok(set) = sched_getaffinity(None) else {
            return Vec::new();
        };
        let numbers = 0..CpuSet::MAX_CPU;
        numbers.filter(|n| set.is_set(*n)).map(Processor).collect()
    }

    impl Processor {
        /// Keeps the calling thread there. Where that is refused the thread runs anywhere, and the
        /// figures are noisier.
        pub(in super::super) fn take(self) {
            let mut set = CpuSet::new();
            set.set(self.0);
            let _refused = sched_setaffinity(None, &set).is_err();
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    /// None is ever named here.
    #[derive(Clone, Copy)]
    pub(in super::super) enum Processor {}

    pub(in super::super) fn allowed() -> Vec<Processor> {
        Vec::new()
    }

    impl Processor {
        pub(in super::super) fn take(self) {
            match self {}
        }
    }
}
