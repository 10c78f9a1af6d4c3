//! A vault whose file is closed for a while, and what it holds when it is open again.

use super::VaultError;
use super::contents::Contents;
use super::database::Database;
use super::header::Header;
use super::vault::Vault;

impl Vault {
    /// Closes the file, so that it can be copied, or the process be stopped; what is in
    /// memory stays.
    pub(crate) fn suspend(&mut self) -> Result<(), VaultError> {
        if self.contents.is_some() && self.database.is_some() {
            // Codes go on without the file.
            self.absorb_keys()?;
        }
        self.close_database()
    }

    /// Opens the file, which is closed, again. Where it was changed meanwhile, the contents
    /// are read anew.
    pub(crate) fn resume(&mut self) -> Result<(), VaultError> {
        self.database = Some(Database::open(self.path())?);
        let taken = self.take_over();
        if taken.is_err() {
            self.database = None;
        }
        taken
    }

    /// Takes over what the file holds now that it is open again.
    fn take_over(&mut self) -> Result<(), VaultError> {
        let (header, root) = self.read_header()?;
        if header.vault != self.header.vault {
            self.lock();
            return Err(VaultError::Damaged);
        }
        if root != self.root || self.stale {
            return self.reload();
        }
        // Tries of the PIN, and a slot that was destroyed, change nothing that is proved.
        self.slots = self.database()?.slots()?;
        Ok(())
    }

    /// Whether calls that need the file can be served.
    pub(crate) fn check_open(&self) -> Result<(), VaultError> {
        if self.wreck.is_some() { Ok(()) } else { self.database().map(drop) }
    }

    fn read_header(&self) -> Result<(Header, [u8; 32]), VaultError> {
        let (body, root) = self.database()?.header()?;
        let header = Header::decode(&body).ok_or(VaultError::Damaged)?;
        Ok((header, root.try_into().map_err(|_| VaultError::Damaged)?))
    }

    /// Reads everything anew. After a rotation the master key that is known opens
    /// nothing: the vault is locked then.
    pub(super) fn reload(&mut self) -> Result<(), VaultError> {
        let (header, root) = self.read_header()?;
        let slots = self.database()?.slots()?;
        (self.header, self.root, self.slots) = (header, root, slots);
        let keys = self.contents.take().map(Contents::into_keys);
        if let Some(keys) = keys.filter(|keys| keys.generation == header.key_generation) {
            self.contents = Some(self.load(keys)?);
        }
        self.stale = false;
        Ok(())
    }

    pub(super) fn close_database(&mut self) -> Result<(), VaultError> {
        self.database.take().map_or(Ok(()), Database::close)
    }
}
