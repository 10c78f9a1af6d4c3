//! What `benches/approval.rs` measures: an answer without the vault, and its parts. Built with
//! the feature `internals` alone.

use serde_json::Value;

use super::claims::Whole;
use super::decision::Proof;
use super::fuzzing::Phone;
use super::keys::{DeviceKeys, KeyPurpose, SoftwareKeys};
use super::pending::{Pending, PendingState};
use super::phone::SigningKey;
use super::pin::{ApprovalPin, PinSalt};
use super::request::CredentialId;

const CHALLENGES: &str = include_str!("../../tests/vectors/approval/challenges.json");

/// A phone with its keys in software, and a sign-in that it is asked for.
#[allow(missing_debug_implementations, reason = "for a benchmark alone")]
pub struct Asked {
    phone: Phone,
    challenge: String,
}

/// A credential that nothing was answered with yet.
#[allow(missing_debug_implementations, reason = "for a benchmark alone")]
pub struct Fresh(super::credential::Credential);

impl Asked {
    /// `None`: the vectors are not what they were.
    pub fn new() -> Option<Self> {
        let vectors: Value = serde_json::from_str(CHALLENGES).ok()?;
        let mut phone = Phone::read(&vectors)?;
        let device = SoftwareKeys.generate(KeyPurpose::Device, &[0; 32]).ok()??;
        phone.credential.keys.device = SigningKey::new(device).ok()?;
        let challenge = vectors.get("cases")?.get(0)?.get("message")?.as_str()?.to_owned();
        Some(Self { phone, challenge })
    }

    /// The challenge, as it is pushed.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// The key that signed it: the point, uncompressed.
    pub fn service_key(&self) -> Vec<u8> {
        self.phone.service.public().sec1().to_vec()
    }

    /// What the next answer changes.
    pub fn fresh(&self) -> Fresh {
        Fresh(self.phone.credential.clone())
    }

    /// Verifies the challenge, decides, and signs: the answer.
    pub fn answer(&self, Fresh(credential): &mut Fresh) -> Option<String> {
        let id = CredentialId::from_bytes([0; 16]);
        let now = self.phone.now;
        let (mut pending, _) = Pending::receive(id, credential, &self.challenge, now).ok()?;
        pending.approve(credential, Some("55"), &Proof::Presence, &SoftwareKeys, now).ok()?;
        match pending.state {
            PendingState::Decided(decided) => Some(decided.message),
            _ => None,
        }
    }
}

/// Stretches a PIN and makes its key. Says whether there was memory for it.
pub fn derive(pin: &ApprovalPin) -> bool {
    PinSalt::make(Whole::ONE).is_ok_and(|salt| pin.key(&salt).is_ok())
}
