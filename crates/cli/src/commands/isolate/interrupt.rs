//! Ctrl-C: the first one ends the search with the verdict so far, the second one the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// How long a pause goes on after Ctrl-C, at most.
const SLICE: Duration = Duration::from_millis(50);

/// Whether the user wants no more requests.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches from now on.
    pub(crate) fn watch() -> Interrupt {
        let wanted = Arc::new(AtomicBool::new(false));
        // In this order: the first signal finds the flag unset and sets it, the second one finds it set. Where a handler
        // cannot be set, the signal ends the program as it always does.
        let _ = flag::register_conditional_default(SIGINT, Arc::clone(&wanted));
        let _ = flag::register(SIGINT, Arc::clone(&wanted));
        Interrupt(wanted)
    }

    /// Whether it came.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits, and says whether it came before or meanwhile.
    pub(crate) fn comes_within(&self, pause: Duration) -> bool {
        let start = Instant::now();
        while !self.is_set() && start.elapsed() < pause {
            thread::sleep(SLICE.min(pause - start.elapsed().min(pause)));
        }
        self.is_set()
    }
}
