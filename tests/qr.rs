//! What is written as a QR code is read again, however it is held; and no
//! picture, however hostile, does more than hold no code.
#![cfg(feature = "transfer")]

use authenticator_core::transfer::qr::{Luminance, QrCode, QrError, read};
use proptest::prelude::*;

const TEXT: &str = "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";

/// A picture to draw codes into, white at first.
struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![255; (width * height) as usize] }
    }

    /// One code in the middle, turned clockwise, nearest neighbour.
    fn with(text: &str, scale: f64, degrees: f64) -> Self {
        let side = (f64::from(QrCode::encode(text).unwrap().size() + 8) * scale * 1.42) as u32 + 2;
        let mut canvas = Self::new(side, side);
        let middle = f64::from(side) / 2.0;
        canvas.draw(text, (middle, middle), scale, degrees);
        canvas
    }

    fn draw(&mut self, text: &str, middle: (f64, f64), scale: f64, degrees: f64) {
        let code = QrCode::encode(text).unwrap();
        let half = f64::from(code.size()) / 2.0;
        let (sin, cos) = degrees.to_radians().sin_cos();
        for y in 0..self.height {
            for x in 0..self.width {
                let (dx, dy) = (f64::from(x) + 0.5 - middle.0, f64::from(y) + 0.5 - middle.1);
                let column = ((dx * cos + dy * sin) / scale + half).floor();
                let row = ((dy * cos - dx * sin) / scale + half).floor();
                if column >= 0.0 && row >= 0.0 && code.is_dark(column as u32, row as u32) {
                    self.pixels[(y * self.width + x) as usize] = 0;
                }
            }
        }
    }

    /// All texts; a code that was found and not read fails the test.
    fn texts(&self) -> Vec<String> {
        self.readings().into_iter().map(|reading| reading.unwrap()).collect()
    }

    fn readings(&self) -> Vec<Result<String, QrError>> {
        let picture = Luminance::new(self.width, self.height, &self.pixels).unwrap();
        read(&picture).into_iter().map(|text| text.map(|text| text.expose().to_owned())).collect()
    }
}

/// Bytes that look random and are the same on each run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_code_is_read_at_every_scale() {
    for scale in 1..=8 {
        assert_eq!(Canvas::with(TEXT, f64::from(scale), 0.0).texts(), [TEXT], "{scale} px");
    }
}

#[test]
fn a_code_is_read_at_every_angle() {
    for degrees in (0..360).step_by(5).chain([17, 45, 90, 180, 270]) {
        for scale in [4.0, 5.5] {
            let canvas = Canvas::with(TEXT, scale, f64::from(degrees));
            assert_eq!(canvas.texts(), [TEXT], "{degrees} degrees, {scale} px");
        }
    }
}

#[test]
fn codes_of_all_sizes_are_read() {
    for length in [1, 14, 40, 100, 250, 500, 1_000, 1_600, 2_331] {
        let text = "q".repeat(length);
        for degrees in [0.0, 23.0] {
            assert_eq!(Canvas::with(&text, 4.0, degrees).texts(), [&*text], "{length}, {degrees}");
        }
    }
}

#[test]
fn a_code_seen_at_a_slant_is_read() {
    for text in ["HELLO", TEXT] {
        let code = QrCode::encode(text).unwrap();
        let modules = f64::from(code.size());
        let mut canvas = Canvas::new(500, 500);
        for (i, pixel) in (0..).zip(&mut canvas.pixels) {
            // The far edge is a quarter shorter than the near one.
            let (x, y) = (f64::from(i % 500), f64::from(i / 500));
            let depth = 1.0 - 0.3 * (y - 60.0) / 440.0;
            let column = ((x - 250.0) / 300.0 * depth + 0.5) * modules;
            let row = (y - 60.0) / 260.0 * depth * modules;
            if column >= 0.0 && row >= 0.0 && code.is_dark(column as u32, row as u32) {
                *pixel = 0;
            }
        }

        assert_eq!(canvas.texts(), [text]);
    }
}

#[test]
fn a_light_code_on_dark_ground_is_read() {
    let mut canvas = Canvas::with(TEXT, 4.0, 10.0);
    canvas.pixels.iter_mut().for_each(|pixel| *pixel = 235 - *pixel / 255 * 215);

    assert_eq!(canvas.texts(), [TEXT]);
}

#[test]
fn a_mirrored_code_is_read() {
    let mut canvas = Canvas::with(TEXT, 4.0, 10.0);
    canvas.pixels.chunks_exact_mut(canvas.width as usize).for_each(<[u8]>::reverse);

    assert_eq!(canvas.texts(), [TEXT]);
}

#[test]
fn a_code_that_fills_a_large_photo_is_read() {
    let canvas = Canvas::with("HELLO", 98.0, 0.0);

    assert!(canvas.width > 4_000);
    assert_eq!(canvas.texts(), ["HELLO"]);
}

#[test]
fn several_codes_come_in_reading_order() {
    let mut canvas = Canvas::new(1_000, 700);
    let texts: Vec<String> = (0..6).map(|i| format!("{TEXT}&n={i}")).collect();
    for (i, text) in (0..).zip(&texts) {
        let (column, row) = (f64::from(i % 3), f64::from(i / 3));
        let middle = (170.0 + 320.0 * column, 170.0 + 330.0 * row - 15.0 * column);
        canvas.draw(text, middle, 4.0, 7.0 * f64::from(i));
    }

    assert_eq!(canvas.texts(), texts);
}

#[test]
fn a_text_shown_twice_is_given_once() {
    let mut canvas = Canvas::new(600, 300);
    canvas.draw(TEXT, (150.0, 150.0), 4.0, 0.0);
    canvas.draw(TEXT, (450.0, 150.0), 4.0, 0.0);

    assert_eq!(canvas.texts(), [TEXT]);
}

#[test]
fn a_damaged_code_is_reported_beside_a_whole_one() {
    let mut canvas = Canvas::new(600, 300);
    canvas.draw(TEXT, (150.0, 150.0), 4.0, 0.0);
    canvas.draw(
        "another text, of about the same length as the first one",
        (450.0, 150.0),
        4.0,
        0.0,
    );
    for y in 130..200 {
        canvas.pixels[y * 600 + 420..][..80].fill(255);
    }

    assert_eq!(canvas.readings(), [Ok(TEXT.to_owned()), Err(QrError::Damaged)]);
}

#[test]
fn a_code_without_text_is_reported() {
    // What a backup tool may write: bytes that no UTF-8 text has.
    let segment = qrcodegen::QrSegment::make_bytes(&[0xFF, 0xFE, 0xC0]);
    let code =
        qrcodegen::QrCode::encode_segments(&[segment], qrcodegen::QrCodeEcc::Medium).unwrap();
    let mut canvas = Canvas::new(120, 120);
    for (i, pixel) in (0..).zip(&mut canvas.pixels) {
        *pixel = if code.get_module(i % 120 / 4 - 4, i / 120 / 4 - 4) { 0 } else { 255 };
    }

    assert_eq!(canvas.readings(), [Err(QrError::NotText)]);
}

#[test]
fn rows_may_be_further_apart_than_they_are_long() {
    let canvas = Canvas::with(TEXT, 4.0, 0.0);
    let (width, stride) = (canvas.width as usize, canvas.width as usize + 13);
    let mut padded = noise(stride * canvas.height as usize - 13);
    for (row, line) in canvas.pixels.chunks_exact(width).enumerate() {
        padded[row * stride..][..width].copy_from_slice(line);
    }

    let picture =
        Luminance::with_stride(canvas.width, canvas.height, canvas.width + 13, &padded).unwrap();

    assert_eq!(read(&picture)[0].as_ref().unwrap().expose(), TEXT);
}

#[test]
fn blank_pictures_hold_no_code() {
    for grey in [0, 1, 127, 255] {
        for (width, height) in [(21, 21), (640, 480), (21, 4_096)] {
            let pixels = vec![grey; (width * height) as usize];
            assert!(read(&Luminance::new(width, height, &pixels).unwrap()).is_empty());
        }
    }
}

#[test]
fn noise_holds_no_code() {
    let pixels = noise(800 * 800);

    assert!(read(&Luminance::new(800, 800, &pixels).unwrap()).is_empty());
}

#[test]
fn a_picture_full_of_finder_patterns_holds_no_code() {
    // What makes a reader try the most: every three of them might be a code.
    for pitch in [8, 9, 23] {
        let mut canvas = Canvas::new(800, 800);
        for (i, pixel) in (0..).zip(&mut canvas.pixels) {
            let (x, y) = (i % 800 % pitch - 3, i / 800 % pitch - 3);
            let ring = i32::max(i32::abs(x), i32::abs(y));
            *pixel = if ring == 2 || ring > 3 { 255 } else { 0 };
        }

        let found = canvas.readings();

        assert!(found.iter().all(Result::is_err));
    }
}

#[test]
fn impossible_sizes_are_refused() {
    let luminance = |width, height, length: usize| {
        Luminance::new(width, height, &vec![0; length]).map(|_| ()).unwrap_err()
    };
    assert_eq!(luminance(0, 0, 0), QrError::TooSmall);
    assert_eq!(luminance(20, 100, 2_000), QrError::TooSmall);
    assert_eq!(luminance(0, u32::MAX, 0), QrError::TooSmall);
    assert_eq!(luminance(4_097, 21, 4_097 * 21), QrError::TooLarge);
    assert_eq!(luminance(u32::MAX, u32::MAX, 1), QrError::TooLarge);
    assert_eq!(luminance(21, 21, 440), QrError::SizeMismatch);
    assert_eq!(luminance(21, 21, 442), QrError::SizeMismatch);

    let strided = |stride, length: usize| {
        Luminance::with_stride(21, 21, stride, &vec![0; length]).map(|_| ()).unwrap_err()
    };
    assert_eq!(strided(20, 441), QrError::SizeMismatch);
    assert_eq!(strided(100, 20 * 100 + 20), QrError::SizeMismatch);
    assert_eq!(strided(u32::MAX, 441), QrError::SizeMismatch);
}

#[test]
fn nothing_secret_is_printed() {
    let canvas = Canvas::with(TEXT, 4.0, 0.0);
    let picture = Luminance::new(canvas.width, canvas.height, &canvas.pixels).unwrap();

    let printed = format!("{:?} {:?} {:?}", picture, read(&picture), QrCode::encode(TEXT).unwrap());

    assert!(!printed.contains("GEZD") && !printed.contains("true") && !printed.contains("255"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_survives_the_round_trip(text in "\\PC{0,300}", scale in 3..6u32) {
        prop_assert_eq!(Canvas::with(&text, f64::from(scale), 0.0).texts(), [text]);
    }

    #[test]
    fn no_bytes_make_it_panic(
        width in 0..90u32,
        height in 0..90u32,
        pixels in proptest::collection::vec(any::<u8>(), 0..8_100),
        levels in 1..=255u8,
    ) {
        let length = pixels.len().min((width * height) as usize);
        let pixels: Vec<u8> = pixels[..length].iter().map(|pixel| pixel / levels * levels).collect();
        if let Ok(picture) = Luminance::new(width, height, &pixels) {
            read(&picture);
        }
    }

    #[test]
    fn no_drawing_of_squares_makes_it_panic(
        side in 21..400u32,
        squares in proptest::collection::vec((0.0..1.0_f64, 0.0..1.0_f64, 1.0..12.0_f64, -1.0..1.0_f64, -1.0..1.0_f64), 3..12),
    ) {
        let mut canvas = Canvas::new(side, side);
        for (left, top, module, lean, slope) in squares {
            for (i, pixel) in (0..).zip(&mut canvas.pixels) {
                let dx = f64::from(i % side) - left * f64::from(side);
                let dy = f64::from(i / side) - top * f64::from(side);
                let ring = f64::max((dx + lean * dy).abs(), (dy + slope * dx).abs()) / module;
                if ring < 3.5 {
                    *pixel = if (1.5..2.5).contains(&ring) { 255 } else { 0 };
                }
            }
        }
        canvas.readings();
    }
}
