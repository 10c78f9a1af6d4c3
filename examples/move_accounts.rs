//! Alice moves from Google Authenticator to this app: two QR codes, scanned in the
//! wrong order.
//!
//! Run with `cargo run --example move_accounts`.

use authenticator_core::Secret;
use authenticator_core::otp::{Account, AccountError, Kind};
use authenticator_core::transfer::google::{MigrationBatch, MigrationLink, export};
use authenticator_core::transfer::qr::{Luminance, QrCode, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let accounts = (0..12)
        .map(|number| {
            let secret = Secret::new(vec![number; 20]);
            Ok(Account::from_parts("Example", &number.to_string(), Kind::totp(), secret)?.account)
        })
        .collect::<Result<Vec<Account>, AccountError>>()?;
    // What the old phone shows, one after the other.
    let screens = export(&accounts)?.links;
    assert_eq!(screens.len(), 2);

    let mut batch = MigrationBatch::default();
    for link in screens.iter().rev() {
        let text = &seen_by_camera(&QrCode::encode(link.expose())?)?;
        batch.add(MigrationLink::parse(text)?)?;
        println!("{} of {} codes still to scan", batch.missing().count(), screens.len());
    }

    assert!(batch.is_complete());
    for (entry, account) in batch.into_entries().zip(&accounts) {
        assert_eq!(entry.account?.account.name(), account.name());
    }
    Ok(())
}

/// The text that a camera reads off a screen which shows `code`, four pixels a module.
fn seen_by_camera(code: &QrCode) -> Result<String, Box<dyn std::error::Error>> {
    let side = (code.size() + 8) * 4;
    let pixel = |x: u32, y: u32| {
        let module = |at: u32| (at / 4).checked_sub(4);
        let dark = module(x).zip(module(y)).is_some_and(|(x, y)| code.is_dark(x, y));
        if dark { 0 } else { 255 }
    };
    let pixels: Vec<u8> = (0..side).flat_map(|y| (0..side).map(move |x| pixel(x, y))).collect();
    let texts = read(&Luminance::new(side, side, &pixels)?);
    let text = texts.into_iter().next().ok_or("no code in the picture")??;
    Ok(text.expose().to_owned())
}
