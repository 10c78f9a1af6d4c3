//! What a phone asks for itself: what is new, another PIN, another push target, an end.

use serde::Deserialize;
use serde_json::{Value, json};

use super::enrolment::Stage;
use crate::{Fault, PinState, Receipt, Service, State};
use approval_jose::{self as jose, Jwk, hash};

/// The reasons for which a phone ends a credential.
const REASONS: [&str; 5] = ["replaced", "removed", "lost", "suspected", "administrator"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    nonce: String,
    version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    jti: String,
    push: Option<Value>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPin {
    iss: String,
    aud: String,
    jti: String,
    jwk: Jwk,
    pin_generation: u64,
}

impl Service {
    pub(super) fn status(&self, id: &str, nonce: &str, now: u64) -> String {
        let credential = &self.credentials[id];
        let stage = self.enrolments.iter().find(|known| known.credential == id);
        let state = match (credential.state, stage.map(|known| known.stage)) {
            (State::Enrolling, Some(Stage::Paired)) => "paired",
            (State::Enrolling, _) => "revealed",
            (State::Active, _) => "active",
            (State::Suspended, _) => "suspended",
            (State::Revoked, _) => "revoked",
        };
        let of_it = || self.challenges.iter().rev().filter(|known| known.credential == id);
        let open = of_it().filter(|known| known.state == "open").take(5);
        let closed = of_it().filter(|known| known.state != "open").take(16);
        let closed = closed.map(|known| json!({ "jti": known.jti, "state": known.state }));
        let mut claims = json!({
            "iss": self.origin,
            "aud": id,
            "iat": now,
            "nonce": nonce,
            "state": state,
            "version": self.published.len(),
            "challenges": open.map(|known| self.pushed(known)).collect::<Vec<_>>(),
            "closed": closed.collect::<Vec<_>>(),
        });
        if let Some(revocation) = &credential.revocation {
            claims["revocation"] = revocation.clone().into();
        }
        self.sign("approval-status+jwt", &claims)
    }

    pub(super) fn poll(&mut self, id: &str, body: &str, now: u64) -> Result<String, Fault> {
        let ask: Ask = jose::json(body.as_bytes())?;
        if ask.version.is_none() {
            return Err(Fault::Malformed);
        }
        self.expire(now);
        let is_paired = self
            .enrolments
            .iter()
            .any(|known| known.credential == id && known.stage == Stage::Paired);
        let is_asked =
            self.challenges.iter().any(|known| known.credential == id && known.state == "open");
        if is_paired && !is_asked {
            self.ask_test(id, now);
        }
        Ok(self.status(id, &ask.nonce, now))
    }

    pub(super) fn devices(&self, id: &str, body: &str, now: u64) -> Result<String, Fault> {
        let ask: Ask = jose::json(body.as_bytes())?;
        if ask.version.is_some() {
            return Err(Fault::Malformed);
        }
        let account = &self.credentials[id].account;
        let of_account = self.credentials.iter().filter(|(_, known)| {
            known.account == *account && [State::Active, State::Suspended].contains(&known.state)
        });
        let devices = of_account.map(|(other, known)| {
            json!({
                "id": other,
                "name": known.name,
                "platform": known.platform,
                "added": known.added,
                "is_this": other == id,
            })
        });
        let claims = json!({
            "iss": self.origin,
            "aud": id,
            "iat": now,
            "nonce": ask.nonce,
            "devices": devices.collect::<Vec<_>>(),
        });
        Ok(self.sign("approval-devices+jwt", &claims))
    }

    /// The receipt of what was asked for by `body`, which is carried out once.
    fn once(
        &mut self,
        id: &str,
        (jti, body): (&str, &str),
        now: u64,
        act: impl FnOnce(&mut Self) -> Result<&'static str, Fault>,
    ) -> Result<String, Fault> {
        let ahash = hash(body.as_bytes());
        if let Some(receipt) = self.receipts.get(&ahash) {
            return Ok(receipt.clone());
        }
        let result = act(self)?;
        let about = Receipt { jti, ahash: &ahash, result, keys: None };
        let receipt = self.receipt(id, &about, now);
        self.receipts.insert(ahash, receipt.clone());
        Ok(receipt)
    }

    pub(super) fn change_push(&mut self, id: &str, body: &str, now: u64) -> Result<String, Fault> {
        let Push { jti, push } = jose::json(body.as_bytes())?;
        self.once(id, (&jti, body), now, |service| {
            service.credentials.get_mut(id).unwrap().push = push;
            Ok("done")
        })
    }

    pub(super) fn remove(&mut self, id: &str, body: &str, now: u64) -> Result<String, Fault> {
        let removal: Removal = jose::json(body.as_bytes())?;
        if !REASONS.contains(&&*removal.reason) {
            return Err(Fault::Malformed);
        }
        self.once(id, (&removal.jti, body), now, |service| {
            // Another device goes by way of an approved challenge, which no test asks for.
            if removal.credential != *id {
                return Ok("not-allowed");
            }
            service.revoke(id, &removal.reason, now);
            Ok("done")
        })
    }

    pub(super) fn change_pin(&mut self, id: &str, body: &str, now: u64) -> Result<String, Fault> {
        let inner = self.encryption.open(body)?;
        let PinChange { jti, .. } = jose::unverified(&inner)?;
        self.once(id, (&jti, body), now, |service| {
            let origin = service.origin.clone();
            let pin = service.credentials.get_mut(id).unwrap().pin.as_mut();
            let pin = pin.ok_or(Fault::Malformed)?;
            if let Err(result) = pin.may_try(now) {
                return Ok(result);
            }
            let change: PinChange = match pin.checked(&inner, "approval-pin-change+jwt", now) {
                Ok(change) => change,
                Err(result) => return Ok(result),
            };
            let peeked: NewPin = jose::unverified(&change.proof)?;
            let new: NewPin = jose::message(&change.proof, "approval-pin+jwt", &peeked.jwk)?;
            let fits = change.iss == *id
                && change.aud == origin
                && (&new.iss, &new.aud, &new.jti) == (&change.iss, &change.aud, &change.jti)
                && change.pin_generation == pin.generation + 1
                && new.pin_generation == change.pin_generation;
            if !fits {
                return Err(Fault::Malformed);
            }
            *pin = PinState::new(new.jwk, new.pin_generation);
            Ok("pin-changed")
        })
    }
}
