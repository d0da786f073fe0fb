//! What is counted, and what of it must hold.

use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(10);
/// First errors that are kept for whoever has to find out.
const TOLD: usize = 40;

#[derive(Debug, Default)]
pub(crate) struct Score {
    /// Things that agents wanted, each served or given up in the end.
    pub(crate) wanted: u64,
    pub(crate) given_up: u64,
    /// Errors that a client saw, also where its repetition was served.
    pub(crate) errors: u64,
    /// Answers that broke off after they had begun.
    pub(crate) cut: u64,
    /// Requests that lived in peace from first to last.
    pub(crate) calm_requests: u64,
    /// Calls that were made for them.
    pub(crate) calm_calls: u64,
    /// The first errors and the last cuts.
    pub(crate) told: Vec<String>,
    pub(crate) bursts: Vec<String>,
}

impl Score {
    pub(crate) fn error(&mut self, told: String) {
        self.errors += 1;
        self.told.truncate(TOLD);
        self.told.push(told);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.wanted += other.wanted;
        self.given_up += other.given_up;
        self.errors += other.errors;
        self.cut += other.cut;
        self.calm_requests += other.calm_requests;
        self.calm_calls += other.calm_calls;
        self.told.extend(other.told);
        self.bursts.extend(other.bursts);
    }

    pub(crate) fn hold(&self) {
        let (wanted, told) = (self.wanted as f64, self.told.join("\n"));
        let served = wanted - self.given_up as f64;
        assert!(wanted > 20_000.0, "too little happened: {wanted}");
        assert!(served >= 0.9999 * wanted, "{} of {wanted} were given up:\n{told}", self.given_up);
        assert!(
            self.errors as f64 <= 0.0005 * wanted,
            "clients saw {} errors for {wanted}:\n{told}",
            self.errors
        );
        let (calls, requests) = (self.calm_calls, self.calm_requests);
        assert!(calls as f64 <= 1.02 * requests as f64, "{calls} calls for {requests} requests in peace");
        assert!(self.bursts.is_empty(), "{}", self.bursts.join("\n"));
    }
}

/// Attempts that followed one that may have been billed, against the requests of their time.
#[derive(Debug, Default)]
pub(crate) struct Bursts {
    /// When they were begun.
    pub(crate) begun: Vec<Duration>,
    /// When requests came and went.
    pub(crate) lives: Vec<(Duration, Duration)>,
}

impl Bursts {
    /// Ten seconds with more than three retries, and more than one for five requests that were active in them.
    pub(crate) fn found(&self) -> Vec<String> {
        let burst = |(at, from): (usize, &Duration)| {
            let to = *from + WINDOW;
            let retries = self.begun[at..].iter().take_while(|r| **r < to).count();
            let active = || self.lives.iter().filter(|(came, went)| *came < to && *went >= *from).count();
            let much = retries > 3 && retries * 5 > active();
            much.then(|| format!("{retries} retries for {} requests in ten seconds from {from:?}", active()))
        };
        self.begun.iter().enumerate().filter_map(burst).collect()
    }
}
