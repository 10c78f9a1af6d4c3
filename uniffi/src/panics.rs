//! A panic is a bug of this library. It reaches the app as an error that names no variant; where it
//! was is told to whoever listens, and its text, which might hold anything, to nobody.

use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, Once, PoisonError};

use crate::PlatformError;

/// Hears where a panic was.
#[uniffi::export(foreign)]
pub trait PanicListener: Send + Sync {
    /// A panic at `location`, a file of this library, a line and a column. It is called on the
    /// thread of the call that panicked, and must not call this library.
    fn panicked(&self, location: String) -> Result<(), PlatformError>;
}

static LISTENER: Mutex<Option<Arc<dyn PanicListener>>> = Mutex::new(None);

/// Has `listener` told of every panic from now on; none ends that. Nothing is written to the
/// standard error output from then on.
#[uniffi::export]
pub fn set_panic_listener(listener: Option<Arc<dyn PanicListener>>) {
    install();
    let before = {
        let mut listening = LISTENER.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *listening, listener)
    };
    // Not under the lock: to let go of it is a call into the app.
    drop(before);
}

/// Puts the hook in place of the one that would print the panic's text.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| panic::set_hook(Box::new(tell)));
}

fn tell(info: &PanicHookInfo<'_>) {
    let listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let (Some(listener), Some(location)) = (listener, info.location()) {
        let _ = listener.panicked(location.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Heard(Mutex<Vec<String>>);

    impl PanicListener for Heard {
        fn panicked(&self, location: String) -> Result<(), PlatformError> {
            self.0.lock().unwrap().push(location);
            Ok(())
        }
    }

    #[test]
    fn where_a_panic_was_is_told_and_its_text_is_not() {
        let heard = Arc::new(Heard(Mutex::default()));
        set_panic_listener(Some(heard.clone()));
        let _ = panic::catch_unwind(|| panic!("the secret is {}", 482_913));
        set_panic_listener(None);
        let _ = panic::catch_unwind(|| panic!("nobody hears it"));

        let heard = heard.0.lock().unwrap();
        assert_eq!(heard.len(), 1);
        assert!(heard[0].contains("panics.rs:") && !heard[0].contains("482913"), "{heard:?}");
    }
}
