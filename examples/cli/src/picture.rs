//! Pictures, decoded within limits to the grey values that a reader of QR codes
//! works on.

use std::io::{self, Cursor, Read};
use std::path::Path;

use authenticator_core::SecretString;
use authenticator_core::transfer::qr::{self, Luminance, QrError};
use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use zeroize::Zeroizing;

use crate::file;
use crate::refusal::Refusal;

/// The longest side, in pixels; the core searches no larger picture.
const LONGEST_SIDE: u32 = 4_096;
/// The most that a decoded picture takes: four bytes for each pixel of the largest.
const MOST_DECODED: u64 = 64 * 1024 * 1024;
/// What the decoder may take besides: its own buffers.
const DECODER_ROOM: u64 = 16 * 1024 * 1024;
/// The largest file, in bytes: beyond what a picture within the limits needs.
const LONGEST_FILE: u64 = 32 * 1024 * 1024;

/// Reads every code in the picture at `path`; `-` is standard input.
///
/// One entry for each code that was located: its text, or why it gave none.
pub(crate) fn codes(path: &Path) -> Result<Vec<Result<SecretString, QrError>>, Refusal> {
    let bytes = if path.as_os_str() == "-" {
        read(io::stdin().lock())
    } else {
        file::open(path).and_then(read)
    };
    let bytes = bytes.map_err(|error| file::unreadable("the picture", &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_FILE) {
        return Err(Refusal::new("too_large", "the file is larger than 32 MiB"));
    }
    let (width, height, pixels) = grey(decode(&bytes)?);
    Ok(qr::read(&Luminance::new(width, height, &pixels)?))
}

/// Reads a file, and no more of it than shows that it is too long.
fn read(source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes a picture whose size has been looked at first.
fn decode(bytes: &[u8]) -> Result<DynamicImage, Refusal> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| file::unreadable("the picture", &error))?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(Refusal::new("unsupported_format", "this is neither a PNG nor a JPEG picture"));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_DECODED + DECODER_ROOM);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > LONGEST_SIDE || decoder.total_bytes() > MOST_DECODED {
        return Err(too_large());
    }
    DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))
}

fn refusal(error: &ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => too_large(),
        ImageError::Unsupported(_) => {
            Refusal::new("unsupported_format", "this kind of PNG or JPEG is not supported")
        }
        _ => Refusal::new("damaged_picture", "the picture is damaged or cut off"),
    }
}

fn too_large() -> Refusal {
    Refusal::new(
        "too_large",
        "the picture has more than 4096 pixels a side or 64 MiB: cut out or shrink the code",
    )
}

/// The picture in grey, on white where it is transparent.
fn grey(picture: DynamicImage) -> (u32, u32, Zeroizing<Vec<u8>>) {
    let (width, height) = (picture.width(), picture.height());
    let pixels = if picture.color().has_alpha() {
        let pixels = Zeroizing::new(picture.into_rgba8().into_raw());
        pixels.as_chunks().0.iter().map(|&[r, g, b, a]| on_white(luma(r, g, b), a)).collect()
    } else {
        let pixels = Zeroizing::new(picture.into_rgb8().into_raw());
        pixels.as_chunks().0.iter().map(|&[r, g, b]| luma(r, g, b)).collect()
    };
    (width, height, Zeroizing::new(pixels))
}

/// The luma of [ITU-R BT.601], which JPEG uses too.
///
/// [ITU-R BT.601]: https://www.itu.int/rec/R-REC-BT.601
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from(sum / 1_000).unwrap_or(u8::MAX)
}

/// What is seen of `grey` before a white page: screenshots are often transparent
/// where they look white.
fn on_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_stay_what_they_are() {
        assert_eq!((luma(0, 0, 0), luma(255, 255, 255)), (0, 255));
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!((on_white(0, 0), on_white(0, 255), on_white(0, 128)), (255, 0, 127));
        assert_eq!(on_white(255, 7), 255);
    }
}
