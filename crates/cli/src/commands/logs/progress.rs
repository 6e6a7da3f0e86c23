//! How far the reading is, on standard error, when it takes long and a person looks on.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Nothing is shown before this, nor more often.
const PATIENCE: Duration = Duration::from_secs(1);
const OFTEN: Duration = Duration::from_millis(200);

/// A line that is written over and over.
pub(super) struct Progress {
    started: Instant,
    shown: Mutex<Option<Instant>>,
    terminal: bool,
}

impl Progress {
    pub(super) fn start() -> Progress {
        Progress {
            started: Instant::now(),
            shown: Mutex::new(None),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Shows how far the reading is.
    pub(super) fn show(&self, now: logs::Progress) {
        if !self.terminal || self.started.elapsed() < PATIENCE {
            return;
        }
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if shown.is_some_and(|last| last.elapsed() < OFTEN) {
            return;
        }
        *shown = Some(Instant::now());
        // Nobody can be told that standard error is gone.
        let _ = write!(std::io::stderr(), "\r\x1b[K{}", line(now, self.started.elapsed()));
    }

    /// Removes the line.
    pub(super) fn end(&self) {
        if self.shown.lock().is_ok_and(|shown| shown.is_some()) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(now: logs::Progress, elapsed: Duration) -> String {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let rate = gigabytes(now.bytes) / elapsed.as_secs_f64().max(0.001);
    let left = gigabytes(now.total.saturating_sub(now.bytes)) / rate.max(1e-6);
    let share = now.bytes as f64 * 100.0 / now.total.max(1) as f64;
    format!(
        "{share:3.0} % of {:.1} GB, {rate:.2} GB/s, {}:{:02} left, {} refused",
        gigabytes(now.total),
        left as u64 / 60,
        left as u64 % 60,
        now.refused
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[test]
    fn rate_and_time_left_are_told() {
        let now = logs::Progress { bytes: 1_000_000_000, total: 4_000_000_000, refused: 7 };
        assert_eq!(
            super::line(now, Duration::from_secs(10)),
            " 25 % of 4.0 GB, 0.10 GB/s, 0:30 left, 7 refused"
        );
    }
}
