//! What a service asks, verified: `docs/approval-protocol.md`, "Challenge".

use serde::Deserialize;
use zeroize::Zeroizing;

use super::claims::{Hash, Identifier, Jwk, Origin, Text, Whole, are_distinct, present};
use super::configuration::Policy;
use super::jose::{self, Jws, Kind, is_encrypted};
use super::judged::Judged;
use super::refusal::Refusal;
use super::request::{Details, Matching, RequestKind, Verification};
use crate::crypto::curve::PrivateKey;

const LONGEST: u64 = 120;
const MOST_SIGNED: usize = 2_048;
const MOST_ENCRYPTED: usize = 3_200;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: Origin,
    aud: Identifier,
    jti: Identifier,
    /// Siblings share it, which concerns the service alone.
    #[serde(rename = "txn")]
    _txn: Identifier,
    iat: Whole,
    exp: Whole,
    kind: RequestKind,
    ctx: Context,
    #[serde(rename = "match")]
    matching: Matching,
    uv: Vec<Verification>,
    /// The browser session's, which the service alone looks at.
    #[serde(rename = "sess")]
    _sess: Hash,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Context {
    app: Text,
    account: Text,
    #[serde(default, deserialize_with = "present")]
    ip: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    place: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    device: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    browser: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    payee: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    amount: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    purpose: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    name: Option<Text>,
    #[serde(default, deserialize_with = "present")]
    key: Option<Hash>,
}

impl Context {
    /// Whether it has what a request of this kind has, and nothing else.
    fn fits(&self, kind: RequestKind) -> bool {
        let origin = [&self.ip, &self.place, &self.device, &self.browser];
        let from_somewhere = origin.iter().any(|part| part.is_some());
        let payment = (self.payee.is_some(), self.amount.is_some());
        let device = (self.name.is_some(), self.key.is_some());
        let (no, all) = ((false, false), (true, true));
        match kind {
            RequestKind::SignIn => payment == no && self.purpose.is_none() && device == no,
            RequestKind::Transaction => payment == all && !from_somewhere && device == no,
            RequestKind::AddDevice => {
                device == all && !from_somewhere && payment == no && self.purpose.is_none()
            }
            RequestKind::Rotate | RequestKind::Test => {
                !from_somewhere && payment == no && self.purpose.is_none() && device == no
            }
        }
    }

    fn details(self) -> Details {
        let shown = |text: Option<Text>| text.map(|text| text.as_str().to_owned());
        Details {
            app: self.app.as_str().to_owned(),
            account: self.account.as_str().to_owned(),
            ip: shown(self.ip),
            place: shown(self.place),
            device: shown(self.device),
            browser: shown(self.browser),
            payee: shown(self.payee),
            amount: shown(self.amount),
            purpose: shown(self.purpose),
            name: shown(self.name),
        }
    }
}

/// Whom a challenge has to be for, and from.
pub(super) struct Addressee<'a> {
    pub(super) iss: &'a Origin,
    pub(super) credential: &'a Identifier,
    /// Keys of the service's accepted configuration.
    pub(super) signing: &'a [Jwk],
    pub(super) envelope: &'a PrivateKey,
    pub(super) envelope_kid: Hash,
}

/// A challenge whose signature held and whose every claim was checked. What is in it is what
/// was signed.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedChallenge {
    /// The signed message, taken out of its envelope.
    pub(crate) text: Zeroizing<String>,
    pub(crate) hash: Hash,
    pub(crate) jti: Identifier,
    pub(crate) iat: Whole,
    pub(crate) exp: Whole,
    pub(crate) kind: RequestKind,
    pub(crate) details: Details,
    pub(crate) matching: Matching,
    pub(crate) uv: Vec<Verification>,
    pub(crate) was_encrypted: bool,
}

/// The signed message, taken out of its envelope if it has one.
fn opened(text: &str, envelope: &PrivateKey, kid: Hash) -> Result<Zeroizing<String>, Refusal> {
    let was_encrypted = is_encrypted(text);
    if text.len() > if was_encrypted { MOST_ENCRYPTED } else { MOST_SIGNED } {
        return Err(Refusal::Malformed);
    }
    if !was_encrypted {
        return Ok(Zeroizing::new(text.to_owned()));
    }
    let message = jose::open(text, envelope, kid)?;
    if message.len() > MOST_SIGNED { Err(Refusal::Malformed) } else { Ok(message) }
}

impl VerifiedChallenge {
    /// Verifies what came by a push or a poll, in the order of the specification: all that
    /// can be verified without state.
    ///
    /// # Errors
    ///
    /// The first check that failed.
    pub(super) fn verify(to: &Addressee<'_>, text: &str, now: Judged) -> Result<Self, Refusal> {
        let was_encrypted = is_encrypted(text);
        let text = opened(text, to.envelope, to.envelope_kid)?;
        let jws = Jws::parse(&text, Kind::Challenge)?;
        let key = to.signing.iter().find(|key| key.thumbprint() == jws.kid);
        let claims: Claims = jws.claims(&key.ok_or(Refusal::UnknownKey)?.0)?;
        let hash = jws.hash();
        let challenge = Self::read(claims, hash, text.clone(), was_encrypted, to)?;
        now.check(challenge.iat, challenge.exp, LONGEST)?;
        Ok(challenge)
    }

    /// From whom it says that it is, and for whom.
    ///
    /// # Errors
    ///
    /// It is no challenge, whoever signed it.
    pub(super) fn addressed(
        text: &str,
        envelope: &PrivateKey,
        kid: Hash,
    ) -> Result<(Origin, Identifier), Refusal> {
        let text = opened(text, envelope, kid)?;
        let claims: Claims = Jws::parse(&text, Kind::Challenge)?.kept_claims()?;
        Ok((claims.iss, claims.aud))
    }

    /// One that was verified before, and kept where nobody changes it.
    pub(super) fn kept(text: &str, was_encrypted: bool) -> Result<Self, Refusal> {
        let jws = Jws::parse(text, Kind::Challenge)?;
        let text = Zeroizing::new(text.to_owned());
        Ok(Self::of(jws.kept_claims()?, jws.hash(), text, was_encrypted))
    }

    fn read(
        claims: Claims,
        hash: Hash,
        text: Zeroizing<String>,
        was_encrypted: bool,
        to: &Addressee<'_>,
    ) -> Result<Self, Refusal> {
        if claims.uv.is_empty() || !are_distinct(&claims.uv) || !claims.ctx.fits(claims.kind) {
            return Err(Refusal::Malformed);
        }
        if claims.iss != *to.iss || claims.aud != *to.credential {
            return Err(Refusal::NotForUs);
        }
        Ok(Self::of(claims, hash, text, was_encrypted))
    }

    fn of(claims: Claims, hash: Hash, text: Zeroizing<String>, was_encrypted: bool) -> Self {
        Self {
            text,
            hash,
            jti: claims.jti,
            iat: claims.iat,
            exp: claims.exp,
            kind: claims.kind,
            details: claims.ctx.details(),
            matching: claims.matching,
            uv: claims.uv,
            was_encrypted,
        }
    }

    /// Whether the service's own policy allows what it asks, and `available` has what
    /// would suffice.
    ///
    /// # Errors
    ///
    /// [`Refusal::Policy`], [`Refusal::CannotVerify`].
    pub(super) fn check_policy(
        &self,
        policy: &Policy,
        available: &[Verification],
    ) -> Result<(), Refusal> {
        let matched = self.kind == RequestKind::SignIn || self.kind == RequestKind::Transaction;
        let allowed = policy.matching.contains(&self.matching)
            && (matched || self.matching != Matching::Nothing)
            && self.uv.iter().all(|uv| policy.uv.contains(uv))
            && (self.was_encrypted || !policy.encrypted);
        if !allowed {
            return Err(Refusal::Policy);
        }
        if self.uv.iter().any(|uv| available.contains(uv)) {
            Ok(())
        } else {
            Err(Refusal::CannotVerify)
        }
    }
}
