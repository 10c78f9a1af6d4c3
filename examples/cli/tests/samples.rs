//! The samples belong together: one picture with a code for each account.
//!
//! `cargo test -p authenticator-cli --test samples -- --ignored` draws the picture
//! again from the list.

mod program;

use authenticator_core::transfer::qr::QrCode;
use image::{GrayImage, Luma};
use program::{LIST, PICTURE, Run};

#[test]
fn the_picture_holds_the_accounts_in_their_order() {
    let scanned = Run::of(&["scan", PICTURE]).done();

    assert_eq!(scanned.stdout, std::fs::read_to_string(LIST).unwrap());
    assert_eq!(scanned.stderr, "");
}

#[test]
fn every_account_has_a_code_and_no_warning() {
    let run = Run::of(&["code", "--at", "59"]).stdin(&std::fs::read(LIST).unwrap()).done();

    // RFC 6238, appendix B, and RFC 4226, appendix D; the others by another program.
    let codes: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(codes[..2], ["287082", "46119246"]);
    assert_eq!(codes[4..], ["287082", "162583"]);
    assert_eq!(run.stderr, "");
}

#[test]
#[ignore = "writes the picture instead of checking it"]
fn draw_the_picture() {
    /// Pixels a module.
    const SCALE: u32 = 4;
    /// Pixels a code, with its quiet zone; the largest has 65 modules.
    const CELL: u32 = 75 * SCALE;
    const COLUMNS: u32 = 3;

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
