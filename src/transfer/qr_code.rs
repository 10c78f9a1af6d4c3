//! Codes to show.

use super::qr::QrError;
use crate::SecretString;
use qrcodegen::QrCodeEcc;
use std::fmt::{self, Write};
use zeroize::Zeroizing;

/// Light modules around a code, so that readers find it (section 9.1).
const QUIET_ZONE: u32 = 4;

/// More than a code with medium error correction can hold of anything: 5 596
/// digits (ISO/IEC 18004, table 7).
const LONGEST_TEXT: usize = 5_596;

/// A code to show on a screen or to print.
///
/// Its modules are the secret it carries: they are wiped on drop and not
/// printed. A quiet zone of four light modules on each side belongs around it;
/// [`to_svg`](Self::to_svg) draws one.
///
/// # Examples
///
/// ```
/// use authenticator_core::transfer::qr::QrCode;
///
/// let code = QrCode::encode("otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ")?;
///
/// assert_eq!(code.size(), 29);
/// assert!(code.is_dark(0, 0));
/// assert_eq!(format!("{code:?}"), "QrCode { size: 29, .. }");
/// # Ok::<(), authenticator_core::transfer::qr::QrError>(())
/// ```
pub struct QrCode {
    size: u32,
    /// Row by row; `true` is dark.
    modules: Zeroizing<Vec<bool>>,
}

impl QrCode {
    /// The smallest code for `text` that survives the loss of 15 % of it.
    ///
    /// Where the size leaves room, it survives more. Texts other than ASCII are
    /// written as UTF-8, as all readers expect today.
    ///
    /// # Errors
    ///
    /// [`QrError::TooLong`] if it does not fit: beyond 2 331 bytes, 3 391
    /// characters of the alphanumeric set, or 5 596 digits.
    pub fn encode(text: &str) -> Result<Self, QrError> {
        // The encoder takes eight bytes for each bit before it measures.
        if text.len() > LONGEST_TEXT {
            return Err(QrError::TooLong);
        }
        let code = qrcodegen::QrCode::encode_text(text, QrCodeEcc::Medium)
            .map_err(|_| QrError::TooLong)?;
        let side = code.size();
        let places = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        // The length is known beforehand, so that growing leaves no copy.
        let mut modules = Zeroizing::new(Vec::with_capacity(31_329));
        modules.extend(places.map(|(x, y)| code.get_module(x, y)));
        Ok(Self { size: side.unsigned_abs(), modules })
    }

    /// Modules a side, without a quiet zone: from 21 to 177.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Whether a module is dark; outside the code all are light.
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        if x >= self.size || y >= self.size {
            return false;
        }
        let place = usize::try_from(y * self.size + x).ok();
        place.and_then(|place| self.modules.get(place)).copied().unwrap_or(false)
    }

    /// The modules row by row from the top, `true` for dark.
    ///
    /// An app that draws them itself leaves four light modules around.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.modules.chunks_exact(usize::try_from(self.size).unwrap_or(usize::MAX))
    }

    /// A drawing of the code with its quiet zone, complete in itself.
    ///
    /// One unit is one module. It is black on white, whatever the page around
    /// it looks like, since dark themes make codes that some readers miss.
    pub fn to_svg(&self) -> SecretString {
        let side = self.size + 2 * QUIET_ZONE;
        // More than the longest path: growing would leave copies of it behind.
        let room = usize::try_from(9 * self.size * (self.size + 1) + 512).unwrap_or(0);
        let mut svg = String::with_capacity(room);
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\""
        );
        for (y, row) in (QUIET_ZONE..).zip(self.rows()) {
            let mut x = QUIET_ZONE;
            for run in row.chunk_by(|a, b| a == b) {
                let length = u32::try_from(run.len()).unwrap_or(0);
                if run.first() == Some(&true) {
                    let _ = write!(svg, "M{x},{y}h{length}v1h-{length}z");
                }
                x += length;
            }
        }
        svg.push_str("\"/></svg>");
        SecretString::new(svg)
    }
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_code_is_full_at_the_promised_lengths() {
        for (letter, most) in [("a", 2_331), ("A", 3_391), ("7", 5_596)] {
            let full = QrCode::encode(&letter.repeat(most)).unwrap();

            assert_eq!((full.size(), full.rows().count()), (177, 177));
            let over = QrCode::encode(&letter.repeat(most + 1));
            assert_eq!(over.unwrap_err(), QrError::TooLong);
        }
        assert_eq!(QrCode::encode(&"a".repeat(1 << 20)).unwrap_err(), QrError::TooLong);
    }

    #[test]
    fn outside_is_light() {
        let code = QrCode::encode("").unwrap();

        for (x, y) in [(21, 0), (0, 21), (u32::MAX, u32::MAX), (u32::MAX, 0)] {
            assert!(!code.is_dark(x, y));
        }
    }

    #[test]
    fn the_drawing_covers_exactly_the_dark_modules() {
        let code = QrCode::encode("otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ").unwrap();

        let svg = code.to_svg();

        let path = svg.expose().split("d=\"").nth(1).unwrap().trim_end_matches("\"/></svg>");
        let mut drawn = vec![false; 29 * 29];
        for run in path.split('M').skip(1) {
            let (place, rest) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(',').unwrap();
            let [x, y]: [usize; 2] = [x, y].map(|n| n.parse().unwrap());
            let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            drawn[(y - 4) * 29 + x - 4..][..length].fill(true);
        }
        assert_eq!(drawn, *code.modules);
        assert!(svg.expose().contains("viewBox=\"0 0 37 37\""));
    }

    #[test]
    fn the_drawing_never_outgrows_its_room() {
        for text in ["", "a", &"x".repeat(2_331)] {
            let code = QrCode::encode(text).unwrap();
            let room = 9 * code.size() * (code.size() + 1) + 512;
            assert!(code.to_svg().expose().len() <= usize::try_from(room).unwrap());
        }
    }
}
