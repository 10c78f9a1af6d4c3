//! "Configuration": what a phone has to know, signed by keys that vouch for one another.

use approval_jose::{EncryptionKey, Jwk, SigningKey, message_hash};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Approvals, Fault};
use crate::store::Tx;

/// For how long one is good, seconds: the most that there is.
const LIVES: u64 = 30 * 24 * 60 * 60;
/// It is made anew when no more than that is left.
const RENEWED: u64 = 20 * 24 * 60 * 60;

/// Whether people have an approval PIN.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// Nobody.
    None,
    /// Whoever wants one.
    Optional,
    /// Everybody.
    Required,
}

/// What the service asks of phones.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Whether there is a PIN.
    pub pin: Pin,
    /// How the number is carried over: `enter2`, `enter6`, `scan` or `none`.
    #[serde(rename = "match")]
    pub matching: String,
    /// Whether a device key has to be in hardware.
    pub hardware: bool,
    /// Whether challenges have to be encrypted.
    pub encrypted: bool,
}

impl Default for Policy {
    fn default() -> Self {
        let matching = "enter2".to_owned();
        Self { pin: Pin::Optional, matching, hardware: false, encrypted: true }
    }
}

/// The newest configuration.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) version: u64,
    exp: u64,
    message: String,
}

impl Approvals {
    /// Makes keys and the first configuration, and a newer one before the newest is over.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn prepare(&self, tx: &mut dyn Tx, now: u64) -> Result<(), Fault> {
        match self.newest(tx)? {
            None => {
                self.add_signing_key(tx)?;
                self.add_encryption_key(tx)?;
                self.publish(tx, now)
            }
            Some(newest) if newest.exp < now + RENEWED => self.publish(tx, now),
            Some(_) => Ok(()),
        }
    }

    /// What phones are asked for.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn policy(&self, tx: &mut dyn Tx) -> Result<Policy, Fault> {
        let kept = tx.row("SELECT value FROM settings WHERE name = 'policy'", &[])?;
        let Some(mut row) = kept else { return Ok(Policy::default()) };
        Ok(approval_jose::json(row.text()?.as_bytes())?)
    }

    /// Asks phones for something else from now on.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`]: there is no such way to match; or [`Fault::Store`].
    pub fn set_policy(&self, tx: &mut dyn Tx, policy: &Policy, now: u64) -> Result<(), Fault> {
        if !["enter2", "enter6", "scan", "none"].contains(&&*policy.matching) {
            return Err(Fault::Malformed);
        }
        tx.execute(
            "INSERT INTO settings (name, value) VALUES ('policy', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[json!(policy).to_string().into()],
        )?;
        self.publish(tx, now)
    }

    /// Introduces another signing key, which the old one vouches for. The old one goes with the next
    /// configuration; phones walk from one to the next.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn replace_signing_key(&self, tx: &mut dyn Tx, now: u64) -> Result<(), Fault> {
        let old = self.signing_kids(tx)?;
        self.add_signing_key(tx)?;
        self.publish(tx, now)?;
        for kid in old {
            tx.execute("UPDATE keys SET is_used = 0 WHERE kid = $1", &[kid.into()])?;
        }
        self.publish(tx, now)
    }

    /// Opens with another key from now on.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn replace_encryption_key(&self, tx: &mut dyn Tx, now: u64) -> Result<(), Fault> {
        tx.execute("UPDATE keys SET is_used = 0 WHERE purpose = 'encryption'", &[])?;
        self.add_encryption_key(tx)?;
        self.publish(tx, now)
    }

    /// The configuration behind `after`, or the newest: also where there is none behind it.
    pub(super) fn configuration(
        &self,
        tx: &mut dyn Tx,
        after: Option<u64>,
    ) -> Result<String, Fault> {
        if let Some(after) = after {
            let next = tx.row(
                "SELECT message FROM configurations WHERE version > $1 ORDER BY version LIMIT 1",
                &[after.into()],
            )?;
            if let Some(mut row) = next {
                return Ok(row.text()?);
            }
        }
        Ok(self.newest(tx)?.ok_or(Fault::Malformed)?.message)
    }

    pub(super) fn newest(&self, tx: &mut dyn Tx) -> Result<Option<Configuration>, Fault> {
        let row = tx.row(
            "SELECT version, exp, message FROM configurations ORDER BY version DESC LIMIT 1",
            &[],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        let (version, exp) = (row.number()?, row.number()?);
        Ok(Some(Configuration { version, exp, message: row.text()? }))
    }

    fn publish(&self, tx: &mut dyn Tx, now: u64) -> Result<(), Fault> {
        let version = self.newest(tx)?.map_or(1, |newest| newest.version + 1);
        let signing = self.signing_keys(tx)?;
        let keys: Vec<&Jwk> = signing.iter().map(|key| &key.public).collect();
        let names = ["enrolment", "reveal", "poll", "answer", "pin", "devices", "push", "removal"];
        let endpoints: serde_json::Map<_, _> = names
            .map(|name| (name.to_owned(), format!("{}/approval/{name}", self.origin).into()))
            .into_iter()
            .collect();
        let policy = self.policy(tx)?;
        let mut verifications = vec!["presence", "biometric"];
        if policy.pin != Pin::None {
            verifications.push("pin");
        }
        // The ends of enrolments and of keys are matched by number, whatever sign-ins are.
        let mut matching = vec!["enter2"];
        if policy.matching != "enter2" {
            matching.push(&policy.matching);
        }
        let exp = now + LIVES;
        let claims = json!({
            "iss": self.origin,
            "iat": now,
            "exp": exp,
            "version": version,
            "protocol": [1],
            "name": self.name,
            "keys": keys,
            "encryption_key": self.encryption_key(tx)?.public,
            "endpoints": endpoints,
            "policy": {
                "pin": policy.pin,
                "match": matching,
                "uv": verifications,
                "hardware": policy.hardware,
                "encrypted": policy.encrypted,
            },
        });
        // The oldest, which every phone knows that knows the configuration before.
        let by = signing.first().ok_or(Fault::Malformed)?;
        let message = by.sign("approval-configuration+jwt", &claims);
        tx.execute(
            "INSERT INTO configurations (version, hash, exp, message) VALUES ($1, $2, $3, $4)",
            &[version.into(), message_hash(&message).into(), exp.into(), message.into()],
        )?;
        Ok(())
    }

    /// A message that every phone believes which knows the newest configuration.
    pub(super) fn sign(
        &self,
        tx: &mut dyn Tx,
        typ: &str,
        claims: &serde_json::Value,
    ) -> Result<String, Fault> {
        let keys = self.signing_keys(tx)?;
        Ok(keys.last().ok_or(Fault::Malformed)?.sign(typ, claims))
    }

    /// The thumbprint that an enrolment link names.
    pub(super) fn signing_kid(&self, tx: &mut dyn Tx) -> Result<String, Fault> {
        self.signing_kids(tx)?.pop().ok_or(Fault::Malformed)
    }

    fn signing_kids(&self, tx: &mut dyn Tx) -> Result<Vec<String>, Fault> {
        let rows = tx.rows(
            "SELECT kid FROM keys WHERE purpose = 'signing' AND is_used = 1 ORDER BY number",
            &[],
        )?;
        rows.into_iter().map(|mut row| Ok(row.text()?)).collect()
    }

    fn signing_keys(&self, tx: &mut dyn Tx) -> Result<Vec<SigningKey>, Fault> {
        let kids = self.signing_kids(tx)?;
        kids.into_iter().map(|kid| self.signing_key(tx, &kid)).collect()
    }

    fn signing_key(&self, tx: &mut dyn Tx, kid: &str) -> Result<SigningKey, Fault> {
        let mut known = self.signing.lock().unwrap_or_else(|broken| broken.into_inner());
        if let Some(key) = known.get(kid) {
            return Ok(key.clone());
        }
        let key = SigningKey::read(&self.kept_key(tx, kid)?)?;
        known.insert(kid.to_owned(), key.clone());
        Ok(key)
    }

    /// What the newest configuration has phones encrypt to.
    pub(super) fn encryption_key(&self, tx: &mut dyn Tx) -> Result<EncryptionKey, Fault> {
        let row =
            tx.row("SELECT kid FROM keys WHERE purpose = 'encryption' AND is_used = 1", &[])?;
        let kid = row.ok_or(Fault::Malformed)?.text()?;
        let mut known = self.encryption.lock().unwrap_or_else(|broken| broken.into_inner());
        if let Some(key) = known.get(&kid) {
            return Ok(key.clone());
        }
        let key = EncryptionKey::read(&self.kept_key(tx, &kid)?)?;
        known.insert(kid, key.clone());
        Ok(key)
    }

    fn kept_key(&self, tx: &mut dyn Tx, kid: &str) -> Result<Vec<u8>, Fault> {
        let row = tx.row("SELECT sealed FROM keys WHERE kid = $1", &[kid.into()])?;
        let sealed = row.ok_or(Fault::Malformed)?.bytes()?;
        Ok(self.sealer.open(&format!("key {kid}"), &sealed)?)
    }

    fn add_signing_key(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        let (key, secret) = SigningKey::make();
        self.keep_key(tx, "signing", (&key.public, &secret))
    }

    fn add_encryption_key(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        let key = EncryptionKey::make();
        self.keep_key(tx, "encryption", (&key.public, &key.secret()))
    }

    fn keep_key(
        &self,
        tx: &mut dyn Tx,
        purpose: &str,
        (public, secret): (&Jwk, &[u8]),
    ) -> Result<(), Fault> {
        let kid = public.thumbprint();
        let sealed = self.sealer.seal(&format!("key {kid}"), secret);
        tx.execute(
            "INSERT INTO keys (kid, purpose, sealed, number, is_used)
             SELECT $1, $2, $3, COALESCE(MAX(number), 0) + 1, 1 FROM keys",
            &[kid.into(), purpose.into(), sealed.into()],
        )?;
        Ok(())
    }
}
