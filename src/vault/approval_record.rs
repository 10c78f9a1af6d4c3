//! What approvals keep, as records: `docs/vault-format.md`, types 6 to 9.

use zeroize::Zeroizing;

use super::approval_fields::{
    Fields, KEYS, NEXT_KEYS, NEXT_PIN, PIN, keys_len, name_of, named, put_keys, put_pin, read_keys,
    read_pin,
};
use super::cbor::{Map, Reader, RecordKind};
use crate::approval::stored::{
    Call, CallKind, Credential, Decided, Ended, Enrolment, Hash, Head, Identifier, Keyed, Origin,
    Pairing, Past, Pending, PendingState, PinTries, Stage, Text, Whole,
};
use crate::approval::{CredentialId, CredentialState, Details};

/// A record of approvals.
#[derive(Clone, Debug)]
pub(crate) enum ApprovalRecord {
    Enrolment(Box<Enrolment>),
    Credential(Box<Credential>),
    Pending(Box<Pending>),
    Past(Box<Past>),
    Ended(Box<Ended>),
}

impl ApprovalRecord {
    /// Reads what follows key 0; `None` if it makes no sense.
    ///
    /// In a frame of its own: whoever calls has keys on the stack, as deep as that is wiped.
    #[inline(never)]
    pub(super) fn read(kind: RecordKind, reader: Reader<'_>, pairs: u64) -> Option<Self> {
        let mut fields = Fields::read(reader, pairs)?;
        let record = match kind {
            RecordKind::Enrolment => Self::Enrolment(Box::new(read_enrolment(&mut fields)?)),
            RecordKind::Credential => Self::Credential(Box::new(read_credential(&mut fields)?)),
            RecordKind::Request => Self::Pending(Box::new(read_pending(&mut fields)?)),
            RecordKind::History => Self::Past(Box::new(read_past(&mut fields)?)),
            RecordKind::Ended => Self::Ended(Box::new(read_ended(&mut fields)?)),
            _ => return None,
        };
        fields.done()?;
        Some(record)
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Enrolment(enrolment) => encode_enrolment(enrolment),
            Self::Credential(credential) => encode_credential(credential),
            Self::Pending(pending) => encode_pending(pending),
            Self::Past(past) => encode_past(past),
            Self::Ended(ended) => encode_ended(ended),
        }
    }
}

fn encode_enrolment(enrolment: &Enrolment) -> Zeroizing<Vec<u8>> {
    let (configuration, keyed) = match &enrolment.stage {
        Stage::Begun => (None, None),
        Stage::Configured { configuration } => (Some(configuration), None),
        Stage::Keyed(keyed) => (Some(&keyed.configuration), Some(keyed)),
    };
    let keys = keyed.map(|keyed| &keyed.keys);
    let texts = [Some(&enrolment.link), configuration, keyed.map(|keyed| &keyed.message)];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    let mut item = Map::new(RecordKind::Enrolment, 256 + texts + keys_len(keys));
    item.text(1, Some(&enrolment.link));
    item.text(2, configuration.map(String::as_str));
    put_keys(&mut item, KEYS, keys);
    put_pin(&mut item, PIN, keyed.and_then(|keyed| keyed.pin.as_ref()));
    item.bytes(50, keyed.map(|keyed| &keyed.nonce.as_bytes()[..]));
    item.text(51, keyed.map(|keyed| keyed.message.as_str()));
    item.finish()
}

fn read_enrolment(fields: &mut Fields<'_>) -> Option<Enrolment> {
    let link = fields.owned(1)?;
    let configuration = fields.owned(2);
    let keys = read_keys(fields, KEYS);
    let stage = match (configuration, keys) {
        (None, None) => Stage::Begun,
        (Some(configuration), None) => Stage::Configured { configuration },
        (Some(configuration), Some(keys)) => Stage::Keyed(Box::new(Keyed {
            configuration,
            keys,
            pin: read_pin(fields, PIN),
            nonce: fields.hash(50)?,
            message: fields.owned(51)?,
        })),
        (None, Some(_)) => return None,
    };
    Some(Enrolment { link, stage })
}

fn encode_credential(credential: &Credential) -> Zeroizing<Vec<u8>> {
    let pairing = credential.pairing.as_ref();
    let reveal = pairing.and_then(|pairing| pairing.reveal.as_deref());
    let texts = [
        Some(&*credential.configuration),
        Some(credential.iss.as_str()),
        Some(credential.id.as_str()),
        Some(credential.account.as_str()),
        reveal,
    ];
    let texts: usize = texts.into_iter().flatten().map(str::len).sum();
    let calls: usize = credential.calls.iter().map(|call| call.body.len() + 100).sum();
    let outstanding: Vec<u8> =
        credential.outstanding.iter().flat_map(|hash| *hash.as_bytes()).collect();
    let keys = keys_len(Some(&credential.keys)) + keys_len(credential.next_keys.as_ref());
    let capacity = 512 + texts + calls + outstanding.len() + keys;
    let mut item = Map::new(RecordKind::Credential, capacity);
    item.text(1, Some(&credential.configuration));
    item.text(2, Some(credential.iss.as_str()));
    item.text(3, Some(credential.id.as_str()));
    item.text(4, Some(credential.account.as_str()));
    item.text(5, Some(&name_of(&credential.state)));
    item.number(6, Some(credential.added.as_secs()));
    put_keys(&mut item, KEYS, Some(&credential.keys));
    put_keys(&mut item, NEXT_KEYS, credential.next_keys.as_ref());
    put_pin(&mut item, PIN, credential.pin.as_ref());
    put_pin(&mut item, NEXT_PIN, credential.next_pin.as_ref());
    item.number(34, Some(credential.head.seq.as_u64()));
    item.bytes(35, Some(credential.head.ahash.as_bytes()));
    item.number(36, Some(credential.seq.as_u64()));
    item.bytes(37, Some(&outstanding));
    item.number(38, credential.pin_tries.left.map(Whole::as_u64));
    item.number(39, credential.pin_tries.retry_at.map(Whole::as_u64));
    item.text(40, pairing.map(|pairing| pairing.code.as_str()));
    item.text(41, reveal);
    item.bytes(42, pairing.map(|pairing| &pairing.nonce.as_bytes()[..]));
    item.number(43, pairing.map(|pairing| pairing.expires.as_u64()));
    for (key, kind) in CALLS {
        let call = credential.calls.iter().find(|call| call.kind == kind);
        item.text(key, call.map(|call| call.jti.as_str()));
        item.text(key + 1, call.map(|call| call.body.as_str()));
    }
    item.number(52, credential.is_copied.then_some(1));
    item.finish()
}

/// Where each kind of call stands, of which there is one at a time.
const CALLS: [(u8, CallKind); 4] = [
    (44, CallKind::PinChange),
    (46, CallKind::Push),
    (48, CallKind::Removal),
    (50, CallKind::OtherRemoval),
];

fn read_credential(fields: &mut Fields<'_>) -> Option<Credential> {
    let outstanding = fields.bytes(37)?;
    let (hashes, rest) = outstanding.as_chunks::<32>();
    rest.is_empty().then_some(())?;
    let pairing = fields.owned(40).map(|code| {
        Some(Pairing {
            code,
            reveal: fields.owned(41),
            nonce: fields.hash(42)?,
            expires: fields.whole(43)?,
        })
    });
    let mut calls = Vec::new();
    for (key, kind) in CALLS {
        if let Some(jti) = fields.text(key) {
            let jti = Identifier::parse(jti)?;
            calls.push(Call { kind, jti, body: fields.owned(key + 1)? });
        }
    }
    Some(Credential {
        configuration: fields.owned(1)?,
        iss: Origin::parse(fields.text(2)?)?,
        id: Identifier::parse(fields.text(3)?)?,
        account: Text::parse(fields.text(4)?)?,
        state: named::<CredentialState>(fields.text(5)?)?,
        added: fields.time(6)?,
        keys: read_keys(fields, KEYS)?,
        next_keys: read_keys(fields, NEXT_KEYS),
        pin: read_pin(fields, PIN),
        next_pin: read_pin(fields, NEXT_PIN),
        head: Head { seq: fields.whole(34)?, ahash: fields.hash(35)? },
        seq: fields.whole(36)?,
        outstanding: hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect(),
        pin_tries: PinTries { left: fields.whole(38), retry_at: fields.whole(39) },
        calls,
        pairing: match pairing {
            Some(pairing) => Some(pairing?),
            None => None,
        },
        is_copied: fields.number(52) == Some(1),
    })
}

fn encode_pending(pending: &Pending) -> Zeroizing<Vec<u8>> {
    let decided = match &pending.state {
        PendingState::Decided(decided) => Some(decided),
        _ => None,
    };
    let (over, decision) = match &pending.state {
        PendingState::Open => (None, None),
        PendingState::Decided(decided) => (None, Some(decided.decision)),
        PendingState::Over { decision, outcome } => (Some(*outcome), *decision),
    };
    let answer = decided.map_or(0, |decided| decided.message.len());
    let capacity = 256 + pending.challenge.len() + answer;
    let mut item = Map::new(RecordKind::Request, capacity);
    item.bytes(1, Some(pending.credential.as_bytes()));
    item.text(2, Some(&pending.challenge));
    item.number(3, Some(pending.was_encrypted.into()));
    item.number(4, Some(pending.received.as_secs()));
    item.text(5, decision.map(|decision| name_of(&decision)).as_deref());
    item.text(6, decided.and_then(|decided| decided.matching.as_deref()));
    item.text(7, decided.map(|decided| decided.message.as_str()));
    item.text(8, decided.and_then(|decided| decided.again).map(|why| name_of(&why)).as_deref());
    item.text(9, over.map(|outcome| name_of(&outcome)).as_deref());
    item.finish()
}

fn read_pending(fields: &mut Fields<'_>) -> Option<Pending> {
    let decision = fields.named(5)?;
    let again = fields.named(8)?;
    let message = fields.owned(7);
    let over = fields.named(9)?;
    let state = match (over, decision, message) {
        (Some(outcome), decision, None) => PendingState::Over { decision, outcome },
        (None, Some(decision), Some(message)) => {
            PendingState::Decided(Decided { decision, matching: fields.owned(6), message, again })
        }
        (None, None, None) => PendingState::Open,
        _ => return None,
    };
    Some(Pending {
        credential: fields.array(1).map(CredentialId::from_bytes)?,
        challenge: fields.owned(2)?,
        was_encrypted: flag(fields.number(3)?)?,
        received: fields.time(4)?,
        state,
    })
}

fn flag(number: u64) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn encode_past(past: &Past) -> Zeroizing<Vec<u8>> {
    let shown = texts(&past.details);
    let length: usize = shown.iter().flatten().map(|text| text.len() + 8).sum();
    let capacity = 256 + length + past.service.len() + past.origin.len();
    let mut item = Map::new(RecordKind::History, capacity);
    item.bytes(1, Some(past.credential.as_bytes()));
    item.text(2, Some(&past.service));
    item.text(3, Some(&past.origin));
    item.text(4, Some(&name_of(&past.kind)));
    item.number(5, Some(past.received.as_secs()));
    item.text(6, past.decision.map(|decision| name_of(&decision)).as_deref());
    item.text(7, past.outcome.map(|outcome| name_of(&outcome)).as_deref());
    for (key, text) in (8..).zip(shown) {
        item.text(key, text);
    }
    item.finish()
}

/// In the order of their keys.
fn texts(details: &Details) -> [Option<&str>; 10] {
    [
        Some(&*details.app),
        Some(&*details.account),
        details.ip.as_deref(),
        details.place.as_deref(),
        details.device.as_deref(),
        details.browser.as_deref(),
        details.payee.as_deref(),
        details.amount.as_deref(),
        details.purpose.as_deref(),
        details.name.as_deref(),
    ]
}

fn read_past(fields: &mut Fields<'_>) -> Option<Past> {
    let decision = fields.named(6)?;
    let outcome = fields.named(7)?;
    Some(Past {
        credential: fields.array(1).map(CredentialId::from_bytes)?,
        service: fields.owned(2)?,
        origin: fields.owned(3)?,
        kind: named(fields.text(4)?)?,
        received: fields.time(5)?,
        decision,
        outcome,
        details: Details {
            app: fields.owned(8)?,
            account: fields.owned(9)?,
            ip: fields.owned(10),
            place: fields.owned(11),
            device: fields.owned(12),
            browser: fields.owned(13),
            payee: fields.owned(14),
            amount: fields.owned(15),
            purpose: fields.owned(16),
            name: fields.owned(17),
        },
    })
}

fn encode_ended(ended: &Ended) -> Zeroizing<Vec<u8>> {
    let texts = ended.service.len() + ended.origin.len() + ended.account.len();
    let mut item = Map::new(RecordKind::Ended, 128 + texts);
    item.text(1, Some(&ended.service));
    item.text(2, Some(&ended.origin));
    item.text(3, Some(&ended.account));
    item.number(4, Some(ended.added.as_secs()));
    item.text(5, Some(&name_of(&ended.reason)));
    item.finish()
}

fn read_ended(fields: &mut Fields<'_>) -> Option<Ended> {
    Some(Ended {
        service: fields.owned(1)?,
        origin: fields.owned(2)?,
        account: fields.owned(3)?,
        added: fields.time(4)?,
        reason: named(fields.text(5)?)?,
    })
}
