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

/// User and system time of all threads, in nanoseconds' resolution (`/proc/PID/task/TID/schedstat`).
pub(crate) fn cpu(pid: u32) -> Duration {
    let mut sum = 0;
    for pid in tree(pid) {
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            sum += stat.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Duration::from_nanos(sum)
}

/// Resident memory of all processes, in KiB (`VmRSS`).
pub(crate) fn resident(pid: u32) -> u64 {
    let of = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line =
            status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.to_owned();
        line.parse::<u64>().ok()
    };
    tree(pid).iter().filter_map(of).sum()
}
