//! Ctrl-C while something has the terminal that has to be put back first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGINT;

/// Whether Ctrl-C ends the program at once. Not there before the first prompt: until
/// then the system does it.
static AT_ONCE: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Ctrl-C waits while this is there.
pub(crate) struct Interrupts(Arc<AtomicBool>);

impl Interrupts {
    pub(crate) fn held() -> Self {
        let at_once = AT_ONCE.get_or_init(|| {
            let at_once = Arc::new(AtomicBool::new(true));
            // Where that is refused, a prompt leaves the terminal to the shell.
            let _ = signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&at_once));
            at_once
        });
        at_once.store(false, Ordering::SeqCst);
        Self(Arc::clone(at_once))
    }

    /// Does what Ctrl-C asked for.
    pub(crate) fn follow(&self) {
        // Where it does not end, the caller does.
        let _ = signal_hook::low_level::emulate_default_handler(SIGINT);
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// From now on somebody else hears Ctrl-C and ends in good order.
pub(crate) fn leave_to_another() {
    if let Some(at_once) = AT_ONCE.get() {
        at_once.store(false, Ordering::SeqCst);
    }
}
