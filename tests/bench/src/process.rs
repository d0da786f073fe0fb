//! A proxy's process and its children: CPU time and memory.

use std::path::PathBuf;
use std::time::Duration;

/// The process and everything below it.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while at < all.len() {
        let tasks = PathBuf::from(format!("/proc/{}/task", all[at]));
        for task in std::fs::read_dir(tasks).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|c| c.parse::<u32>().ok()));
        }
        at += 1;
    }
    all
}

/// CPU time at one moment, by two clocks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// Of the threads that live, to the nanosecond (`/proc/PID/task/TID/schedstat`).
    threads: Duration,
    /// Of the processes, ended threads included, in ticks of 10 ms (`/proc/PID/stat`).
    processes: Duration,
}

/// Ticks by which the coarse clock may be off before it is believed.
const COARSE: Duration = Duration::from_millis(30);

impl Cpu {
    /// User and system time of the process and its children until now.
    pub(crate) fn of(pid: u32) -> Self {
        let mut cpu = Self::default();
        for pid in tree(pid) {
            for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
                let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
                let spent = stat.split_whitespace().next().and_then(|ns| ns.parse().ok());
                cpu.threads += Duration::from_nanos(spent.unwrap_or(0));
            }
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
            let ticks = after_name.split(' ').skip(11).take(2).filter_map(|t| t.parse::<u64>().ok());
            cpu.processes += Duration::from_millis(10 * ticks.sum::<u64>());
        }
        cpu
    }

    /// What was spent since `before`: by the fine clock, unless threads that have ended took their share with them.
    pub(crate) fn since(self, before: Self) -> Duration {
        let fine = self.threads.saturating_sub(before.threads);
        let coarse = self.processes.saturating_sub(before.processes);
        if fine + COARSE < coarse { coarse } else { fine }
    }
}

/// Resident memory of all processes, in KiB (`VmRSS`).
pub(crate) fn resident(pid: u32) -> u64 {
    sum(pid, "VmRSS:")
}

/// The most that it ever was, in KiB (`VmHWM`).
pub(crate) fn peak(pid: u32) -> u64 {
    sum(pid, "VmHWM:")
}

fn sum(pid: u32, field: &str) -> u64 {
    let of = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix(field))?.trim().strip_suffix(" kB")?.to_owned();
        line.parse::<u64>().ok()
    };
    tree(pid).iter().filter_map(of).sum()
}
