//! QR codes, as SVG in the page: a picture of its own would need an address, and the link in it
//! would be a secret in a URL.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// The text as SVG, which has nothing in it but our own words and numbers. Empty where the text is
/// longer than a QR code holds: the page has the link as text, too.
pub(super) fn svg(text: &str, name: &'static str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return String::new();
    };
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|at| code.get_module(*at, y)).count();
            if length > 0 {
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
            }
            x += i32::try_from(length).unwrap_or(1).max(1);
        }
    }
    // Dark on light in every colour scheme: many cameras do not read the inverse.
    format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{name}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_is_drawn_and_what_is_too_long_is_not() {
        let drawn = svg("approval://enrol?v=1", "QR code");
        assert!(drawn.starts_with("<svg") && drawn.contains("M4 4h7v1h-7z"));
        assert!(!drawn.contains("approval"));
        assert_eq!(svg(&"x".repeat(3_000), "QR code"), "");
    }
}
