//! A platform key in software: a file.

use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::platform::KeyWrapper;
use super::software::{self, Privacy, SoftwareError};
use crate::Secret;
use crate::crypto::aead::{Aead, TAG_LEN};
use crate::crypto::digest::sha256;
use crate::crypto::key::{Key, Mac, derive};
use crate::crypto::stack::cleared;
use crate::key_store::{KeyError, SecurityLevel};

/// Of the file: format ‖ key ‖ the first 4 bytes of the SHA-256 of both.
const FILE_FORMAT: u8 = 1;
const KEY_LEN: usize = 32;
const CHECK_LEN: usize = 4;
const FILE_LEN: usize = 1 + KEY_LEN + CHECK_LEN;

/// Of what is wrapped: format ‖ nonce ‖ ciphertext ‖ tag.
const WRAPPED_FORMAT: u8 = 1;
const WRAP: &[u8] = b"authcore/1/key-file/wrap";
const PRF: &[u8] = b"authcore/1/key-file/prf";

/// A [`KeyWrapper`] for desktops and tests: 32 random bytes in a file.
///
/// Whoever can read the file can unwrap everything that it wrapped; it asks nobody for
/// a finger, and a copy of it is as good as itself. It protects a vault that was copied
/// without it, and no other.
///
/// The file is for its owner alone, and is read anew each time: while it is not used,
/// its key is not in memory. The layout is this version's own affair; a vault keeps what
/// was wrapped as opaque bytes.
///
/// # Examples
///
/// ```
/// use authenticator_core::Secret;
/// use authenticator_core::vault::{KeyError, KeyFile, KeyWrapper};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("device.key");
/// let device = KeyFile::create(&path)?;
///
/// let wrapped = device.wrap(&Secret::new(b"a key".to_vec()))?;
/// assert_eq!(KeyFile::open(&path)?.unwrap(&wrapped)?.expose(), b"a key");
///
/// device.delete()?;
/// assert_eq!(device.unwrap(&wrapped).unwrap_err(), KeyError::Invalidated);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// Makes a new key, in a file that is not there yet and that its owner alone may
    /// read and write (0600 on Unix; elsewhere as its folder says).
    ///
    /// A loss of power here may leave a file that [`KeyFile::open`] finds damaged. It
    /// has wrapped nothing yet, and can be removed.
    ///
    /// # Errors
    ///
    /// - [`SoftwareError::Io`]: `AlreadyExists` if there is a file, which is left as it
    ///   is; otherwise why none could be written.
    /// - [`SoftwareError::NoRandomness`]
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, SoftwareError> {
        let this = Self { path: path.into() };
        cleared(|| {
            let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_LEN));
            bytes.push(FILE_FORMAT);
            bytes.extend_from_slice(Key::make()?.expose());
            let check = checksum(&bytes);
            bytes.extend_from_slice(&check);
            software::create(&this.path, &bytes)
        })?;
        Ok(this)
    }

    /// The key in a file that [`KeyFile::create`] made.
    ///
    /// # Errors
    ///
    /// - [`SoftwareError::Io`]: `NotFound` if there is no file; otherwise why it cannot
    ///   be read.
    /// - [`SoftwareError::Exposed`]: others than its owner may read or write it.
    /// - [`SoftwareError::Damaged`]: it is not what was written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SoftwareError> {
        let this = Self { path: path.into() };
        cleared(|| this.key())?;
        Ok(this)
    }

    fn key(&self) -> Result<Key, SoftwareError> {
        let bytes = software::read(&self.path, FILE_LEN, Privacy::Required)?;
        let (content, check) = bytes.split_last_chunk().ok_or(SoftwareError::Damaged)?;
        let (format, key) = content.split_first().ok_or(SoftwareError::Damaged)?;
        if checksum(content) != *check || *format != FILE_FORMAT {
            return Err(SoftwareError::Damaged);
        }
        Key::from_slice(key).ok_or(SoftwareError::Damaged)
    }

    fn key_for(&self, purpose: &[u8]) -> Result<Key, KeyError> {
        let key = self.key().map_err(|error| match error {
            SoftwareError::Damaged | SoftwareError::Io(io::ErrorKind::NotFound) => {
                KeyError::Invalidated
            }
            _ => KeyError::Unavailable,
        })?;
        Ok(derive(&[], key.expose(), &[purpose]))
    }
}

impl KeyWrapper for KeyFile {
    /// [`SecurityLevel::Software`]
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        cleared(|| {
            let aead = Aead::new(&self.key_for(WRAP)?);
            // The tag comes behind: grown for it, the vector would leave a copy behind.
            let mut text = Zeroizing::new(Vec::with_capacity(key.expose().len() + TAG_LEN));
            text.extend_from_slice(key.expose());
            let nonce = aead.seal(&[WRAP, &[WRAPPED_FORMAT]].concat(), &mut text);
            let nonce = nonce.map_err(|_| KeyError::Unavailable)?;
            Ok([&[WRAPPED_FORMAT], &nonce[..], &text].concat())
        })
    }

    /// As the trait says; [`KeyError::Invalidated`] also where the file is gone or
    /// damaged, [`KeyError::Unavailable`] where it is open to others.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        let (format, rest) = wrapped.split_first().ok_or(KeyError::Invalidated)?;
        let (nonce, sealed) = rest.split_first_chunk().ok_or(KeyError::Invalidated)?;
        cleared(|| {
            let aead = Aead::new(&self.key_for(WRAP)?);
            let text = aead.open(*nonce, &[WRAP, &[*format]].concat(), sealed);
            let mut text = text.ok_or(KeyError::Invalidated)?;
            Ok(Secret::new(std::mem::take(&mut *text)))
        })
    }

    /// HMAC-SHA-256 under a key of its own.
    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        cleared(|| {
            let mut mac = Mac::new(&self.key_for(PRF)?);
            mac.update(input);
            let output = Zeroizing::new(mac.finish());
            Ok(Some(Secret::new(output.to_vec())))
        })
    }

    /// Removes the file. A disk may keep its bytes for some time.
    fn delete(&self) -> Result<(), KeyError> {
        software::remove(&self.path).map_err(|_| KeyError::Unavailable)
    }
}

fn checksum(content: &[u8]) -> [u8; CHECK_LEN] {
    *sha256(&[content]).first_chunk().unwrap_or(&[0; CHECK_LEN])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    fn new_key() -> (TempDir, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyFile::create(folder.path().join("key")).unwrap();
        (folder, key)
    }

    #[test]
    fn a_key_opened_again_unwraps_what_it_wrapped() {
        let (_folder, key) = new_key();
        let again = KeyFile::open(&key.path).unwrap();

        let wrapped = key.wrap(&Secret::new(vec![7; 32])).unwrap();
        assert_eq!(again.unwrap(&wrapped).unwrap().expose(), [7; 32]);
        assert_ne!(key.wrap(&Secret::new(vec![7; 32])).unwrap(), wrapped);
        assert_eq!(key.security_level(), SecurityLevel::Software);
    }

    #[test]
    fn what_is_not_as_it_was_wrapped_is_not_unwrapped() {
        let (_folder, key) = new_key();
        let (_other_folder, other) = new_key();
        let wrapped = key.wrap(&Secret::new(vec![7; 32])).unwrap();

        assert_eq!(other.unwrap(&wrapped).unwrap_err(), KeyError::Invalidated);
        for bit in 0..wrapped.len() * 8 {
            let mut altered = wrapped.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.unwrap(&altered).unwrap_err(), KeyError::Invalidated, "bit {bit}");
        }
        for length in 0..wrapped.len() {
            assert!(key.unwrap(&wrapped[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn the_keyed_function_is_the_keys_own() {
        let (_folder, key) = new_key();
        let (_other_folder, other) = new_key();
        let output = |key: &KeyFile, input| key.prf(&[input; 32]).unwrap().unwrap();

        assert_eq!(output(&key, 1).expose().len(), 32);
        assert_eq!(output(&key, 1).expose(), output(&key, 1).expose());
        assert_ne!(output(&key, 1).expose(), output(&key, 2).expose());
        assert_ne!(output(&key, 1).expose(), output(&other, 1).expose());
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten() {
        let (_folder, key) = new_key();
        let before = fs::read(&key.path).unwrap();

        let again = KeyFile::create(&key.path).unwrap_err();
        assert_eq!(again, SoftwareError::Io(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read(&key.path).unwrap(), before);
    }

    #[test]
    fn a_file_that_is_damaged_is_no_key() {
        let (_folder, key) = new_key();
        let wrapped = key.wrap(&Secret::new(vec![7; 32])).unwrap();
        let file = fs::read(&key.path).unwrap();
        let altered = |place: usize| {
            let mut file = file.clone();
            file[place] ^= 1;
            file
        };
        let with_checksum = |content: &[u8]| [content, &checksum(content)].concat();

        let mut damaged: Vec<Vec<u8>> = (0..file.len()).map(altered).collect();
        damaged.extend((0..file.len()).map(|length| file[..length].to_vec()));
        damaged.push([&file[..], &[0]].concat());
        damaged.push(with_checksum(&file[..FILE_LEN - CHECK_LEN - 1]));
        damaged.push(with_checksum(&[2; 33]));
        for bytes in damaged {
            fs::write(&key.path, bytes).unwrap();
            assert_eq!(KeyFile::open(&key.path).unwrap_err(), SoftwareError::Damaged);
            assert_eq!(key.unwrap(&wrapped).unwrap_err(), KeyError::Invalidated);
        }
    }

    #[test]
    fn a_key_that_is_deleted_is_gone_and_may_be_deleted_again() {
        let (folder, key) = new_key();
        key.delete().unwrap();

        let opened = KeyFile::open(&key.path).unwrap_err();
        assert_eq!(opened, SoftwareError::Io(io::ErrorKind::NotFound));
        assert_eq!(key.prf(&[0; 32]).unwrap_err(), KeyError::Invalidated);
        assert_eq!(key.delete(), Ok(()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_alone_or_not_read() {
        use std::os::unix::fs::PermissionsExt;

        let (_folder, key) = new_key();
        assert_eq!(fs::metadata(&key.path).unwrap().permissions().mode() & 0o7777, 0o600);

        for mode in [0o640, 0o604, 0o620, 0o602, 0o644] {
            fs::set_permissions(&key.path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(KeyFile::open(&key.path).unwrap_err(), SoftwareError::Exposed, "{mode:o}");
            assert_eq!(key.prf(&[0; 32]).unwrap_err(), KeyError::Unavailable, "{mode:o}");
        }
        fs::set_permissions(&key.path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(KeyFile::open(&key.path).is_ok());
    }

    #[test]
    fn no_error_says_where_the_file_is_or_what_is_in_it() {
        let error = KeyFile::open("/nowhere/canary/key").unwrap_err();

        assert!(!format!("{error:?} {error}").contains("canary"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_secret_of_any_length_is_wrapped(
            secret in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let (_folder, key) = new_key();
            let wrapped = key.wrap(&Secret::new(secret.clone())).unwrap();

            let unwrapped = key.unwrap(&wrapped).unwrap();
            prop_assert_eq!(unwrapped.expose(), secret);
        }
    }
}
