//! From the link to the pairing code.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Credential, Fault, Head, PinState, Service, State};
use approval_jose::{self as jose, Jwk, hash, identifier, message_hash};

/// For how long a link is good, seconds.
const LINK_LIVES: u64 = 15 * 60;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    Offered,
    Keyed,
    Revealed,
    Paired,
    Active,
    Void,
}

#[derive(Clone)]
pub struct Enrolment {
    pub account: String,
    pub stage: Stage,
    code: String,
    key: String,
    pub exp: u64,
    /// The enrolment message's hash and what the phone committed itself to.
    message: String,
    commitment: String,
    device: Option<Jwk>,
    configuration: String,
    pub credential: String,
    offer: String,
    reveal: String,
    digits: String,
    tries: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    iss: String,
    aud: String,
    #[serde(rename = "iat")]
    _iat: u64,
    code: String,
    configuration: String,
    device_key: Jwk,
    envelope_key: Jwk,
    verification_key: Option<Jwk>,
    name: String,
    platform: String,
    security_level: String,
    push: Option<Value>,
    #[serde(rename = "attestation")]
    _attestation: Option<Value>,
    pin: Option<String>,
    commitment: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reveal {
    iss: String,
    aud: String,
    #[serde(rename = "iat")]
    _iat: u64,
    offer: String,
    nonce: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPin {
    iss: String,
    aud: String,
    code: String,
    jwk: Jwk,
    pin_generation: u64,
}

impl Service {
    /// Begins an enrolment for an account, and gives the link that the page shows.
    pub fn begin_enrolment(&mut self, account: &str, now: u64) -> String {
        let enrolment = Enrolment {
            account: account.to_owned(),
            stage: Stage::Offered,
            code: identifier(),
            key: self.signing[0].public.thumbprint(),
            exp: now + LINK_LIVES,
            message: String::new(),
            commitment: String::new(),
            device: None,
            configuration: String::new(),
            credential: String::new(),
            offer: String::new(),
            reveal: String::new(),
            digits: String::new(),
            tries: 0,
        };
        let Enrolment { code, key, exp, .. } = &enrolment;
        let iss = self.origin.replace(':', "%3A").replace('/', "%2F");
        let label = account.replace('@', "%40").replace(' ', "%20");
        let link = format!(
            "approval://enrol?v=1&iss={iss}&code={code}&key={key}&exp={exp}&account={label}"
        );
        self.enrolments.push(enrolment);
        link
    }

    fn living(&mut self, now: u64, by: impl Fn(&Enrolment) -> bool) -> Result<usize, Fault> {
        let place = self.enrolments.iter().position(by).ok_or(Fault::Void)?;
        let enrolment = &mut self.enrolments[place];
        if enrolment.stage != Stage::Active && enrolment.exp <= now {
            enrolment.stage = Stage::Void;
        }
        if enrolment.stage == Stage::Void { Err(Fault::Void) } else { Ok(place) }
    }

    pub(super) fn take_enrolment(&mut self, text: &str, now: u64) -> Result<String, Fault> {
        let peeked: Message = jose::unverified(text)?;
        let message: Message = jose::message(text, "approval-enrolment+jwt", &peeked.device_key)?;
        let levels = ["software", "trusted_environment", "strongbox", "secure_enclave"];
        let fits = message.iss == message.device_key.thumbprint()
            && message.aud == self.origin
            && levels.contains(&&*message.security_level)
            && ["android", "ios", "other"].contains(&&*message.platform)
            && self.published.iter().any(|known| message_hash(known) == message.configuration);
        if !fits {
            return Err(Fault::Malformed);
        }
        let place = self.living(now, |known| known.code == message.code)?;
        let enrolment = &self.enrolments[place];
        if enrolment.message == message_hash(text) {
            return Ok(enrolment.offer.clone());
        }
        if enrolment.stage == Stage::Active {
            return Err(Fault::Void);
        }
        if enrolment.device.as_ref().is_some_and(|device| *device != message.device_key) {
            self.end_enrolment(place);
            return Err(Fault::Void);
        }
        if enrolment.device.is_some()
            || (self.policy.hardware && message.security_level == "software")
            || (self.policy.pin == "required" && message.pin.is_none())
            || (self.policy.pin == "none" && message.pin.is_some())
        {
            return Err(Fault::Malformed);
        }
        let pin = message.pin.as_ref().map(|pin| self.first_pin(pin, &message)).transpose()?;
        let id = identifier();
        let account = enrolment.account.clone();
        let offer = self.sign(
            "approval-offer+jwt",
            &json!({
                "iss": self.origin,
                "aud": message.iss,
                "iat": now,
                "exp": now + 600,
                "enrolment": message_hash(text),
                "credential": id,
                "account": account,
                "nonce": jose::encode(&jose::random::<32>()),
            }),
        );
        let credential = Credential {
            account,
            state: State::Enrolling,
            key: message.device_key.clone(),
            old_keys: Vec::new(),
            envelope: message.envelope_key,
            verification: message.verification_key,
            name: message.name,
            platform: message.platform,
            push: message.push,
            added: now,
            head: Head { seq: 0, ahash: message_hash(text) },
            before: None,
            pin,
            revocation: None,
        };
        self.credentials.insert(id.clone(), credential);
        let enrolment = &mut self.enrolments[place];
        enrolment.stage = Stage::Keyed;
        enrolment.message = message_hash(text);
        enrolment.commitment = message.commitment;
        enrolment.device = Some(message.device_key);
        enrolment.configuration = message.configuration;
        enrolment.credential = id;
        enrolment.offer.clone_from(&offer);
        Ok(offer)
    }

    fn first_pin(&self, pin: &str, message: &Message) -> Result<PinState, Fault> {
        let inner = self.encryption.open(pin)?;
        let peeked: NewPin = jose::unverified(&inner)?;
        let proof: NewPin = jose::message(&inner, "approval-pin+jwt", &peeked.jwk)?;
        let fits = proof.iss == message.iss
            && proof.aud == self.origin
            && proof.code == message.code
            && proof.pin_generation == 1;
        if fits { Ok(PinState::new(proof.jwk, 1)) } else { Err(Fault::Malformed) }
    }

    fn end_enrolment(&mut self, place: usize) {
        let enrolment = &mut self.enrolments[place];
        enrolment.stage = Stage::Void;
        self.credentials.remove(&enrolment.credential);
    }

    pub(super) fn take_reveal(&mut self, text: &str, now: u64) -> Result<String, Fault> {
        let peeked: Reveal = jose::unverified(text)?;
        let place = self.living(now, |known| known.credential == peeked.iss)?;
        let enrolment = &self.enrolments[place];
        let device = enrolment.device.clone().ok_or(Fault::Malformed)?;
        let reveal: Reveal = jose::message(text, "approval-reveal+jwt", &device)?;
        let nonce = jose::decode(&reveal.nonce)?;
        let fits = reveal.aud == self.origin
            && reveal.offer == message_hash(&enrolment.offer)
            && nonce.len() == 32
            && hash(&nonce) == enrolment.commitment;
        if !fits {
            self.end_enrolment(place);
            return Err(Fault::Void);
        }
        let origin = self.origin.clone();
        let enrolment = &mut self.enrolments[place];
        if enrolment.stage == Stage::Keyed {
            enrolment.stage = Stage::Revealed;
            enrolment.digits = enrolment.pairing_code(&origin, &nonce);
            enrolment.reveal = message_hash(text);
        }
        let id = enrolment.credential.clone();
        Ok(self.status(&id, &reveal.nonce, now))
    }

    /// What the person types into the page. `Err` has the tries that are left.
    pub fn type_pairing_code(&mut self, account: &str, typed: &str, now: u64) -> Result<(), u32> {
        let place =
            self.living(now, |known| known.account == account && known.stage == Stage::Revealed);
        let place = place.map_err(|_| 0_u32)?;
        let enrolment = &mut self.enrolments[place];
        if enrolment.digits == typed {
            enrolment.stage = Stage::Paired;
            enrolment.exp = now + 600;
            return Ok(());
        }
        enrolment.tries += 1;
        let left = 3 - enrolment.tries;
        if left == 0 {
            self.end_enrolment(place);
        }
        Err(left)
    }
}

impl Enrolment {
    fn pairing_code(&self, origin: &str, nonce: &[u8]) -> String {
        let hashed = |text: &str| jose::decode(text).unwrap();
        let Self { code, key, exp, account, .. } = self;
        let link = format!("{origin}\n{code}\n{key}\n{exp}\n{account}");
        let mut transcript = b"authenticator-core pairing 1\0".to_vec();
        transcript.extend(hashed(&self.configuration));
        transcript.extend(hashed(&hash(link.as_bytes())));
        transcript.extend(hashed(&self.message));
        transcript.extend(hashed(&message_hash(&self.offer)));
        transcript.extend(nonce);
        let digest = hashed(&hash(&transcript));
        let number = u64::from_be_bytes(digest[..8].try_into().unwrap());
        format!("{:06}", number % 1_000_000)
    }
}
