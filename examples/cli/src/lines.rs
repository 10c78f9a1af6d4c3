//! Input, line by line, within limits.

use std::io::{self, Read};

use authenticator_core::SecretString;
use authenticator_core::otp::AccountError;
use zeroize::Zeroizing;

use crate::refusal::Refusal;

/// The longest line that is read; the core reads no longer URI either.
const LONGEST_LINE: usize = 8 * 1024;

/// What is read at once. At least as much as the standard library buffers, so that
/// it reads into our memory, which is wiped, and not into its own.
const CHUNK: usize = 64 * 1024;

/// One line that is not blank.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where it stands, counted from 1, with the blank lines.
    pub(crate) number: u64,
    /// Its text, or why it was not read.
    pub(crate) text: Result<SecretString, Refusal>,
}

/// The lines of `source` that are not blank. Of a line that is too long, no more
/// than the longest possible one is kept.
pub(crate) struct Lines<R> {
    source: R,
    chunk: Zeroizing<Vec<u8>>,
    unread: std::ops::Range<usize>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// The lines of `source`.
    pub(crate) fn new(source: R) -> Self {
        Self { source, chunk: Zeroizing::new(vec![0; CHUNK]), unread: 0..0, number: 0 }
    }

    /// The next line; `None` at the end.
    fn read(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
            let mut length = 0_usize;
            let mut ended = false;
            while !ended {
                if self.unread.is_empty() && !self.fill()? {
                    break;
                }
                let unread = &self.chunk[self.unread.clone()];
                let end = unread.iter().position(|byte| *byte == b'\n');
                let piece = &unread[..end.unwrap_or(unread.len())];
                // Grown, the vector would leave copies behind.
                let room = LONGEST_LINE - line.len();
                line.extend_from_slice(&piece[..piece.len().min(room)]);
                length = length.saturating_add(piece.len());
                self.unread.start += piece.len() + usize::from(end.is_some());
                ended = end.is_some();
            }
            if length == 0 && !ended {
                return Ok(None);
            }
            self.number += 1;
            let number = self.number;
            if length > LONGEST_LINE {
                return Ok(Some(Line { number, text: Err(AccountError::TooLong.into()) }));
            }
            match String::from_utf8(std::mem::take(&mut *line)) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Ok(Some(Line { number, text: Ok(SecretString::new(text)) })),
                Err(error) => {
                    drop(Zeroizing::new(error.into_bytes()));
                    return Ok(Some(Line { number, text: Err(Refusal::not_utf8()) }));
                }
            }
        }
    }

    /// Reads more; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        loop {
            match self.source.read(&mut self.chunk) {
                Ok(length) => {
                    self.unread = 0..length;
                    return Ok(length > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Line, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().map_err(|error| crate::file::unreadable("the input", &error)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, as a slow pipe does.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    fn read(input: &[u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let shown = |line: Result<Line, Refusal>| {
            let Line { number, text } = line.unwrap();
            (number, text.map(|t| t.expose().to_owned()).map_err(|refusal| refusal.kind))
        };
        let slow: Vec<_> = Lines::new(Slow(input)).map(shown).collect();
        let fast: Vec<_> = Lines::new(input).map(shown).collect();
        assert_eq!(slow, fast);
        fast
    }

    #[test]
    fn blank_lines_are_counted_and_left_out() {
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\n \n\r\n"), []);
        assert_eq!(read(b"\na\n\nb"), [(2, Ok("a".to_owned())), (4, Ok("b".to_owned()))]);
    }

    #[test]
    fn a_line_of_8_kib_is_read_and_a_longer_one_refused() {
        for (length, kind) in [(8192, None), (8193, Some("too_long")), (300_000, Some("too_long"))]
        {
            let input = [&vec![b'x'; length][..], b"\nnext\n"].concat();

            let lines = read(&input);

            assert_eq!(lines[0].1.as_ref().err().copied(), kind, "{length}");
            assert_eq!(lines[1], (2, Ok("next".to_owned())));
        }
    }

    #[test]
    fn what_is_not_text_is_refused_by_itself() {
        assert_eq!(read(b"\xff\nnext"), [(1, Err("not_utf8")), (2, Ok("next".to_owned()))]);
    }
}
