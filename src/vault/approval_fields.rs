//! The fields that records of approvals are made of.

use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::cbor::{Map, Reader};
use crate::approval::stored::{EnvelopeKey, Hash, Jwk, PhoneKeys, PinSalt, SigningKey, Whole};
use crate::key_store::SecurityLevel;
use crate::{Secret, UnixTime};

/// The pairs of a record, taken out one by one.
pub(super) struct Fields<'a>(Vec<(u8, Value<'a>)>);

#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// Reads what follows key 0: every key once, ascending.
    pub(super) fn read(mut reader: Reader<'a>, pairs: u64) -> Option<Self> {
        let mut fields = Vec::new();
        let mut last = 0;
        for _ in 0..pairs {
            let key = reader.small()?;
            (key > last).then_some(())?;
            last = key;
            let mut ahead = reader.clone();
            let value = if let Some(number) = ahead.number() {
                Value::Number(number)
            } else {
                ahead = reader.clone();
                match ahead.text() {
                    Some(text) => Value::Text(text),
                    None => {
                        ahead = reader;
                        Value::Bytes(ahead.bytes()?)
                    }
                }
            };
            reader = ahead;
            fields.push((key, value));
        }
        Some(Self(fields))
    }

    fn take(&mut self, key: u8) -> Option<Value<'a>> {
        let place = self.0.iter().position(|(known, _)| *known == key)?;
        Some(self.0.remove(place).1)
    }

    /// `None` also where it is something else: what is left over is noticed at the end.
    pub(super) fn number(&mut self, key: u8) -> Option<u64> {
        match self.take(key)? {
            Value::Number(number) => Some(number),
            other => self.put_back(key, other),
        }
    }

    pub(super) fn text(&mut self, key: u8) -> Option<&'a str> {
        match self.take(key)? {
            Value::Text(text) => Some(text),
            other => self.put_back(key, other),
        }
    }

    pub(super) fn bytes(&mut self, key: u8) -> Option<&'a [u8]> {
        match self.take(key)? {
            Value::Bytes(bytes) => Some(bytes),
            other => self.put_back(key, other),
        }
    }

    fn put_back<T>(&mut self, key: u8, value: Value<'a>) -> Option<T> {
        self.0.push((key, value));
        None
    }

    pub(super) fn owned(&mut self, key: u8) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    pub(super) fn array<const N: usize>(&mut self, key: u8) -> Option<[u8; N]> {
        self.bytes(key)?.try_into().ok()
    }

    pub(super) fn hash(&mut self, key: u8) -> Option<Hash> {
        self.array(key).map(Hash::from_bytes)
    }

    /// A value by its name, where it is there: the outer `None` is for one of no such name.
    pub(super) fn named<T: DeserializeOwned>(&mut self, key: u8) -> Option<Option<T>> {
        match self.text(key) {
            Some(name) => named(name).map(Some),
            None => Some(None),
        }
    }

    pub(super) fn whole(&mut self, key: u8) -> Option<Whole> {
        self.number(key).and_then(Whole::new)
    }

    pub(super) fn time(&mut self, key: u8) -> Option<UnixTime> {
        self.number(key).map(UnixTime::from_secs)
    }

    pub(super) fn done(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// A value by the name that the protocol has for it.
pub(super) fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    let name: StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    T::deserialize(name).ok()
}

pub(super) fn name_of(value: &impl Serialize) -> String {
    let name = serde_json::to_value(value).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Where the fields of a set of keys begin; there are eight.
pub(super) const KEYS: u8 = 10;
pub(super) const NEXT_KEYS: u8 = 18;
/// Where the fields of a PIN begin; there are four.
pub(super) const PIN: u8 = 26;
pub(super) const NEXT_PIN: u8 = 30;

pub(super) fn put_signing(item: &mut Map, first: u8, key: Option<&SigningKey>) {
    item.bytes(first, key.map(|key| key.handle.expose()));
    item.bytes(first + 1, key.map(|key| key.public.0.sec1()).as_ref().map(|key| &key[..]));
    item.text(first + 2, key.map(|key| name_of(&key.level)).as_deref());
}

pub(super) fn read_signing(fields: &mut Fields<'_>, first: u8) -> Option<SigningKey> {
    Some(SigningKey {
        handle: Secret::new(fields.bytes(first)?.to_vec()),
        public: Jwk::from_sec1(fields.bytes(first + 1)?)?,
        level: named::<SecurityLevel>(fields.text(first + 2)?)?,
    })
}

pub(super) fn put_keys(item: &mut Map, first: u8, keys: Option<&PhoneKeys>) {
    put_signing(item, first, keys.map(|keys| &keys.device));
    put_signing(item, first + 3, keys.and_then(|keys| keys.verification.as_ref()));
    item.bytes(first + 6, keys.map(|keys| keys.envelope.secret.expose()));
    let public = keys.map(|keys| keys.envelope.public.0.sec1());
    item.bytes(first + 7, public.as_ref().map(|public| &public[..]));
}

pub(super) fn read_keys(fields: &mut Fields<'_>, first: u8) -> Option<PhoneKeys> {
    Some(PhoneKeys {
        device: read_signing(fields, first)?,
        verification: read_signing(fields, first + 3),
        envelope: EnvelopeKey {
            secret: Secret::new(fields.array::<32>(first + 6)?.to_vec()),
            public: Jwk::from_sec1(fields.bytes(first + 7)?)?,
        },
    })
}

pub(super) fn keys_len(keys: Option<&PhoneKeys>) -> usize {
    let handle = |key: &SigningKey| key.handle.expose().len();
    let handles =
        |keys: &PhoneKeys| handle(&keys.device) + keys.verification.as_ref().map_or(0, handle);
    keys.map_or(0, |keys| 400 + handles(keys))
}

pub(super) fn put_pin(item: &mut Map, first: u8, pin: Option<&PinSalt>) {
    item.bytes(first, pin.map(|pin| &pin.salt[..]));
    item.number(first + 1, pin.map(|pin| pin.memory_kib.into()));
    item.number(first + 2, pin.map(|pin| pin.passes.into()));
    item.number(first + 3, pin.map(|pin| pin.generation.as_u64()));
}

pub(super) fn read_pin(fields: &mut Fields<'_>, first: u8) -> Option<PinSalt> {
    let pin = PinSalt {
        salt: fields.array(first)?,
        memory_kib: fields.number(first + 1)?.try_into().ok()?,
        passes: fields.number(first + 2)?.try_into().ok()?,
        generation: fields.whole(first + 3)?,
    };
    pin.is_sensible().then_some(pin)
}
