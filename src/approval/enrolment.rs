//! How a phone becomes a credential: `docs/approval-protocol.md`, "Enrolment".

use serde::{Deserialize, Serialize};

use super::claims::{Hash, Identifier, Jwk, Origin, Text, Whole};
use super::configuration::Configuration;
use super::credential::{Credential, CredentialState, PinTries};
use super::device::{Device, Platform, PushTarget};
use super::error::ApprovalError;
use super::http::HttpRequest;
use super::item::{Confirmation, EnrolmentItem};
use super::jose::{Jws, Kind, Unsigned, encode, seal};
use super::judged::Judged;
use super::keys::DeviceKeys;
use super::link::EnrolmentLink;
use super::phone::{Made, PhoneKeys};
use super::pin::{ApprovalPin, PinSalt};
use super::receipt::Head;
use super::refusal::Refusal;
use super::request::CredentialId;
use crate::crypto::digest::sha256;
use crate::crypto::random;
use crate::key_store::SecurityLevel;

/// Seconds for which an offer is good, at most.
const LONGEST_OFFER: u64 = 600;

/// An enrolment under way.
#[derive(Clone, Debug)]
pub(crate) struct Enrolment {
    /// The link, as it was read.
    pub(crate) link: String,
    pub(crate) stage: Stage,
}

/// How far an enrolment is, with what it needs to go on after a crash.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// The configuration has to be fetched.
    Begun,
    /// The person has to confirm.
    Configured { configuration: String },
    /// The enrolment message has to be sent, until the offer is there.
    Keyed(Box<Keyed>),
}

/// What is known once the enrolment message was signed.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub(crate) configuration: String,
    pub(crate) keys: PhoneKeys,
    pub(crate) pin: Option<PinSalt>,
    /// What the message commits itself to.
    pub(crate) nonce: Hash,
    pub(crate) message: String,
}

/// What of an enrolment a credential keeps until it is active.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pairing {
    /// The six digits.
    pub(crate) code: String,
    /// The signed reveal, until the service has it.
    pub(crate) reveal: Option<String>,
    /// The phone's nonce, which the status that answers the reveal echoes.
    pub(crate) nonce: Hash,
    /// When the service gives up.
    pub(crate) expires: Whole,
}

#[derive(Serialize)]
struct EnrolmentClaims<'a> {
    iss: Hash,
    aud: &'a Origin,
    iat: Whole,
    code: &'a Identifier,
    configuration: Hash,
    device_key: Jwk,
    envelope_key: Jwk,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification_key: Option<Jwk>,
    name: &'a str,
    platform: Platform,
    security_level: SecurityLevel,
    #[serde(skip_serializing_if = "Option::is_none")]
    push: Option<&'a PushTarget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation: Option<AttestationClaims<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
    commitment: Hash,
}

#[derive(Serialize)]
struct AttestationClaims<'a> {
    format: &'a str,
    data: String,
}

#[derive(Serialize)]
struct NewPin<'a> {
    iss: Hash,
    aud: &'a Origin,
    code: &'a Identifier,
    jwk: Jwk,
    pin_generation: Whole,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    iss: Origin,
    aud: Hash,
    iat: Whole,
    exp: Whole,
    enrolment: Hash,
    credential: Identifier,
    account: Text,
    /// It goes into the pairing code with the offer's hash.
    #[serde(rename = "nonce")]
    _nonce: Hash,
}

#[derive(Serialize)]
struct Reveal<'a> {
    iss: &'a Identifier,
    aud: &'a Origin,
    iat: Whole,
    offer: Hash,
    nonce: Hash,
}

impl Enrolment {
    /// Begins with a link, if it is not over.
    pub(crate) fn begin(link: &str, now: Judged) -> Result<Self, Refusal> {
        let parsed = EnrolmentLink::parse(link)?;
        if now.is_over(parsed.exp) {
            return Err(Refusal::Expired);
        }
        Ok(Self { link: link.to_owned(), stage: Stage::Begun })
    }

    pub(crate) fn parsed(&self) -> Result<EnrolmentLink, Refusal> {
        EnrolmentLink::parse(&self.link)
    }

    /// What has to be sent now, if something has.
    pub(crate) fn request(&self) -> Option<HttpRequest> {
        match &self.stage {
            Stage::Begun => Some(HttpRequest::get(well_known(&self.parsed().ok()?.iss))),
            Stage::Configured { .. } => None,
            Stage::Keyed(keyed) => {
                let configuration = Configuration::accepted(&keyed.configuration)?;
                let to = &configuration.claims.endpoints.enrolment;
                Some(HttpRequest::post_message(to, &keyed.message))
            }
        }
    }

    pub(crate) fn configuration(&self) -> Option<Configuration> {
        match &self.stage {
            Stage::Begun => None,
            Stage::Configured { configuration } => Configuration::accepted(configuration),
            Stage::Keyed(keyed) => Configuration::accepted(&keyed.configuration),
        }
    }

    /// The keys, once there are any.
    pub(crate) fn keys(&self) -> Option<&PhoneKeys> {
        match &self.stage {
            Stage::Keyed(keyed) => Some(&keyed.keys),
            _ => None,
        }
    }

    pub(crate) fn item(&self, id: CredentialId) -> Result<EnrolmentItem, Refusal> {
        let link = self.parsed()?;
        let shown = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
        let confirm = self.configuration().map(|Configuration { claims, .. }| Confirmation {
            service: claims.name.as_str().to_owned(),
            pin: claims.policy.pin,
            hardware: claims.policy.hardware,
            fcm: claims.push.as_ref().and_then(|push| shown(&push.fcm)),
            apns: claims.push.as_ref().and_then(|push| shown(&push.apns)),
            webpush: claims.push.as_ref().and_then(|push| shown(&push.webpush)),
        });
        Ok(EnrolmentItem {
            id,
            origin: link.origin().to_owned(),
            account: link.account().to_owned(),
            expires: link.expires(),
            confirm,
            is_confirmed: self.keys().is_some(),
        })
    }

    /// Takes the configuration that was fetched.
    pub(crate) fn take_configuration(&mut self, text: &str, now: Judged) -> Result<(), Refusal> {
        let link = self.parsed()?;
        Configuration::first(text, &link.iss, link.key, now)?;
        self.stage = Stage::Configured { configuration: text.to_owned() };
        Ok(())
    }

    /// Makes the keys and the enrolment message, once the person has confirmed, with the new
    /// PIN where there is one. Nothing may be sent before this is durable.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotNow`]: it is not confirmed at this stage.
    /// - [`ApprovalError::PinRequired`], [`ApprovalError::PinNotAllowed`],
    ///   [`ApprovalError::HardwareRequired`]: the service's policy.
    /// - [`ApprovalError::Unfit`]: a name, a push target or an attestation is too long.
    pub(crate) fn confirm(
        &mut self,
        device: &Device,
        pin: Option<&ApprovalPin>,
        store: &dyn DeviceKeys,
        now: Judged,
    ) -> Result<(), ApprovalError> {
        let Stage::Configured { configuration: text } = &self.stage else {
            return Err(ApprovalError::NotNow);
        };
        let link = self.parsed()?;
        let configuration = Configuration::accepted(text).ok_or(ApprovalError::NotNow)?;
        configuration.check_pin(pin.is_some())?;
        let name = Text::parse(&device.name).ok_or(ApprovalError::Unfit)?;
        if !device.push.as_ref().is_none_or(PushTarget::fits) {
            return Err(ApprovalError::Unfit);
        }
        let salt = pin.map(|_| PinSalt::make(Whole::ONE)).transpose()?;
        let pin_key = pin.zip(salt.as_ref()).map(|(pin, salt)| pin.key(salt)).transpose()?;
        let nonce = Hash::from_bytes(random::make()?);

        let challenge = Hash::of(link.code.as_str().as_bytes());
        let Made { keys, attestation } = PhoneKeys::make(store, challenge.as_bytes())?;
        let kid = keys.device.thumbprint();
        let proof = pin_key.as_ref().map(|key| {
            let claims = NewPin {
                iss: kid,
                aud: &link.iss,
                code: &link.code,
                jwk: key.public,
                pin_generation: Whole::ONE,
            };
            let proof = Unsigned::new(Kind::Pin, key.thumbprint(), &claims).sign(&key.key);
            seal(&configuration.claims.encryption_key, &proof)
        });
        let attestation = attestation.as_ref().map(|attestation| AttestationClaims {
            format: &attestation.format,
            data: encode(&attestation.data),
        });
        let claims = EnrolmentClaims {
            iss: kid,
            aud: &link.iss,
            iat: now.time().into(),
            code: &link.code,
            configuration: configuration.hash,
            device_key: keys.device.public,
            envelope_key: keys.envelope.public,
            verification_key: keys.verification.as_ref().map(|key| key.public),
            name: name.as_str(),
            platform: device.platform,
            security_level: keys.device.level,
            push: device.push.as_ref(),
            attestation,
            pin: proof.transpose()?,
            commitment: Hash::of(nonce.as_bytes()),
        };
        let message = Unsigned::new(Kind::Enrolment, kid, &claims);
        let message = configuration
            .check_level(keys.device.level)
            .and_then(|()| Ok(keys.device.sign(store, message)?));
        // What is given up must not stay in the key store.
        let message = message.inspect_err(|_| keys.delete(store))?;
        let configuration = text.clone();
        self.stage =
            Stage::Keyed(Box::new(Keyed { configuration, keys, pin: salt, nonce, message }));
        Ok(())
    }

    /// Takes the service's offer, and makes the reveal and the pairing code.
    pub(crate) fn take_offer(
        &self,
        text: &str,
        store: &dyn DeviceKeys,
        now: Judged,
    ) -> Result<Credential, ApprovalError> {
        let Stage::Keyed(keyed) = &self.stage else { return Err(ApprovalError::NotNow) };
        let link = self.parsed()?;
        let configuration = Configuration::accepted(&keyed.configuration);
        let configuration = configuration.ok_or(ApprovalError::NotNow)?;
        let jws = Jws::parse(text, Kind::Offer)?;
        let offer: Offer = jws.claims(&configuration.key(jws.kid)?.0)?;
        let message = Jws::parse(&keyed.message, Kind::Enrolment)?.hash();
        let kid = keyed.keys.device.thumbprint();
        if offer.iss != link.iss || offer.aud != kid || offer.enrolment != message {
            return Err(Refusal::NotForUs.into());
        }
        now.check(offer.iat, offer.exp, LONGEST_OFFER)?;
        let hash = jws.hash();
        let parts = [
            configuration.hash.as_bytes(),
            link.hash.as_bytes(),
            message.as_bytes(),
            hash.as_bytes(),
            keyed.nonce.as_bytes(),
        ];
        let reveal = Reveal {
            iss: &offer.credential,
            aud: &link.iss,
            iat: now.time().into(),
            offer: hash,
            nonce: keyed.nonce,
        };
        let reveal = Unsigned::new(Kind::Reveal, kid, &reveal);
        let pairing = Pairing {
            code: pairing_code(parts),
            reveal: Some(keyed.keys.device.sign(store, reveal)?),
            nonce: keyed.nonce,
            expires: offer.exp,
        };
        let head = Head { seq: Whole::ZERO, ahash: message };
        Ok(Credential {
            configuration: keyed.configuration.clone(),
            iss: link.iss,
            id: offer.credential,
            account: offer.account,
            state: CredentialState::Enrolling,
            keys: keyed.keys.clone(),
            next_keys: None,
            head,
            seq: head.seq,
            outstanding: Vec::new(),
            pin: keyed.pin,
            next_pin: None,
            pin_tries: PinTries::default(),
            calls: Vec::new(),
            pairing: Some(pairing),
            added: now.time(),
            is_copied: false,
        })
    }
}

/// Where a service's configuration is.
pub(super) fn well_known(iss: &Origin) -> String {
    format!("{}/.well-known/approval-configuration", iss.as_str())
}

/// Six digits of the whole transcript, which both sides have to come to.
fn pairing_code(parts: [&[u8; 32]; 5]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
    let transcript = [b"authenticator-core pairing 1\0", &*parts.concat()].concat();
    let hash = sha256(&[&transcript]);
    let first = hash.first_chunk().copied().map_or(0, u64::from_be_bytes);
    format!("{:06}", first % 1_000_000)
}
