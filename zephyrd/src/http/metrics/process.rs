//! The process as the kernel sees it, by the names that all exporters use. What cannot be read is left out.

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::text::Exposition;
use super::text::Kind::{Counter, Gauge};
use super::text::Seconds;

pub(super) fn tell(out: &mut Exposition, started_unix_ms: i64) {
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let cpu = format!("{}.{:06}", cpu.tv_sec, cpu.tv_nsec / 1000);
    out.single("process_cpu_seconds_total", Counter, "CPU time that was used.", cpu);
    let started = Seconds(u64::try_from(started_unix_ms).unwrap_or(0));
    out.single("process_start_time_seconds", Gauge, "When the process began.", started);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(bytes) = memory(&status, "VmRSS:") {
        out.single("process_resident_memory_bytes", Gauge, "Memory in use.", bytes);
    }
    if let Some(bytes) = memory(&status, "VmSize:") {
        out.single("process_virtual_memory_bytes", Gauge, "Address space in use.", bytes);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // The one that reads is among them.
        let open = open.count().saturating_sub(1);
        out.single("process_open_fds", Gauge, "Open files and connections.", open);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        out.single("process_max_fds", Gauge, "Most open files and connections.", most);
    }
}

/// A line of `/proc/self/status` that tells kibibytes, in bytes.
fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::memory;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "VmPeak:\t  9 kB\nVmSize:\t   12345 kB\nVmRSS:\t 7 kB\nThreads:\t3\n";
        assert_eq!((memory(status, "VmSize:"), memory(status, "VmRSS:")), (Some(12_641_280), Some(7_168)));
        assert_eq!((memory(status, "Threads:"), memory("", "VmRSS:")), (None, None));
    }
}
