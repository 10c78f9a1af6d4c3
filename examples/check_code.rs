//! A service checks a code that somebody typed, and takes none twice.
//!
//! Run with `cargo run --example check_code`.

use authenticator_core::otp::{Algorithm, Digits, Period, Totp, Window};
use authenticator_core::{Secret, UnixTime};

/// What the service keeps of one person.
struct Login {
    totp: Totp,
    /// The step of the last code that was accepted.
    last_step: Option<u64>,
}

impl Login {
    fn accepts(&mut self, typed: &str, now: UnixTime) -> bool {
        let step = self.totp.verify(typed, now, Window::default());
        // RFC 6238, section 5.2: a code is accepted once.
        let fresh = step.filter(|step| self.last_step.is_none_or(|last| *step > last));
        self.last_step = fresh.or(self.last_step);
        fresh.is_some()
    }
}

fn main() {
    let secret = Secret::new(b"12345678901234567890".to_vec());
    let totp = Totp::new(&secret, Algorithm::Sha1, Digits::default(), Period::default());
    let now = UnixTime::from_secs(59);
    let code = totp.code_at(now).code;
    let mut login = Login { totp, last_step: None };

    assert!(!login.accepts("000000", now));
    assert!(login.accepts(code.as_str(), now));
    assert!(!login.accepts(code.as_str(), now), "somebody looked over the shoulder");
    println!("{code} was accepted once");
}
