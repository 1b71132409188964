//! The process's own metrics under the names that every Prometheus client library uses, read from `/proc` when they
//! are scraped. Elsewhere than on Linux they are missing.

use prometheus::{
    Gauge, IntGauge, Opts, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};
use std::fs;

/// Clock ticks per second in `/proc`: part of the kernel's interface on every architecture we run on.
const TICKS_PER_SECOND: f64 = 100.0;

struct Process {
    cpu: Gauge,
    resident: IntGauge,
    fds: IntGauge,
    started: Gauge,
}

/// Adds the process's metrics to a registry.
pub(super) fn register(registry: &Registry) -> prometheus::Result<()> {
    registry.register(Box::new(Process {
        cpu: Gauge::new("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")?,
        resident: IntGauge::new("process_resident_memory_bytes", "Resident memory size in bytes.")?,
        fds: IntGauge::new("process_open_fds", "Number of open file descriptors.")?,
        started: Gauge::with_opts(Opts::new(
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
        ))?,
    }))
}

// === impl Process ===

impl Process {
    fn read(&self) -> Option<()> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the program's name in brackets and may itself hold blanks and brackets.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
        let boot = number_after(&fs::read_to_string("/proc/stat").ok()?, "btime")?;
        let resident = number_after(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")?;
        // proc(5) counts from 1 and from before the two fields that are cut off: utime 14, stime 15, starttime 22.
        self.cpu.set((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND);
        self.started.set(boot as f64 + ticks(19)? / TICKS_PER_SECOND);
        self.resident.set(resident.saturating_mul(1024));
        self.fds.set(i64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()?);
        Some(())
    }
}

fn number_after(text: &str, name: &str) -> Option<i64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_ascii_whitespace().next()?.parse().ok()
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        [self.cpu.desc(), self.resident.desc(), self.fds.desc(), self.started.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        match self.read() {
            Some(()) => {
                [self.cpu.collect(), self.resident.collect(), self.fds.collect(), self.started.collect()]
                    .concat()
            }
            None => Vec::new(),
        }
    }
}
