//! Files that only their owner reads: what [`KeyFile`](super::KeyFile) and
//! [`StateFile`](super::StateFile) stand on.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::crypto::random::{self, NoRandomness};

/// Why a key or state in software is not usable. No variant holds a path or content.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SoftwareError {
    /// The file is not what was written: it ends early, is longer, or fails its
    /// checksum.
    #[error("the file is damaged")]
    Damaged,
    /// The file's permissions let others than its owner at it. Whoever read it has the
    /// key: the remedy is a new one, or, where nobody can have read it, `chmod 600`.
    #[error("the file is open to other users")]
    Exposed,
    /// The operating system refused.
    #[error("the file is not usable: {0}")]
    Io(io::ErrorKind),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

impl From<io::Error> for SoftwareError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

impl From<NoRandomness> for SoftwareError {
    fn from(_: NoRandomness) -> Self {
        Self::NoRandomness
    }
}

/// Whether a file may be read whoever else can read it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Privacy {
    Required,
    Ignored,
}

/// All of a file of at most `most` bytes, each read once into memory that is wiped.
pub(super) fn read(
    path: &Path,
    most: usize,
    privacy: Privacy,
) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    let mut file = File::open(path)?;
    // Of the opened file: the one at the path may be another by now.
    let metadata = file.metadata()?;
    if privacy == Privacy::Required && is_exposed(&metadata) {
        return Err(SoftwareError::Exposed);
    }
    let length = usize::try_from(metadata.len()).ok().filter(|length| *length <= most);
    let length = length.ok_or(SoftwareError::Damaged)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that is not there yet, for its owner alone, and so that it outlasts a
/// loss of power. If that fails, there is none.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), SoftwareError> {
    write_new(path, bytes)?;
    sync_folder(folder_of(path)).inspect_err(|_| discard(path))?;
    Ok(())
}

/// Puts `bytes` in the place of the file `name` in `folder`, if there is one: whatever
/// happens, all of the old one is there or all of the new one.
pub(super) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), SoftwareError> {
    // A crash has left a file half way here. What it holds may be a secret that is
    // meant to be gone.
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_str().is_some_and(|found| is_half_way(found, name)) {
            discard(&entry.path());
        }
    }
    // A name of its own each time: two programs never write into one file.
    let random = HEXLOWER.encode(&random::make::<8>()?);
    let new = folder.join(format!("{name}.{random}.new"));
    write_new(&new, bytes)?;
    fs::rename(&new, folder.join(name)).inspect_err(|_| discard(&new))?;
    sync_folder(folder)?;
    Ok(())
}

/// Removes a file. No error if there is none.
pub(super) fn remove(path: &Path) -> Result<(), SoftwareError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(sync_folder(folder_of(path))?),
    }
}

fn is_half_way(found: &str, name: &str) -> bool {
    let rest = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
    rest.is_some_and(|rest| rest.ends_with(".new"))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.inspect_err(|_| discard(path))
}

/// Removes a file that must not stay and does no harm if it does.
fn discard(path: &Path) {
    let _ = fs::remove_file(path);
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Makes the names in `folder` outlast a loss of power. Only Unix opens a folder.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether others than the owner can read or write. Elsewhere than on Unix the folder's access
/// list decides, which is not looked at.
#[cfg_attr(not(unix), allow(unused_variables, reason = "only Unix has permissions"))]
fn is_exposed(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0;
    #[cfg(not(unix))]
    return false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_folder_is_in_the_current_one() {
        assert_eq!(folder_of(Path::new("key")), Path::new("."));
        assert_eq!(folder_of(Path::new("/key")), Path::new("/"));
        assert_eq!(folder_of(Path::new("a/key")), Path::new("a"));
    }

    #[test]
    fn what_is_half_way_is_told_by_its_name() {
        assert!(is_half_way("a.guard.0123456789abcdef.new", "a.guard"));
        assert!(!is_half_way("a.guard", "a.guard"));
        assert!(!is_half_way("b.guard.0123456789abcdef.new", "a.guard"));
        assert!(!is_half_way("a.guards.new", "a.guard"));
    }

    #[test]
    fn what_was_not_written_in_full_is_not_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("name")).unwrap();

        // A folder cannot be replaced by a file.
        assert!(matches!(replace(folder.path(), "name", b"new"), Err(SoftwareError::Io(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_what_is_not_there_is_no_file_to_remove() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();

        assert_eq!(remove(&folder.path().join("nothing")), Ok(()));
        assert!(matches!(remove(&file.join("below")), Err(SoftwareError::Io(_))));
        assert_eq!(remove(&file), Ok(()));
        assert!(!file.exists());
    }
}
