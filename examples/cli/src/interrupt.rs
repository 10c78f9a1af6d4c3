//! Ctrl-C, and every other request to end, while something has the terminal that has to be
//! put back first.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, TERM_SIGNALS};
use signal_hook::{flag, low_level};

/// What asks a program to end: the person, the system, and SIGHUP, a closed window, whose
/// number only Unix has.
pub(crate) fn signals() -> impl Iterator<Item = i32> {
    TERM_SIGNALS.iter().copied().chain(cfg!(unix).then_some(1))
}

/// Whether a signal ends the program at once. Not there before the first prompt: until
/// then the system does it.
static AT_ONCE: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The signal that came last.
static CAME: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Signals wait while this is there.
pub(crate) struct Interrupts(Arc<AtomicBool>);

impl Interrupts {
    pub(crate) fn held() -> Self {
        let at_once = AT_ONCE.get_or_init(|| {
            let at_once = Arc::new(AtomicBool::new(true));
            let came = CAME.get_or_init(Arc::default);
            for signal in signals() {
                // Where that is refused, a prompt leaves the terminal to the shell.
                let _ = flag::register_conditional_default(signal, Arc::clone(&at_once));
                let number = usize::try_from(signal).unwrap_or_default();
                let _ = flag::register_usize(signal, Arc::clone(came), number);
            }
            at_once
        });
        at_once.store(false, Ordering::SeqCst);
        Self(Arc::clone(at_once))
    }

    /// Does what the signal asked for.
    pub(crate) fn follow(&self) {
        let came = CAME.get().map(|came| came.load(Ordering::SeqCst)).unwrap_or_default();
        let signal = signals().find(|signal| usize::try_from(*signal) == Ok(came));
        // Where it does not end, the caller does.
        let _ = low_level::emulate_default_handler(signal.unwrap_or(SIGINT));
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// From now on somebody else hears Ctrl-C and its like, and ends in good order.
pub(crate) fn leave_to_another() {
    if let Some(at_once) = AT_ONCE.get() {
        at_once.store(false, Ordering::SeqCst);
    }
}
