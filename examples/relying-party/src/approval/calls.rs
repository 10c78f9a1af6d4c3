//! What a phone asks for itself: what is new, another PIN, another push target, an end.

use approval_jose::{self as jose, hash};
use serde::Deserialize;
use serde_json::{Value, json};

use super::credential::{Credential, CredentialState, PinState};
use super::enrolment::Stage;
use super::members::{check_target, is_identifier};
use super::pin::NewPin;
use super::receipt::About;
use super::{Approvals, Fault};
use crate::audit::{Event, note};
use crate::courier::PushTarget;
use crate::store::Tx;

/// The reasons for which a phone ends a credential.
const REASONS: [&str; 5] = ["replaced", "removed", "lost", "suspected", "administrator"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    nonce: String,
    #[serde(rename = "version")]
    _version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskDevices {
    nonce: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    jti: String,
    #[serde(default, deserialize_with = "jose::there")]
    push: Option<PushTarget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    jti: String,
    credential: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinChange {
    iss: String,
    aud: String,
    jti: String,
    #[serde(rename = "iat")]
    _iat: u64,
    pin_generation: u64,
    proof: String,
}

impl Approvals {
    pub(super) fn status(
        &self,
        tx: &mut dyn Tx,
        credential: &Credential,
        nonce: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let state = match credential.state {
            CredentialState::Enrolling => match self.stage_of(tx, &credential.id)? {
                Stage::Paired => "paired",
                _ => "revealed",
            },
            // Its enrolment ended before it was one.
            CredentialState::Revoked if credential.revocation.is_none() => "void",
            state => state.name(),
        };
        let mut challenges = Vec::new();
        for mut row in tx.rows(
            "SELECT message FROM challenges WHERE credential = $1 AND state = 'open' AND exp > $2
             ORDER BY made DESC LIMIT 5",
            &[(&credential.id).into(), now.into()],
        )? {
            challenges.push(self.pushed(tx, credential, &row.text()?)?);
        }
        let mut closed: Vec<Value> = Vec::new();
        for mut row in tx.rows(
            "SELECT jti, CASE WHEN state = 'open' THEN 'expired' ELSE state END FROM challenges
             WHERE credential = $1 AND NOT (state = 'open' AND exp > $2)
             ORDER BY made DESC LIMIT 16",
            &[(&credential.id).into(), now.into()],
        )? {
            closed.push(json!({ "jti": row.text()?, "state": row.text()? }));
        }
        let mut claims = json!({
            "iss": self.origin,
            "aud": credential.id,
            "iat": now,
            "nonce": nonce,
            "state": state,
            "version": self.newest(tx)?.ok_or(Fault::Malformed)?.version,
            "challenges": challenges,
            "closed": closed,
        });
        if let Some(revocation) = &credential.revocation {
            claims["revocation"] = revocation.clone().into();
        }
        self.sign(tx, "approval-status+jwt", &claims)
    }

    pub(super) fn poll(
        &self,
        tx: &mut dyn Tx,
        by: &Credential,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let ask: Poll = jose::json(body.as_bytes())?;
        if !is_identifier(&ask.nonce) {
            return Err(Fault::Malformed);
        }
        self.status(tx, by, &ask.nonce, now)
    }

    pub(super) fn devices(
        &self,
        tx: &mut dyn Tx,
        by: &Credential,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let ask: AskDevices = jose::json(body.as_bytes())?;
        if !is_identifier(&ask.nonce) {
            return Err(Fault::Malformed);
        }
        let mut devices = Vec::new();
        for it in self.credentials_of(tx, &by.account)?.into_iter().take(32) {
            let mut device = json!({
                "id": it.id,
                "name": it.name,
                "platform": it.platform,
                "added": it.added,
                "is_this": it.id == by.id,
            });
            if let Some(last_used) = it.last_used {
                device["last_used"] = last_used.into();
            }
            devices.push(device);
        }
        let claims = json!({
            "iss": self.origin,
            "aud": by.id,
            "iat": now,
            "nonce": ask.nonce,
            "devices": devices,
        });
        self.sign(tx, "approval-devices+jwt", &claims)
    }

    /// The receipt of what was asked for by `body`, which is carried out once.
    fn once(
        &self,
        tx: &mut dyn Tx,
        by: &mut Credential,
        (jti, body): (&str, &str),
        now: u64,
        act: impl FnOnce(&mut dyn Tx, &mut Credential) -> Result<&'static str, Fault>,
    ) -> Result<String, Fault> {
        if !is_identifier(jti) {
            return Err(Fault::Malformed);
        }
        let ahash = hash(body.as_bytes());
        if let Some(receipt) = self.given(tx, &ahash)? {
            return Ok(receipt);
        }
        let result = act(tx, by)?;
        let event = Event::Call { result, credential: &by.id };
        note(tx, now, Some(&by.account), &event)?;
        let about = About { jti, ahash: &ahash, result, keys: None };
        self.receipt(tx, by, &about, now)
    }

    pub(super) fn change_push(
        &self,
        tx: &mut dyn Tx,
        by: &mut Credential,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let Push { jti, push } = jose::json(body.as_bytes())?;
        push.iter().try_for_each(check_target)?;
        self.once(tx, by, (&jti, body), now, |tx, by| {
            by.push = push;
            self.keep(tx, by)?;
            Ok("done")
        })
    }

    pub(super) fn remove(
        &self,
        tx: &mut dyn Tx,
        by: &mut Credential,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let removal: Removal = jose::json(body.as_bytes())?;
        if !REASONS.contains(&&*removal.reason) {
            return Err(Fault::Malformed);
        }
        self.once(tx, by, (&removal.jti, body), now, |tx, by| {
            // Another device goes by way of the page.
            if removal.credential != by.id {
                return Ok("not-allowed");
            }
            self.revoke(tx, &by.id, &removal.reason, now)?;
            Ok("done")
        })
    }

    pub(super) fn change_pin(
        &self,
        tx: &mut dyn Tx,
        by: &mut Credential,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let inner = self.encryption_key(tx)?.open(body)?;
        let peeked: PinChange = jose::unverified(&inner)?;
        self.once(tx, by, (&peeked.jti, body), now, |tx, by| {
            let pin = by.pin.as_mut().ok_or(Fault::Malformed)?;
            if let Err(result) = pin.may_try(now) {
                return Ok(result);
            }
            let checked = pin.checked(&inner, "approval-pin-change+jwt", now);
            let changed = match checked {
                Ok(change) => self.new_pin(&by.id, pin.generation, &change).map(|new| *pin = new),
                Err(result) => {
                    self.keep(tx, by)?;
                    return Ok(result);
                }
            };
            changed?;
            self.keep(tx, by)?;
            Ok("pin-changed")
        })
    }

    fn new_pin(&self, id: &str, generation: u64, change: &PinChange) -> Result<PinState, Fault> {
        let new = NewPin::read(&change.proof)?;
        let fits = change.iss == *id
            && change.aud == self.origin
            && (&new.iss, &new.aud) == (&change.iss, &change.aud)
            && new.jti.as_ref() == Some(&change.jti)
            && new.code.is_none()
            && change.pin_generation == generation + 1
            && new.pin_generation == change.pin_generation;
        if fits { Ok(PinState::new(new.jwk, new.pin_generation)) } else { Err(Fault::Malformed) }
    }
}
