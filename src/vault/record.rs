//! What is sealed in a row: CBOR, `docs/vault-format.md`, "Records".

use std::borrow::Cow;

use minicbor::Decoder;
use zeroize::Zeroizing;

use super::cbor::{Map, RecordKind};
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
    pub(super) tags: Vec<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) pinned: bool,
    pub(super) position: u64,
    pub(super) trashed: Option<UnixTime>,
    pub(super) stamps: Stamps<'a>,
    secret: &'a [u8],
    pin: Option<&'a str>,
    recovery_codes: Vec<(&'a str, bool)>,
    icon: Option<&'a [u8]>,
}

impl<'a> AccountView<'a> {
    /// Reads what follows key 0.
    pub(super) fn read(mut decoder: Decoder<'a>, pairs: u64) -> Option<Self> {
        let mut view = Self::default();
        for _ in 0..pairs {
            view.read_pair(&mut decoder).ok()??;
        }
        (!view.secret.is_empty()).then_some(view)
    }

    /// `Ok(None)` for a key that the format does not have.
    fn read_pair(
        &mut self,
        decoder: &mut Decoder<'a>,
    ) -> Result<Option<()>, minicbor::decode::Error> {
        match decoder.u8()? {
            field::ISSUER => self.issuer = Some(decoder.str()?),
            field::NAME => self.name = decoder.str()?,
            field::KIND => self.kind = decoder.u8()?,
            field::ALGORITHM => self.algorithm = Some(decoder.u8()?),
            field::DIGITS => self.digits = Some(decoder.u8()?),
            field::PERIOD => self.period = Some(decoder.u32()?),
            field::COUNTER => self.counter = Some(decoder.u64()?),
            field::IMAGE => self.image = Some(decoder.str()?),
            field::NOTE => self.note = Some(decoder.str()?),
            field::TAGS => {
                for _ in 0..decoder.array()?.unwrap_or_default() {
                    self.tags.push(decoder.str()?);
                }
            }
            field::GROUP => self.group = Some(decoder.str()?),
            field::PINNED => self.pinned = decoder.bool()?,
            field::POSITION => self.position = decoder.u64()?,
            field::TRASHED => self.trashed = Some(UnixTime::from_secs(decoder.u64()?)),
            field::STAMPS => self.stamps = Stamps(Cow::Borrowed(decoder.bytes()?)),
            field::SECRET => self.secret = decoder.bytes()?,
            field::PIN => self.pin = Some(decoder.str()?),
            field::RECOVERY_CODES => {
                for _ in 0..decoder.array()?.unwrap_or_default() {
                    decoder.array()?;
                    self.recovery_codes.push((decoder.str()?, decoder.bool()?));
                }
            }
            field::ICON => self.icon = Some(decoder.bytes()?),
            _ => return Ok(None),
        }
        Ok(Some(()))
    }

    /// How the codes are computed.
    pub(super) fn kind(&self) -> Option<Kind> {
        let algorithm = || ALGORITHMS.get(usize::from(self.algorithm?.checked_sub(1)?)).copied();
        let digits = || Digits::new(self.digits?).ok();
        Some(match self.kind {
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
        })
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

    pub(super) fn recovery_codes_left(&self) -> usize {
        self.recovery_codes.iter().filter(|(_, used)| !used).count()
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
            .recovery_codes
            .iter()
            .map(|&(code, used)| RecoveryCode { code: SecretString::new(code.to_owned()), used });
        Some(Stored {
            entry: Entry {
                account: self.account()?,
                pin: self.pin(),
                note: self.note.map(str::to_owned),
                tags: self.tags.iter().map(|tag| (*tag).to_owned()).collect(),
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
