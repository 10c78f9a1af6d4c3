//! What is sealed in a row: CBOR, `docs/vault-format.md`, "Records".

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::cbor::{Map, Reader, RecordKind};
use super::entry::{Entry, RecoveryCode};
use super::header::DeviceId;
use crate::otp::{Account, Algorithm, Digits, Kind, Period};
use crate::{Secret, SecretString, UnixTime};

/// The keys of an account's record.
pub(super) mod field {
    pub(in crate::vault) const CREATED: u8 = 0;
    pub(in crate::vault) const ISSUER: u8 = 1;
    pub(in crate::vault) const NAME: u8 = 2;
    pub(super) const KIND: u8 = 3;
    pub(super) const ALGORITHM: u8 = 4;
    pub(super) const DIGITS: u8 = 5;
    pub(super) const PERIOD: u8 = 6;
    pub(in crate::vault) const COUNTER: u8 = 7;
    pub(super) const IMAGE: u8 = 8;
    pub(in crate::vault) const NOTE: u8 = 9;
    pub(in crate::vault) const TAGS: u8 = 10;
    pub(in crate::vault) const GROUP: u8 = 11;
    pub(in crate::vault) const PINNED: u8 = 12;
    pub(in crate::vault) const POSITION: u8 = 13;
    pub(in crate::vault) const TRASHED: u8 = 14;
    pub(super) const STAMPS: u8 = 15;
    pub(super) const SECRET: u8 = 16;
    pub(in crate::vault) const PIN: u8 = 17;
    pub(in crate::vault) const RECOVERY_CODES: u8 = 18;
    pub(in crate::vault) const ICON: u8 = 19;
}

/// An account's record, whose texts stand where it was decrypted.
#[derive(Default)]
pub(super) struct AccountView<'a> {
    pub(super) issuer: Option<&'a str>,
    pub(super) name: &'a str,
    kind: u8,
    algorithm: Option<u8>,
    digits: Option<u8>,
    period: Option<u32>,
    counter: Option<u64>,
    image: Option<&'a str>,
    pub(super) note: Option<&'a str>,
    tags: Array<'a>,
    tags_len: usize,
    pub(super) group: Option<&'a str>,
    pub(super) pinned: bool,
    pub(super) position: u64,
    pub(super) trashed: Option<UnixTime>,
    pub(super) stamps: Stamps<'a>,
    secret: &'a [u8],
    pin: Option<&'a str>,
    recovery_codes: Array<'a>,
    icon: Option<&'a [u8]>,
}

impl<'a> AccountView<'a> {
    /// Reads what follows key 0: every key once, ascending.
    pub(super) fn read(mut reader: Reader<'a>, pairs: u64) -> Option<Self> {
        let mut view = Self::default();
        let mut last = field::CREATED;
        for _ in 0..pairs {
            let key = reader.small()?;
            (key > last).then_some(())?;
            view.read_value(key, &mut reader)?;
            last = key;
        }
        (!view.secret.is_empty()).then_some(view)
    }

    fn read_value(&mut self, key: u8, reader: &mut Reader<'a>) -> Option<()> {
        match key {
            field::ISSUER => self.issuer = Some(reader.text()?),
            field::NAME => self.name = reader.text()?,
            field::KIND => self.kind = reader.small()?,
            field::ALGORITHM => self.algorithm = Some(reader.small()?),
            field::DIGITS => self.digits = Some(reader.small()?),
            field::PERIOD => self.period = Some(reader.small()?),
            field::COUNTER => self.counter = Some(reader.number()?),
            field::IMAGE => self.image = Some(reader.text()?),
            field::NOTE => self.note = Some(reader.text()?),
            field::TAGS => {
                self.tags = Array::begin(reader)?;
                for _ in 0..self.tags.length {
                    self.tags_len += reader.text()?.len();
                }
            }
            field::GROUP => self.group = Some(reader.text()?),
            field::PINNED => self.pinned = reader.bool()?,
            field::POSITION => self.position = reader.number()?,
            field::TRASHED => self.trashed = Some(UnixTime::from_secs(reader.number()?)),
            field::STAMPS => self.stamps = Stamps(Cow::Borrowed(reader.bytes()?)),
            field::SECRET => self.secret = reader.bytes()?,
            field::PIN => self.pin = Some(reader.text()?),
            field::RECOVERY_CODES => {
                self.recovery_codes = Array::begin(reader)?;
                for _ in 0..self.recovery_codes.length {
                    recovery_code(reader)?;
                }
            }
            field::ICON => self.icon = Some(reader.bytes()?),
            _ => return None,
        }
        Some(())
    }

    /// How the codes are computed, if they can be: what stands in a list can be opened.
    pub(super) fn kind(&self) -> Option<Kind> {
        let algorithm = || ALGORITHMS.get(usize::from(self.algorithm?.checked_sub(1)?)).copied();
        let digits = || Digits::new(self.digits?).ok();
        let kind = match self.kind {
            1 => Kind::Totp {
                algorithm: algorithm()?,
                digits: digits()?,
                period: Period::from_secs(self.period?).ok()?,
            },
            2 => Kind::Hotp { algorithm: algorithm()?, digits: digits()?, counter: self.counter? },
            3 => Kind::Steam,
            4 => Kind::Motp,
            5 => Kind::Yandex,
            _ => return None,
        };
        Account::gives_codes(kind, self.secret).then_some(kind)
    }

    pub(super) fn secret(&self) -> Secret {
        Secret::new(self.secret.to_vec())
    }

    pub(super) fn pin(&self) -> Option<SecretString> {
        self.pin.map(|pin| SecretString::new(pin.to_owned()))
    }

    pub(super) fn has_icon(&self) -> bool {
        self.icon.is_some()
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &'a str> {
        self.tags.items(Reader::text)
    }

    fn recovery_codes(&self) -> impl Iterator<Item = (&'a str, bool)> {
        self.recovery_codes.items(recovery_code)
    }

    pub(super) fn recovery_codes_left(&self) -> usize {
        self.recovery_codes().filter(|(_, used)| !used).count()
    }

    /// How long the texts are together that a list shows.
    pub(super) fn texts_len(&self) -> usize {
        let length = |text: Option<&str>| text.map_or(0, str::len);
        let others = length(self.issuer) + length(self.note) + length(self.group);
        self.name.len() + self.tags_len + others
    }

    pub(super) fn account(&self) -> Option<Account> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let kind = self.kind()?;
        Account::restored(
            owned(self.issuer),
            self.name.to_owned(),
            kind,
            self.secret(),
            owned(self.image),
        )
    }

    /// The record with texts of its own.
    pub(super) fn stored(&self) -> Option<Stored> {
        let codes = self
            .recovery_codes()
            .map(|(code, used)| RecoveryCode { code: SecretString::new(code.to_owned()), used });
        Some(Stored {
            entry: Entry {
                account: self.account()?,
                pin: self.pin(),
                note: self.note.map(str::to_owned),
                tags: self.tags().map(str::to_owned).collect(),
                group: self.group.map(str::to_owned),
                pinned: self.pinned,
                recovery_codes: codes.collect(),
                icon: self.icon.map(<[u8]>::to_vec),
            },
            position: self.position,
            trashed: self.trashed,
            stamps: self.stamps.0.to_vec(),
        })
    }
}

const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Sha1, Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

/// An array in a record, read each time that it is asked for.
#[derive(Clone, Debug, Default)]
struct Array<'a> {
    length: u64,
    items: Reader<'a>,
}

impl<'a> Array<'a> {
    fn begin(reader: &mut Reader<'a>) -> Option<Self> {
        Some(Self { length: reader.array()?, items: reader.clone() })
    }

    fn items<T>(&self, read: impl Fn(&mut Reader<'a>) -> Option<T>) -> impl Iterator<Item = T> {
        let mut items = self.items.clone();
        (0..self.length).map_while(move |_| read(&mut items))
    }
}

/// A recovery code, and whether it was used.
fn recovery_code<'a>(reader: &mut Reader<'a>) -> Option<(&'a str, bool)> {
    (reader.array()? == 2).then_some(())?;
    Some((reader.text()?, reader.bool()?))
}

/// When each field was changed, and by which device.
#[derive(Default)]
pub(super) struct Stamps<'a>(Cow<'a, [u8]>);

const STAMP_LEN: usize = 17;

impl Stamps<'_> {
    /// When the account was added.
    pub(super) fn created(&self) -> Option<UnixTime> {
        let (_, rest) = self.0.split_first()?;
        rest.first_chunk().map(|time| UnixTime::from_secs(u64::from_be_bytes(*time)))
    }
}

/// An account's record, to be changed and written.
pub(super) struct Stored {
    pub(super) entry: Entry,
    pub(super) position: u64,
    pub(super) trashed: Option<UnixTime>,
    stamps: Vec<u8>,
}

impl Stored {
    pub(super) fn new(entry: Entry, position: u64, now: UnixTime, device: &DeviceId) -> Self {
        let mut stored = Self { entry, position, trashed: None, stamps: Vec::new() };
        stored.stamp(field::CREATED, now, device);
        stored
    }

    /// Notes that `device` changed `field`.
    pub(super) fn stamp(&mut self, field: u8, now: UnixTime, device: &DeviceId) {
        let (device, _) = device.split_at(8);
        let stamp = [&[field][..], &now.as_secs().to_be_bytes(), device].concat();
        let others = self.stamps.chunks_exact(STAMP_LEN);
        let mut stamps: Vec<&[u8]> = others.filter(|other| other.first() != Some(&field)).collect();
        stamps.push(&stamp);
        stamps.sort_unstable();
        self.stamps = stamps.concat();
    }

    /// The record as CBOR.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let entry = &self.entry;
        let account = &entry.account;
        let text_len = |text: Option<&str>| text.map_or(0, |text| text.len() + 6);
        let capacity = 128
            + text_len(account.issuer())
            + text_len(Some(account.name()))
            + text_len(account.image())
            + text_len(entry.note.as_deref())
            + entry.tags.iter().map(|tag| tag.len() + 5).sum::<usize>()
            + text_len(entry.group.as_deref())
            + self.stamps.len()
            + account.secret().expose().len()
            + text_len(entry.pin.as_ref().map(SecretString::expose))
            + entry.recovery_codes.iter().map(|code| code.code.expose().len() + 8).sum::<usize>()
            + entry.icon.as_ref().map_or(0, |icon| icon.len() + 8);
        // Never grown: it would leave the secret behind.
        let mut item = Map::new(RecordKind::Account, capacity);
        item.text(field::ISSUER, account.issuer());
        item.text(field::NAME, Some(account.name()));
        let (kind, parameters) = match account.kind() {
            Kind::Totp { algorithm, digits, period } => {
                (1, Some((algorithm, digits, Some(period), None)))
            }
            Kind::Hotp { algorithm, digits, counter } => {
                (2, Some((algorithm, digits, None, Some(counter))))
            }
            Kind::Steam => (3, None),
            Kind::Motp => (4, None),
            Kind::Yandex => (5, None),
        };
        item.number(field::KIND, Some(kind));
        if let Some((algorithm, digits, period, counter)) = parameters {
            let position = ALGORITHMS.iter().position(|known| *known == algorithm);
            item.number(
                field::ALGORITHM,
                position.and_then(|position| u64::try_from(position + 1).ok()),
            );
            item.number(field::DIGITS, Some(digits.count().into()));
            item.number(field::PERIOD, period.map(|period| period.as_secs().into()));
            item.number(field::COUNTER, counter);
        }
        item.text(field::IMAGE, account.image());
        item.text(field::NOTE, entry.note.as_deref());
        if !entry.tags.is_empty() {
            item.array(field::TAGS, entry.tags.len());
            entry.tags.iter().for_each(|tag| item.item(|encoder| encoder.str(tag).is_ok()));
        }
        item.text(field::GROUP, entry.group.as_deref());
        if entry.pinned {
            item.pair(field::PINNED, |encoder| encoder.bool(true).is_ok());
        }
        item.number(field::POSITION, Some(self.position));
        item.number(field::TRASHED, self.trashed.map(UnixTime::as_secs));
        item.bytes(field::STAMPS, Some(&self.stamps));
        item.bytes(field::SECRET, Some(account.secret().expose()));
        item.text(field::PIN, entry.pin.as_ref().map(SecretString::expose));
        if !entry.recovery_codes.is_empty() {
            item.array(field::RECOVERY_CODES, entry.recovery_codes.len());
            for code in &entry.recovery_codes {
                item.item(|encoder| {
                    let pair = encoder.array(2).and_then(|pair| pair.str(code.code.expose()));
                    pair.and_then(|pair| pair.bool(code.used)).is_ok()
                });
            }
        }
        item.bytes(field::ICON, entry.icon.as_deref());
        item.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(pairs: &[(u8, &[u8])]) -> bool {
        let item = pairs.iter().map(|(key, value)| [&[*key], *value].concat()).collect::<Vec<_>>();
        let count = u64::try_from(pairs.len()).unwrap();
        AccountView::read(Reader::new(&item.concat()), count).is_some()
    }

    /// The record itself asserts that it never grows.
    #[test]
    fn a_record_has_room_for_all_of_it_at_once_whichever_part_is_long() {
        let long = |is: bool| if is { "ü".repeat(120) } else { String::new() };
        let code = RecoveryCode { code: SecretString::new("x".repeat(128)), used: true };
        // One of the parts, or all of them.
        for part in 0..=9 {
            let is = |number| part == number || part == 9;
            let uri = format!(
                "otpauth://totp/{}?secret={}&issuer={}&image={}",
                long(is(2)),
                "A".repeat(if is(0) { 800 } else { 8 }),
                long(is(1)),
                long(is(9)),
            );
            let entry = Entry {
                pin: is(3).then(|| SecretString::new(long(true))),
                note: is(4).then(|| long(true)),
                tags: vec![long(true); if is(5) { 32 } else { 0 }],
                group: is(6).then(|| long(true)),
                recovery_codes: vec![code.clone(); if is(7) { 64 } else { 0 }],
                icon: Some(vec![7; if is(8) { 2_000 } else { 1 }]),
                ..Entry::new(Account::from_uri(&uri).unwrap().account)
            };
            let mut stored = Stored::new(entry, 1, UnixTime::from_secs(1), &[7; 16]);
            (1..=10).for_each(|field| stored.stamp(field, UnixTime::from_secs(2), &[7; 16]));
            assert!(stored.encode().len() > 200);
        }
    }

    #[test]
    fn every_key_stands_once_and_in_its_place() {
        let (issuer, name, secret) =
            ((1, &b"\x61a"[..]), (2, &b"\x61b"[..]), (16, &b"\x41\x01"[..]));
        assert!(reads(&[issuer, name, secret]));
        assert!(reads(&[secret]));

        assert!(!reads(&[name, issuer, secret]));
        assert!(!reads(&[name, name, secret]));
        assert!(!reads(&[issuer, name]), "an account without a secret");
        assert!(!reads(&[(0, &[1]), secret]), "the type once more");
        assert!(!reads(&[secret, (20, &[1])]), "a key that does not exist");
    }
}
