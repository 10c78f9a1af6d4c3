//! "Receipt and chain": the service's signed word on what became of an answer.

use serde_json::{Value, json};

use super::credential::Credential;
use super::{Approvals, Fault};
use crate::store::Tx;

/// Phones may ask again for so long, seconds.
const KEPT: u64 = 30 * 24 * 60 * 60;

/// What a receipt is of.
pub(super) struct About<'a> {
    /// Of the challenge, or of the request.
    pub(super) jti: &'a str,
    /// Of the answer, or of the request's body.
    pub(super) ahash: &'a str,
    pub(super) result: &'a str,
    /// After a rotation, the thumbprints that count.
    pub(super) keys: Option<Value>,
}

impl Approvals {
    /// The receipt that was given for an answer before.
    pub(super) fn given(&self, tx: &mut dyn Tx, ahash: &str) -> Result<Option<String>, Fault> {
        let row = tx.row("SELECT message FROM receipts WHERE hash = $1", &[ahash.into()])?;
        Ok(row.map(|mut row| row.text()).transpose()?)
    }

    /// Signs a receipt, and keeps it for whoever asks again.
    pub(super) fn receipt(
        &self,
        tx: &mut dyn Tx,
        credential: &Credential,
        about: &About<'_>,
        now: u64,
    ) -> Result<String, Fault> {
        let mut claims = json!({
            "iss": self.origin,
            "aud": credential.id,
            "iat": now,
            "jti": about.jti,
            "ahash": about.ahash,
            "result": about.result,
            "head": { "seq": credential.seq, "ahash": credential.head },
        });
        if let Some(pin) = &credential.pin {
            claims["tries_left"] = pin.tries_left().into();
            claims["pin_generation"] = pin.generation.into();
            if about.result == "pin-delayed" {
                claims["retry_at"] = pin.not_before.into();
            }
        }
        if let Some(keys) = &about.keys {
            claims["keys"] = keys.clone();
        }
        let message = self.sign(tx, "approval-receipt+jwt", &claims)?;
        tx.execute(
            "INSERT INTO receipts (hash, message, until) VALUES ($1, $2, $3)",
            &[about.ahash.into(), (&message).into(), (now + KEPT).into()],
        )?;
        Ok(message)
    }
}
