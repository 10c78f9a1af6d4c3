//! Ctrl-C, and every other request to end, while a prompt has the terminal, which has to be
//! put back first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::consts::{SIGINT, TERM_SIGNALS};
use signal_hook::low_level;

/// What asks a program to end: the person, the system, and SIGHUP, a closed window, whose
/// number only Unix has.
pub(crate) fn signals() -> impl Iterator<Item = i32> {
    TERM_SIGNALS.iter().copied().chain(cfg!(unix).then_some(1))
}

/// What is known of the terminal. Not there before the first prompt: until then the system
/// ends the program.
static HELD: OnceLock<Arc<Held>> = OnceLock::new();

#[derive(Default)]
struct Held {
    /// How the terminal was before the prompt that has it.
    before: Mutex<Option<terminal::Before>>,
    /// Whether somebody else ends the program in good order.
    is_left: AtomicBool,
}

impl Held {
    fn set(&self, before: Option<terminal::Before>) {
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = before;
    }

    fn end(&self, signal: i32) {
        if self.is_left.load(Ordering::SeqCst) {
            return;
        }
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.iter().for_each(terminal::Before::put_back);
        // Where it does not end, nobody asked it to.
        let _ = low_level::emulate_default_handler(signal);
    }
}

/// The terminal is put back, whatever ends the program, while this is there.
pub(crate) struct Interrupts(Arc<Held>);

impl Interrupts {
    pub(crate) fn held() -> Self {
        let held = Arc::clone(HELD.get_or_init(|| {
            let held = Arc::new(Held::default());
            terminal::watch(Arc::clone(&held));
            held
        }));
        held.set(terminal::Before::now());
        Self(held)
    }

    /// Does what Ctrl-C asked for, which a prompt reads as a key.
    pub(crate) fn follow(&self) {
        self.0.end(SIGINT);
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// From now on somebody else hears Ctrl-C and its like, and ends in good order.
pub(crate) fn leave_to_another() {
    if let Some(held) = HELD.get() {
        held.is_left.store(true, Ordering::SeqCst);
    }
}

#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::sync::Arc;
    use std::thread;

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use signal_hook::iterator::Signals;

    /// A terminal, and how it was.
    pub(super) struct Before(File, Termios);

    impl Before {
        pub(super) fn now() -> Option<Self> {
            let terminal = File::open("/dev/tty").ok()?;
            let before = tcgetattr(&terminal).ok()?;
            Some(Self(terminal, before))
        }

        pub(super) fn put_back(&self) {
            // It may be gone, as after SIGHUP.
            let _ = tcsetattr(&self.0, OptionalActions::Now, &self.1);
        }
    }

    /// Ends the program at a signal. In a thread: what reads from a terminal goes on after
    /// a signal as if there had been none.
    pub(super) fn watch(held: Arc<super::Held>) {
        // Where that is refused, a prompt leaves the terminal to the shell.
        let Ok(mut signals) = Signals::new(super::signals()) else { return };
        thread::spawn(move || signals.forever().for_each(|signal| held.end(signal)));
    }
}

#[cfg(not(unix))]
mod terminal {
    pub(super) enum Before {}

    impl Before {
        pub(super) fn now() -> Option<Self> {
            None
        }

        pub(super) fn put_back(&self) {}
    }

    pub(super) fn watch(_: std::sync::Arc<super::Held>) {}
}
