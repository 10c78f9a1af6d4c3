//! A screen full of accounts: one of them needs a PIN, the others show their codes.
//!
//! Run with `cargo run --example show_list`.

use authenticator_core::otp::{Account, AccountError, CodeError, CodeList};
use authenticator_core::{SecretString, UnixTime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uris = [
        "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex",
        "motp://Ex:al?secret=e3152afee62599c8",
        "otpauth://steam/Steam:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Steam",
    ];
    let accounts = uris
        .iter()
        .map(|uri| Ok(Account::from_uri(uri)?.account))
        .collect::<Result<Vec<Account>, AccountError>>()?;
    let now = UnixTime::from_secs(1_741_011_292);

    // Made when the app is unlocked, dropped (and so wiped) when it locks.
    let locked: CodeList = accounts.iter().map(|account| (account, None)).collect();
    let codes: Vec<_> = locked.codes_at(now).collect();

    assert_eq!(codes[0].map(|timed| timed.code.to_string())?, "839825");
    assert_eq!(codes[1].unwrap_err(), CodeError::PinRequired);
    assert_eq!(codes[2].map(|timed| timed.code.to_string())?.len(), 5);

    // The person types the PIN; every account that needs none ignores it.
    let pin = SecretString::new("1234".to_owned());
    let open: CodeList = accounts.iter().map(|account| (account, Some(&pin))).collect();

    for timed in open.codes_at(now) {
        println!("{}", timed?.code);
    }
    Ok(())
}
