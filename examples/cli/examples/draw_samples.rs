//! Draws `samples/accounts.png` again: a QR code for each line of
//! `samples/accounts.txt`.
//!
//! Run with `cargo run -p authenticator-cli --example draw_samples`.

use authenticator_core::transfer::qr::QrCode;
use image::{GrayImage, Luma};

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/accounts.txt");
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/accounts.png");
/// Pixels a module.
const SCALE: u32 = 4;
/// Pixels a code, with its quiet zone; the largest has 65 modules.
const CELL: u32 = 75 * SCALE;
const COLUMNS: u32 = 3;

fn main() {
    let list = std::fs::read_to_string(LIST).unwrap();
    let codes: Vec<QrCode> = list.lines().map(|uri| QrCode::encode(uri).unwrap()).collect();
    let rows = u32::try_from(codes.len()).unwrap().div_ceil(COLUMNS);
    let mut picture = GrayImage::from_pixel(COLUMNS * CELL, rows * CELL, Luma([255]));
    for (index, code) in (0..).zip(&codes) {
        let margin = (CELL - SCALE * code.size()) / 2;
        assert!(margin >= 4 * SCALE, "the cell is too small for its quiet zone");
        let (left, top) = (index % COLUMNS * CELL + margin, index / COLUMNS * CELL + margin);
        for (x, y) in (0..SCALE * code.size())
            .flat_map(|y| (0..SCALE * code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.is_dark(x / SCALE, y / SCALE))
        {
            picture.put_pixel(left + x, top + y, Luma([0]));
        }
    }
    picture.save(PICTURE).unwrap();
}
