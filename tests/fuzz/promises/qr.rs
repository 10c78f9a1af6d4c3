//! Whatever a picture shows, reading it ends; a text that is read is given once, and is
//! read again from a code that is made of it.

use authenticator_core::transfer::qr::{Luminance, QrCode, read};

/// Two bytes are the sides, one is how many pixels a cell has, and the others are the grey
/// of each cell. Where they end, all is white.
pub(crate) fn check(input: &[u8]) {
    let Some(([width, height, scale], cells)) = input.split_first_chunk() else { return };
    let [columns, rows] = [width, height].map(|side| 21 + u32::from(*side) % 76);
    let scale = 1 + u32::from(*scale) % 3;
    let cell = |x: u32, y: u32| cells.get((y * columns + x) as usize).copied().unwrap_or(255);
    let texts = texts(columns * scale, rows * scale, |x, y| cell(x / scale, y / scale));

    for (at, text) in texts.iter().enumerate() {
        assert!(!texts[..at].contains(text), "a text is given once");
        // A code may hold more than one with our error correction.
        let Ok(code) = QrCode::encode(text) else { continue };
        let side = 4 * (code.size() + 8);
        let dark = |x: u32, y: u32| x >= 4 && y >= 4 && code.is_dark(x - 4, y - 4);
        let again = self::texts(side, side, |x, y| if dark(x / 4, y / 4) { 0 } else { 255 });
        assert_eq!(again, [text.as_str()]);
    }
}

/// What the codes in a picture hold.
fn texts(width: u32, height: u32, pixel: impl Fn(u32, u32) -> u8) -> Vec<String> {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels: Vec<u8> = places.map(|(x, y)| pixel(x, y)).collect();
    let found = read(&Luminance::new(width, height, &pixels).unwrap());
    found.into_iter().flatten().map(|text| text.expose().to_owned()).collect()
}
