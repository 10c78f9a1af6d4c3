//! What the service knows of a phone.

use approval_jose::Jwk;

use super::members::{kept, read};
use super::{Approvals, Fault};
use crate::courier::PushTarget;
use crate::store::{Row, StoreError, Tx};

/// Whether a credential approves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CredentialState {
    /// Its enrolment is under way.
    Enrolling,
    /// It does.
    Active,
    /// It denies and reports alone: another phone may have its key, or an administrator said so.
    Suspended,
    /// Never again.
    Revoked,
}

impl CredentialState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enrolling => "enrolling",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    fn read(name: &str) -> Result<Self, Fault> {
        let known = [Self::Enrolling, Self::Active, Self::Suspended, Self::Revoked];
        let found = known.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| Fault::Store(StoreError::Failed(format!("{name} is no state"))))
    }
}

/// A phone as its owner sees it.
#[derive(Clone, Debug)]
pub struct Device {
    /// The credential.
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    /// `android`, `ios` or `other`.
    pub platform: String,
    /// When it was added.
    pub added: u64,
    /// When it last approved.
    pub last_used: Option<u64>,
    /// Whether it approves.
    pub state: CredentialState,
}

/// The PIN of a credential, which the service alone checks.
#[derive(Clone, Debug)]
pub(super) struct PinState {
    pub(super) key: Jwk,
    pub(super) generation: u64,
    pub(super) in_a_row: u64,
    pub(super) in_all: u64,
    pub(super) not_before: u64,
    pub(super) is_disabled: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Credential {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) state: CredentialState,
    pub(super) key: Jwk,
    pub(super) envelope: Jwk,
    pub(super) verification: Option<Jwk>,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) level: String,
    pub(super) attestation: Option<String>,
    pub(super) push: Option<PushTarget>,
    pub(super) added: u64,
    pub(super) last_used: Option<u64>,
    /// Of the head of its chain.
    pub(super) seq: u64,
    pub(super) head: String,
    /// The head before.
    pub(super) before: Option<String>,
    pub(super) pin: Option<PinState>,
    pub(super) revocation: Option<String>,
}

impl Approvals {
    pub(super) fn credential(
        &self,
        tx: &mut dyn Tx,
        id: &str,
    ) -> Result<Option<Credential>, Fault> {
        let row = tx.row(
            "SELECT id, account, state, device_key, envelope_key, verification_key, name, platform,
             level, attestation, push, added, last_used, seq, head, before, revocation, pin,
             pin_generation, pin_in_a_row, pin_in_all, pin_not_before, is_pin_disabled
             FROM credentials WHERE id = $1",
            &[id.into()],
        )?;
        row.map(|row| self.read_credential(row)).transpose()
    }

    fn read_credential(&self, mut row: Row) -> Result<Credential, Fault> {
        let mut credential = Credential {
            id: row.text()?,
            account: row.text()?,
            state: CredentialState::read(&row.text()?)?,
            key: read(&row.text()?)?,
            envelope: read(&row.text()?)?,
            verification: row.text_if_any()?.map(|kept| read(&kept)).transpose()?,
            name: row.text()?,
            platform: row.text()?,
            level: row.text()?,
            attestation: row.text_if_any()?,
            push: row
                .text_if_any()?
                .map(|kept| approval_jose::json(kept.as_bytes()))
                .transpose()?,
            added: row.number()?,
            last_used: row.number_if_any()?,
            seq: row.number()?,
            head: row.text()?,
            before: row.text_if_any()?,
            revocation: row.text_if_any()?,
            pin: None,
        };
        if let Some(sealed) = row.bytes_if_any()? {
            let kept = self.sealer.open(&format!("PIN of {}", credential.id), &sealed)?;
            credential.pin = Some(PinState {
                key: approval_jose::json(&kept)?,
                generation: row.number()?,
                in_a_row: row.number()?,
                in_all: row.number()?,
                not_before: row.number()?,
                is_disabled: row.is()?,
            });
        }
        Ok(credential)
    }

    /// Keeps a credential as it is now, also a new one.
    pub(super) fn keep(&self, tx: &mut dyn Tx, it: &Credential) -> Result<(), Fault> {
        let push = it.push.as_ref().map(|push| serde_json::json!(push).to_string());
        let pin = it.pin.as_ref();
        let sealed = pin
            .map(|pin| self.sealer.seal(&format!("PIN of {}", it.id), kept(&pin.key).as_bytes()));
        tx.execute(
            "INSERT INTO credentials (id, account, state, device_key, device_kid, envelope_key,
             verification_key, name, platform, level, attestation, push, added, last_used, seq, head,
             before, revocation, pin, pin_generation, pin_in_a_row, pin_in_all, pin_not_before,
             is_pin_disabled)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22, $23, $24)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, device_key = excluded.device_key,
             device_kid = excluded.device_kid, envelope_key = excluded.envelope_key,
             verification_key = excluded.verification_key, name = excluded.name,
             level = excluded.level, push = excluded.push, last_used = excluded.last_used,
             seq = excluded.seq, head = excluded.head, before = excluded.before,
             revocation = excluded.revocation, pin = excluded.pin,
             pin_generation = excluded.pin_generation, pin_in_a_row = excluded.pin_in_a_row,
             pin_in_all = excluded.pin_in_all, pin_not_before = excluded.pin_not_before,
             is_pin_disabled = excluded.is_pin_disabled",
            &[
                (&it.id).into(),
                (&it.account).into(),
                it.state.name().into(),
                kept(&it.key).into(),
                it.key.thumbprint().into(),
                kept(&it.envelope).into(),
                it.verification.as_ref().map(kept).into(),
                (&it.name).into(),
                (&it.platform).into(),
                (&it.level).into(),
                it.attestation.clone().into(),
                push.into(),
                it.added.into(),
                it.last_used.into(),
                it.seq.into(),
                (&it.head).into(),
                it.before.clone().into(),
                it.revocation.clone().into(),
                sealed.into(),
                pin.map_or(0, |pin| pin.generation).into(),
                pin.map_or(0, |pin| pin.in_a_row).into(),
                pin.map_or(0, |pin| pin.in_all).into(),
                pin.map_or(0, |pin| pin.not_before).into(),
                pin.is_some_and(|pin| pin.is_disabled).into(),
            ],
        )?;
        Ok(())
    }

    /// The credential that has a device key, if one has.
    pub(super) fn credential_of_key(
        &self,
        tx: &mut dyn Tx,
        key: &Jwk,
    ) -> Result<Option<Credential>, Fault> {
        let row =
            tx.row("SELECT id FROM credentials WHERE device_kid = $1", &[key.thumbprint().into()])?;
        row.map(|mut row| self.credential(tx, &row.text()?)).transpose().map(Option::flatten)
    }

    /// The credentials of an account that approve, or would if they were not suspended.
    pub(super) fn credentials_of(
        &self,
        tx: &mut dyn Tx,
        account: &str,
    ) -> Result<Vec<Credential>, Fault> {
        let rows = tx.rows(
            "SELECT id FROM credentials WHERE account = $1 AND state IN ('active', 'suspended')
             ORDER BY added, id",
            &[account.into()],
        )?;
        let mut found = Vec::new();
        for mut row in rows {
            found.extend(self.credential(tx, &row.text()?)?);
        }
        Ok(found)
    }

    /// The phones of an account.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn devices_of(&self, tx: &mut dyn Tx, account: &str) -> Result<Vec<Device>, Fault> {
        let known = self.credentials_of(tx, account)?;
        Ok(known
            .into_iter()
            .map(|it| Device {
                id: it.id,
                name: it.name,
                platform: it.platform,
                added: it.added,
                last_used: it.last_used,
                state: it.state,
            })
            .collect())
    }

    /// Ends a credential for good, for one of the specification's reasons.
    ///
    /// # Errors
    ///
    /// [`Fault::UnknownCredential`], or [`Fault::Store`].
    pub fn revoke(&self, tx: &mut dyn Tx, id: &str, reason: &str, now: u64) -> Result<(), Fault> {
        let mut credential = self.credential(tx, id)?.ok_or(Fault::UnknownCredential)?;
        if credential.state == CredentialState::Revoked {
            return Ok(());
        }
        let claims = serde_json::json!({
            "iss": self.origin,
            "aud": id,
            "jti": approval_jose::identifier(),
            "iat": now,
            "reason": reason,
        });
        credential.revocation = Some(self.sign(tx, "approval-revocation+jwt", &claims)?);
        credential.state = CredentialState::Revoked;
        // Nothing of it is left to count, and nowhere to push.
        (credential.pin, credential.push) = (None, None);
        self.cancel_open(tx, id)?;
        self.keep(tx, &credential)
    }

    /// Lets a credential deny and report alone, from now on.
    ///
    /// # Errors
    ///
    /// [`Fault::UnknownCredential`], or [`Fault::Store`].
    pub fn suspend(&self, tx: &mut dyn Tx, id: &str) -> Result<(), Fault> {
        let mut credential = self.credential(tx, id)?.ok_or(Fault::UnknownCredential)?;
        if credential.state == CredentialState::Active {
            credential.state = CredentialState::Suspended;
            self.keep(tx, &credential)?;
        }
        Ok(())
    }
}
