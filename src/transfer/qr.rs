//! QR codes in and out ([ISO/IEC 18004]).
//!
//! [`read`] finds every code in a picture and says what each holds;
//! [`QrCode::encode`] makes one to show. The text of a code is a secret here,
//! since it usually carries one, and so is the picture of it.
//!
//! The camera, and the decoding of JPEG or PNG, are the app's: it hands over
//! grey values.
//!
//! [ISO/IEC 18004]: https://www.iso.org/standard/83389.html

use super::qr_bitmap::{Grey, Point};
use super::qr_locate::{self, Located};
use crate::SecretString;
use std::fmt;

pub use super::qr_code::QrCode;

/// The smallest code has 21 modules a side, so a smaller picture holds none.
const SHORTEST_SIDE: u32 = 21;

/// As large as a photo needs to be, and small enough to search within seconds.
const LONGEST_SIDE: u32 = 4_096;

/// A picture in grey: what a camera's luminance (Y) plane holds.
///
/// Eight bits a pixel, 0 is black, row by row from the top. The pixels are
/// borrowed; nothing is copied until [`read`].
///
/// # Examples
///
/// ```
/// use authenticator_core::transfer::qr::{Luminance, QrError};
///
/// let white = vec![255; 640 * 480];
///
/// assert!(Luminance::new(640, 480, &white).is_ok());
/// assert_eq!(Luminance::new(640, 481, &white).unwrap_err(), QrError::SizeMismatch);
/// ```
#[derive(Clone, Copy)]
pub struct Luminance<'a> {
    width: usize,
    height: usize,
    stride: usize,
    pixels: &'a [u8],
}

impl<'a> Luminance<'a> {
    /// A picture whose rows follow each other without a gap.
    ///
    /// # Errors
    ///
    /// - [`QrError::TooSmall`] if a side is shorter than 21 pixels.
    /// - [`QrError::TooLarge`] if a side is longer than 4 096 pixels.
    /// - [`QrError::SizeMismatch`] if `pixels` is not `width` × `height` long.
    pub fn new(width: u32, height: u32, pixels: &'a [u8]) -> Result<Self, QrError> {
        let picture = Self::with_stride(width, height, width, pixels)?;
        if pixels.len() != picture.width * picture.height {
            return Err(QrError::SizeMismatch);
        }
        Ok(picture)
    }

    /// A picture whose rows begin every `stride` bytes, as Android gives them.
    ///
    /// What follows the last row, and what lies between rows, is not looked at;
    /// the last row may lack its filling.
    ///
    /// # Errors
    ///
    /// - [`QrError::TooSmall`] if a side is shorter than 21 pixels.
    /// - [`QrError::TooLarge`] if a side is longer than 4 096 pixels.
    /// - [`QrError::SizeMismatch`] if `stride` is less than `width`, or `pixels`
    ///   ends before the last row does.
    pub fn with_stride(
        width: u32,
        height: u32,
        stride: u32,
        pixels: &'a [u8],
    ) -> Result<Self, QrError> {
        if width.min(height) < SHORTEST_SIDE {
            return Err(QrError::TooSmall);
        }
        if width.max(height) > LONGEST_SIDE {
            return Err(QrError::TooLarge);
        }
        if stride < width {
            return Err(QrError::SizeMismatch);
        }
        let size = |length: u32| usize::try_from(length).map_err(|_| QrError::TooLarge);
        let (width, height, stride) = (size(width)?, size(height)?, size(stride)?);
        let needed = stride.checked_mul(height - 1).and_then(|rows| rows.checked_add(width));
        if needed.is_none_or(|needed| pixels.len() < needed) {
            return Err(QrError::SizeMismatch);
        }
        Ok(Self { width, height, stride, pixels })
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let width = self.width;
        self.pixels.chunks(self.stride).take(self.height).filter_map(move |row| row.get(..width))
    }
}

impl fmt::Debug for Luminance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, .. } = self;
        f.debug_struct("Luminance")
            .field("width", width)
            .field("height", height)
            .finish_non_exhaustive()
    }
}

/// Reads every code in `picture`, from top to bottom and left to right.
///
/// A code may be turned by any angle, mirrored, light on dark, and seen at a
/// moderate slant. One entry stands for each code; a text that several codes
/// hold is given once. A code that is there but does not open is an entry too,
/// so that an app can say "three found, one unreadable". An empty list means
/// that no code was found.
///
/// One picture gives at most some twenty codes. Whatever the picture shows, the
/// work is bounded and nothing panics.
///
/// # Errors
///
/// Each entry by itself:
///
/// - [`QrError::Damaged`] if too much of the code is missing or blurred.
/// - [`QrError::NotText`] if it was read and holds no UTF-8 text.
///
/// # Examples
///
/// ```
/// use authenticator_core::transfer::qr::{Luminance, QrCode, read};
///
/// let code = QrCode::encode("otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ")?;
///
/// // A screenshot of it: four pixels a module, and a margin.
/// let side = 4 * (code.size() + 8);
/// let dark = |i: u32| {
///     let (x, y) = (i % side / 4, i / side / 4);
///     x >= 4 && y >= 4 && code.is_dark(x - 4, y - 4)
/// };
/// let pixels: Vec<u8> = (0..side * side).map(|i| if dark(i) { 0 } else { 255 }).collect();
///
/// let found = read(&Luminance::new(side, side, &pixels)?);
///
/// assert_eq!(found.len(), 1);
/// let text = found[0].as_ref().unwrap();
/// assert_eq!(text.expose(), "otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ");
/// # Ok::<(), authenticator_core::transfer::qr::QrError>(())
/// ```
pub fn read(picture: &Luminance<'_>) -> Vec<Result<SecretString, QrError>> {
    let mut found: Vec<Located> = Vec::new();
    let mut grey = Grey::new(picture);
    let mut scale = 1.0;
    // A smaller picture has less noise, and fewer pixels to a module than a
    // reader can lose its way in: what one size hides, another shows.
    for _ in 0..3 {
        for _ in 0..2 {
            for code in qr_locate::locate(&grey.binarised()) {
                add(&mut found, code.scaled(scale));
            }
            grey.invert();
        }
        let done = !found.is_empty() && found.iter().all(|code| code.text.is_ok());
        if done || grey.side() < 2 * 21 {
            break;
        }
        grey = grey.halved();
        scale *= 2.0;
    }
    in_reading_order(&mut found);
    without_repeats(found)
}

impl Located {
    fn scaled(self, scale: f64) -> Self {
        let Self { middle, side, text } = self;
        Self {
            middle: Point { x: middle.x * scale, y: middle.y * scale },
            side: side * scale,
            text,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.middle.minus(other.middle).length() < self.side.max(other.side) / 2.0
    }
}

/// Adds `code`, unless it is known; a text takes the place of a failure.
fn add(found: &mut Vec<Located>, code: Located) {
    if code.text.is_ok() {
        found.retain(|known| known.text.is_ok() || !known.overlaps(&code));
    }
    if !found.iter().any(|known| known.overlaps(&code)) {
        found.push(code);
    }
}

/// Sorts by line and, within a line, from left to right.
fn in_reading_order(found: &mut [Located]) {
    found.sort_by(|a, b| a.middle.y.total_cmp(&b.middle.y));
    let same_line = |a: &Located, b: &Located| b.middle.y - a.middle.y < a.side / 2.0;
    for line in found.chunk_by_mut(same_line) {
        line.sort_by(|a, b| a.middle.x.total_cmp(&b.middle.x));
    }
}

fn without_repeats(found: Vec<Located>) -> Vec<Result<SecretString, QrError>> {
    let mut readings: Vec<Result<SecretString, QrError>> = Vec::new();
    for Located { text, .. } in found {
        let known = |text: &SecretString| {
            readings.iter().flatten().any(|known| known.expose() == text.expose())
        };
        if !text.as_ref().is_ok_and(known) {
            readings.push(text);
        }
    }
    readings
}

/// Why a picture, or one code in it, gave no text, or a text no code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// The code is there, but too much of it is missing or blurred.
    #[error("the code is too damaged to read")]
    Damaged,
    /// The code was read; what it holds is not UTF-8 text.
    #[error("the code holds no text")]
    NotText,
    /// The bytes given are not as many as the picture's sides say.
    #[error("the pixels do not fill the picture")]
    SizeMismatch,
    /// A side of the picture is longer than 4 096 pixels; scale it down.
    #[error("the picture is too large")]
    TooLarge,
    /// The text does not fit into the largest code.
    #[error("the text is too long for a code")]
    TooLong,
    /// A side of the picture is shorter than the smallest code, 21 pixels.
    #[error("the picture is too small")]
    TooSmall,
}
