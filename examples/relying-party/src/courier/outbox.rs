//! Codes into a file, line by line: for development, and for whatever else sends what it finds
//! there.

use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::Serialize;

use super::wording::wording;
use super::{Channel, Courier, Delivery, Failure, Outcome};

/// Its owner's alone: there are codes in it.
const MODE: u32 = 0o600;

/// Codes by text and call, as JSON lines at the end of a file.
pub struct Outbox {
    file: File,
    name: String,
}

#[derive(Serialize)]
struct Line<'a> {
    at: u64,
    to: &'a str,
    channel: Channel,
    body: &'a str,
}

impl Outbox {
    /// One in the file at `path`, for the service that calls itself `name`.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or not kept from others.
    pub fn open(path: &Path, name: String) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
        // One that was there before keeps its own mode.
        file.set_permissions(Permissions::from_mode(MODE))?;
        Ok(Self { file, name })
    }

    fn bring(&self, delivery: &Delivery<'_>, now: u64) -> Result<Outcome, Failure> {
        let code = delivery.code()?;
        let body = wording(&self.name, &code);
        let line = Line { at: now, to: code.to, channel: code.channel, body: &body };
        let mut line = serde_json::to_vec(&line).map_err(|_| Failure::Fault)?;
        line.push(b'\n');
        // In one write at the end, so that lines of several processes do not mix.
        let written = (&self.file).write(&line).map_err(|_| Failure::Fault)?;
        if written == line.len() { Ok(Outcome::Delivered) } else { Err(Failure::Fault) }
    }
}

impl Courier for Outbox {
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome {
        self.bring(delivery, now).unwrap_or_else(Outcome::Failed)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outbox(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Code;
    use super::*;

    fn code<'a>(channel: Channel, code: &'a str) -> Delivery<'a> {
        Delivery::Code(Code { channel, to: "+12025550123", code })
    }

    #[test]
    fn each_code_is_a_line_at_the_end_that_its_owner_alone_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.jsonl");
        fs::write(&path, "before\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();

        let [one, two] =
            [(); 2].map(|()| Outbox::open(&path, "Example \"Inc\"".to_owned()).unwrap());
        assert_eq!(one.deliver(&code(Channel::Text, "012345"), 59), Outcome::Delivered);
        assert_eq!(two.deliver(&code(Channel::Call, "98"), 60), Outcome::Delivered);

        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "before\n\
             {\"at\":59,\"to\":\"+12025550123\",\"channel\":\"text\",\"body\":\"Example \\\"Inc\\\": \
             your code is 012345. Never tell it to anybody: we will never ask for it.\"}\n\
             {\"at\":60,\"to\":\"+12025550123\",\"channel\":\"call\",\"body\":\"This is Example \
             \\\"Inc\\\". Your code is: 9, 8. Once more: 9, 8. Never tell it to anybody: we will \
             never ask for it.\"}\n"
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_cannot_be_written_fails_and_says_no_more() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Outbox::open(&folder.path().join("none/outbox"), String::new()).is_err());
        let full = Path::new("/dev/full");
        if full.exists() {
            let file = OpenOptions::new().append(true).open(full).unwrap();
            let outbox = Outbox { file, name: String::new() };
            let outcome = outbox.deliver(&code(Channel::Text, "1"), 0);
            assert_eq!(outcome, Outcome::Failed(Failure::Fault));
        }
    }
}
