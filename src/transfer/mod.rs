//! What comes in and goes out: QR codes and other apps' formats.
//!
//! Everything that enters here was written by somebody else: it becomes a
//! checked value or a typed error, and one bad entry never spoils the others.

pub mod google;
mod google_export;
mod google_message;
pub mod qr;
mod qr_bitmap;
mod qr_code;
mod qr_finder;
mod qr_grid;
mod qr_locate;
