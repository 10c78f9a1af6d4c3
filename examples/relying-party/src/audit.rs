//! What happened, for whoever has to look: who, when, from where, and no secret.

use approval_jose::identifier;

use crate::store::{StoreError, Tx};

/// Something that is noted.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A phone answered a challenge.
    Answer {
        /// What became of it, as the receipt says.
        result: &'a str,
        /// By which credential.
        credential: &'a str,
    },
    /// A phone asked for another PIN or push target, or its end.
    Call {
        /// What became of it, as the receipt says.
        result: &'a str,
        /// By which credential.
        credential: &'a str,
    },
}

impl Event<'_> {
    fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Answer { result, credential } => ("answer", format!("{result} {credential}")),
            Self::Call { result, credential } => ("call", format!("{result} {credential}")),
        }
    }
}

/// Notes what happened, in the transaction in which it did.
///
/// # Errors
///
/// [`StoreError`].
pub fn note(
    tx: &mut dyn Tx,
    now: u64,
    account: Option<&str>,
    event: &Event<'_>,
) -> Result<(), StoreError> {
    let (name, detail) = event.parts();
    tx.execute(
        "INSERT INTO audit (id, at, account, event, address, detail) VALUES ($1, $2, $3, $4, '', $5)",
        &[identifier().into(), now.into(), account.into(), name.into(), detail.into()],
    )?;
    Ok(())
}
