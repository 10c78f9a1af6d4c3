//! QR codes, in and out.

use std::sync::Arc;

use authenticator_core::SecretString;
use authenticator_core::transfer::qr::{self, Luminance, QrError};

use crate::account::text;
use crate::{Outcome, QrProblem};

/// One code that was found in a picture.
#[derive(Clone, uniffi::Enum)]
pub enum QrReading {
    /// Its text.
    Text {
        /// The text.
        text: Arc<ScannedText>,
    },
    /// It could not be read; another picture may do.
    Unreadable {
        /// Why not.
        problem: QrProblem,
    },
}

/// The text of a QR code, which may hold a secret: it is overwritten when this goes, and printed
/// nowhere.
#[derive(uniffi::Object)]
pub struct ScannedText(SecretString);

#[uniffi::export]
impl ScannedText {
    /// The text as UTF-8: for `AccountDraft` or `MigrationCollector`. Overwrite it after use.
    pub fn reveal(&self) -> Vec<u8> {
        self.0.expose().as_bytes().to_vec()
    }
}

/// Finds and reads every QR code in a picture in grey, a camera's luminance (Y) plane say: eight
/// bits a pixel, 0 is black, a row every `stride` bytes. Empty if there is none. Sides have 21 to
/// 4096 pixels.
#[uniffi::export]
pub fn read_qr_codes(
    width: u32,
    height: u32,
    stride: u32,
    luminance: &[u8],
) -> Outcome<Vec<QrReading>> {
    let picture = Luminance::with_stride(width, height, stride, luminance)?;
    let reading = |read: Result<SecretString, QrError>| match read {
        Ok(text) => QrReading::Text { text: Arc::new(ScannedText(text)) },
        Err(error) => QrReading::Unreadable { problem: error.into() },
    };
    Ok(qr::read(&picture).into_iter().map(reading).collect())
}

/// A QR code to be drawn: dark on light, whatever the theme, with four light modules around.
#[derive(uniffi::Object)]
pub struct QrCode(qr::QrCode);

#[uniffi::export]
impl QrCode {
    /// The code of a text. UTF-8.
    #[uniffi::constructor]
    pub fn encode(content: &[u8]) -> Outcome<Self> {
        Self::of(text(content)?)
    }

    /// Modules a side, without the light ones around: 21 to 177.
    pub fn side(&self) -> u32 {
        self.0.size()
    }

    /// The modules, row by row from the top, one byte each: 1 is dark. Overwrite it after use.
    pub fn modules(&self) -> Vec<u8> {
        self.0.rows().flatten().map(|dark| u8::from(*dark)).collect()
    }
}

impl QrCode {
    pub(crate) fn of(text: &str) -> Outcome<Self> {
        Ok(Self(qr::QrCode::encode(text)?))
    }
}
