//! Alice scanned a QR code; her phone shows the code and how long it lives.
//!
//! Run with `cargo run --example show_code`.

use authenticator_core::UnixTime;
use authenticator_core::otp::{Account, Generator, Warning};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What the QR code held. The secret has 80 bits, as some services give.
    let text = "otpauth://totp/Example%20Bank:alice?secret=GEZDGNBVGY3TQOJQ&issuer=Example%20Bank";

    let parsed = Account::from_uri(text)?;

    // Doubtful, and said so: the app shows it before the account is kept.
    assert_eq!(parsed.warnings, [Warning::ShortSecret]);

    let Generator::Totp(totp) = parsed.account.generator(None)? else {
        return Err("an account that goes by a counter".into());
    };
    // A real app asks the phone; a fixed moment makes this example a test.
    let now = UnixTime::from_secs(1_741_011_292);
    let timed = totp.code_at(now);
    let shown = timed.code.groups().collect::<Vec<_>>().join(" ");
    println!("{shown}, for {} more seconds", timed.seconds_left_at(now));

    assert_eq!(timed.seconds_left_at(now), 8);
    assert_eq!(shown.replace(' ', ""), timed.code.as_str());
    Ok(())
}
