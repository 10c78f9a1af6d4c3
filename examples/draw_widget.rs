//! A widget gets the codes of the next hour and never sees the secret.
//!
//! Run with `cargo run --example draw_widget`.

use authenticator_core::otp::{Algorithm, Digits, Period, TimedCode, Totp};
use authenticator_core::{Secret, UnixTime};

fn main() {
    let secret = Secret::new(b"12345678901234567890".to_vec());
    let totp = Totp::new(&secret, Algorithm::Sha1, Digits::default(), Period::default());
    let unlocked_at = UnixTime::from_secs(1_741_011_292);

    let timeline: Vec<TimedCode> = totp.codes_from(unlocked_at).take(120).collect();

    // Twenty minutes later, without the app and without the key.
    let later = UnixTime::from_secs(unlocked_at.as_secs() + 1_200);
    let shown = timeline.iter().rfind(|timed| timed.valid_from <= later);
    let shown = shown.expect("the timeline begins before that");
    println!("{} for {} s", shown.code, shown.seconds_left_at(later));

    assert_eq!(shown.code.as_str(), totp.code_at(later).code.as_str());
    assert_eq!(shown.seconds_left_at(later), 8);
}
