//! `scan`: the QR codes in pictures.

use std::path::Path;

use serde::Serialize;

use crate::arguments::Scan;
use crate::picture;
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What a code says, as JSON.
#[derive(Debug, Serialize)]
struct Found<'a> {
    file: &'a str,
    text: &'a str,
}

/// What gave no text, as JSON.
#[derive(Debug, Serialize)]
struct Missed<'a> {
    file: &'a str,
    error: &'a Refusal,
}

/// Writes the text of each code in each picture.
pub(crate) fn run(arguments: &Scan) -> Result<End, Failure> {
    let mut any_refused = false;
    for (number, path) in (1..).zip(&arguments.images) {
        let codes = picture::codes(path);
        let opened = !codes.as_ref().is_err_and(|refusal| refusal.kind == "unreadable_file");
        let file = shown(path, number, opened);
        let miss = |refusal: &Refusal| -> Result<(), Failure> {
            if arguments.json {
                return Ok(output::json(&Missed { file: &file, error: refusal })?);
            }
            output::error(&format!("{file}: {}", refusal.message));
            Ok(())
        };
        let codes = match codes {
            Ok(codes) => codes,
            Err(refusal) => {
                any_refused = true;
                miss(&refusal)?;
                continue;
            }
        };
        if codes.is_empty() {
            miss(&Refusal::new("no_code", "there is no QR code in the picture"))?;
        }
        any_refused |= !codes.iter().any(Result::is_ok);
        for code in codes {
            match code {
                Ok(text) if arguments.json => {
                    output::json(&Found { file: &file, text: text.expose() })?;
                }
                Ok(text) => write_line(text.expose())?,
                Err(error) => miss(&Refusal::from(error))?,
            }
        }
    }
    Ok(End::refused_if(any_refused))
}

/// How a picture is called in a message.
///
/// A name that could not be opened may be a URI or a secret in the wrong place: it
/// is said only if it ends as a picture's does.
fn shown(path: &Path, number: usize, opened: bool) -> String {
    let name = path.to_string_lossy();
    let picture = path.extension().is_some_and(|extension| {
        ["png", "jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    if opened || (picture && !name.contains([':', '=', '?'])) {
        output::visible(&name).to_string()
    } else {
        format!("picture {number}")
    }
}

/// Writes `text` as one line, whatever it has in it.
fn write_line(text: &str) -> Result<(), Failure> {
    Ok(output::line(output::visible(text).as_str())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_in_place_of_a_picture_is_not_repeated() {
        for name in ["otpauth://totp/a?secret=GEZDGNBV", "GEZDGNBVGY3TQOJQ", "a?secret=x.png"] {
            assert_eq!(shown(Path::new(name), 2, false), "picture 2");
        }
        assert_eq!(shown(Path::new("a.PNG"), 2, false), "a.PNG");
        assert_eq!(shown(Path::new("a\n"), 2, true), "a%0A");
    }
}
