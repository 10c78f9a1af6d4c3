//! Calls that change something at the service: the PIN, the push target, a removal. They are
//! sent, the same bytes, until there is a receipt.

use serde::Serialize;

use super::claims::{Hash, Identifier, Jwk, Origin, Whole};
use super::credential::{Advance, Call, CallKind, Credential};
use super::device::PushTarget;
use super::error::ApprovalError;
use super::jose::{Kind, Unsigned, seal, to_json};
use super::judged::Judged;
use super::pin::{ApprovalPin, PinSalt};
use super::receipt::{Outcome, Receipt, Sent};
use super::status::RevocationReason;

#[derive(Serialize)]
struct PinChange<'a> {
    iss: &'a Identifier,
    aud: &'a Origin,
    jti: &'a Identifier,
    iat: Whole,
    pin_generation: Whole,
    proof: String,
}

#[derive(Serialize)]
struct NewPin<'a> {
    iss: &'a Identifier,
    aud: &'a Origin,
    jti: &'a Identifier,
    jwk: Jwk,
    pin_generation: Whole,
}

#[derive(Serialize)]
struct Push<'a> {
    jti: &'a Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    push: Option<&'a PushTarget>,
}

#[derive(Serialize)]
struct Removal<'a> {
    jti: &'a Identifier,
    credential: &'a Identifier,
    reason: RevocationReason,
}

impl Credential {
    /// A change of the PIN: signed by the old PIN's key, and by the new one's.
    pub(crate) fn pin_call(
        &mut self,
        old: &ApprovalPin,
        new: &ApprovalPin,
        now: Judged,
    ) -> Result<(), ApprovalError> {
        let salt = self.pin.ok_or(ApprovalError::PinNotAllowed)?;
        if self.next_pin.is_some() {
            return Err(ApprovalError::NotNow);
        }
        let generation = salt.generation.next().ok_or(ApprovalError::NotNow)?;
        let next = PinSalt::make(generation)?;
        let old = old.key(&salt)?;
        let new = new.key(&next)?;
        let jti = Identifier::make()?;
        let proof = NewPin {
            iss: &self.id,
            aud: &self.iss,
            jti: &jti,
            jwk: new.public,
            pin_generation: generation,
        };
        let change = PinChange {
            iss: &self.id,
            aud: &self.iss,
            jti: &jti,
            iat: now.time().into(),
            pin_generation: generation,
            proof: Unsigned::new(Kind::Pin, new.thumbprint(), &proof).sign(&new.key),
        };
        let message = Unsigned::new(Kind::PinChange, old.thumbprint(), &change).sign(&old.key);
        let to = self.accepted_configuration()?.claims.encryption_key;
        let body = seal(&to, &message)?;
        self.next_pin = Some(next);
        self.put_call(CallKind::PinChange, jti, body);
        Ok(())
    }

    pub(crate) fn push_call(&mut self, target: Option<&PushTarget>) -> Result<(), ApprovalError> {
        if !target.is_none_or(PushTarget::fits) {
            return Err(ApprovalError::Unfit);
        }
        let jti = Identifier::make()?;
        let body = text(&Push { jti: &jti, push: target });
        self.put_call(CallKind::Push, jti, body);
        Ok(())
    }

    pub(crate) fn removal_call(
        &mut self,
        other: Option<&str>,
        reason: RevocationReason,
    ) -> Result<(), ApprovalError> {
        let other = other.map(|other| Identifier::parse(other).ok_or(ApprovalError::Unfit));
        let other = other.transpose()?;
        let credential = other.as_ref().unwrap_or(&self.id);
        let jti = Identifier::make()?;
        let body = text(&Removal { jti: &jti, credential, reason });
        let kind = if other.is_some() { CallKind::OtherRemoval } else { CallKind::Removal };
        self.put_call(kind, jti, body);
        Ok(())
    }

    /// A newer call of a kind takes the place of the one before.
    fn put_call(&mut self, kind: CallKind, jti: Identifier, body: String) {
        self.calls.retain(|call| call.kind != kind);
        self.calls.push(Call { kind, jti, body });
    }

    /// Takes the receipt of a call, and says what it was and whether the chain is this
    /// phone's; `None` if there is no such call any more.
    ///
    /// # Errors
    ///
    /// As every message.
    pub(crate) fn take_call_receipt(
        &mut self,
        jti: &Identifier,
        text: &str,
    ) -> Result<Option<(Call, Outcome, Advance)>, ApprovalError> {
        let Some(place) = self.calls.iter().position(|call| call.jti == *jti) else {
            return Ok(None);
        };
        let configuration = self.accepted_configuration()?;
        let body = self.calls.get(place).map(|call| Hash::of(call.body.as_bytes()));
        let sent = Sent {
            iss: &self.iss,
            credential: &self.id,
            signing: &configuration.claims.keys,
            jti,
            hash: body.ok_or(ApprovalError::NotNow)?,
        };
        let receipt = Receipt::verify(&sent, text)?;
        let advance = self.advance(&receipt);
        let call = self.calls.remove(place);
        if call.kind == CallKind::PinChange {
            // It counts already, if the receipt named its generation.
            let next = self.next_pin.take();
            self.pin = next.filter(|_| receipt.outcome == Outcome::PinChanged).or(self.pin);
        }
        Ok(Some((call, receipt.outcome, advance)))
    }
}

fn text(value: &impl Serialize) -> String {
    String::from_utf8(to_json(value)).unwrap_or_default()
}
