//! Files: what is said about them, and how one with a secret is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::refusal::Refusal;

/// Why the system refused, without its number.
pub(crate) fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::AlreadyExists => "it exists already",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::NotADirectory => "a part of its path is not a folder",
        io::ErrorKind::StorageFull => "no space is left",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::InvalidFilename => "no file can have that name",
        _ => "the system refused",
    }
}

/// The refusal of a file that cannot be read. Its name is not said: a URI may
/// stand in its place.
pub(crate) fn unreadable(what: &str, error: &io::Error) -> Refusal {
    Refusal::new("unreadable_file", format!("{what} cannot be read: {}", reason(error)))
}

/// Opens a file to read; a folder is an error at once.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// Whether an existing file may be replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// Writes `text` into a file that only its owner can read.
pub(crate) fn write_secret(path: &Path, text: &str, existing: Existing) -> Result<(), Refusal> {
    let target = match existing {
        Existing::Keep => path.to_owned(),
        // A new file takes the old one's place at once, and not its permissions.
        Existing::Replace => beside(path),
    };
    let refuse = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Refusal::new("file_exists", "the file exists already; `--force` replaces it")
        }
        _ => Refusal::new(
            "unwritable_file",
            format!("the file cannot be written: {}", reason(&error)),
        ),
    };
    let mut file = create(&target).map_err(refuse)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| match existing {
        Existing::Keep => Ok(()),
        Existing::Replace => fs::rename(&target, path),
    });
    written.map_err(|error| {
        // Half a drawing is of no use, and has half a secret in it.
        let _ = fs::remove_file(&target);
        refuse(error)
    })
}

/// Creates a file; one that exists, also as a link, is left alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A name in the same folder that nobody else uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}
