//! The PIN of accounts that need one.

use authenticator_core::SecretString;

use crate::arguments::Pin;
use crate::file;
use crate::lines::Lines;
use crate::refusal::Refusal;

impl Pin {
    /// The PIN, from where the person put it; `None` if there is none.
    pub(crate) fn read(&self) -> Result<Option<SecretString>, Refusal> {
        let Some(path) = &self.pin_file else {
            return Ok(self.pin.clone());
        };
        let file = file::open(path).map_err(|error| file::unreadable("the PIN's file", &error))?;
        let Some(line) = Lines::new(file).next() else {
            return Err(Refusal::new("no_pin", "the PIN's file has no PIN in it"));
        };
        let text = line?.text?;
        // White space around it, such as the line's end, is not part of a PIN.
        Ok(Some(SecretString::new(text.expose().trim().to_owned())))
    }
}
