//! The table of a vault's codes, which other programs may add to while it is shown.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use authenticator_core::otp::{Code, CodeError, TimedCode};
use authenticator_core::vault::{EntryId, VaultError};
use authenticator_core::{Moment, UnixTime};

use super::arguments::Place;
use super::clock::{self, ClockFacts, Told};
use super::opened::{Opened, now};
use super::place::Paths;
use crate::refusal::Refusal;
use crate::rows::{self, Entry, Row, Shown, Source};

/// The present code and the next.
type Codes = HashMap<EntryId, Result<(TimedCode, Option<Code>), CodeError>>;

/// The accounts of a vault as rows. Its file is closed but while it is read anew.
pub(super) struct VaultRows {
    opened: Opened,
    path: PathBuf,
    rows: Vec<Row>,
    /// The file as it was when it was last read.
    read: Option<Stamp>,
    /// How long a vault with a PIN stays open while nobody looks: the machine was asleep.
    longest: Option<Duration>,
    /// When somebody last looked.
    looked: Moment,
    /// What a server says of the time.
    told: Told,
    /// The shortest time for which a code is shown.
    shortest: Duration,
}

/// What is different of a file that somebody wrote to.
#[derive(Eq, PartialEq)]
struct Stamp {
    written: Option<SystemTime>,
    length: u64,
}

impl VaultRows {
    pub(super) fn open(place: &Place, told: Told) -> Result<Self, Refusal> {
        let path = Paths::of(place)?.vault;
        let opened = Opened::open(place)?;
        told.teach(&opened.vault)?;
        let looked = now()?;
        let longest = opened.vault.auto_lock(looked)?.foreground;
        let longest = longest.filter(|_| opened.pin().is_some());
        let (rows, read, shortest) = (Vec::new(), None, clock::shortest([]));
        let mut rows = Self { opened, path, rows, read, longest, looked, told, shortest };
        rows.refresh()?;
        Ok(rows)
    }

    /// Ends where nobody has looked for too long: the PIN has to be asked for again.
    fn look(&mut self) -> Result<(), Refusal> {
        let before = std::mem::replace(&mut self.looked, now()?);
        let Some(longest) = self.longest else { return Ok(()) };
        match self.looked.elapsed_since(&before) {
            Some(idle) if idle < longest => Ok(()),
            _ => Err(VaultError::Locked.into()),
        }
    }

    /// Reads the accounts anew if somebody has changed the file.
    fn refresh(&mut self) -> Result<(), Refusal> {
        // Before it is read: what is written meanwhile is noticed the next time.
        let stamp = fs::metadata(&self.path)
            .ok()
            .map(|file| Stamp { written: file.modified().ok(), length: file.len() });
        if stamp.is_some() && stamp == self.read {
            return Ok(());
        }
        self.read = None;
        let vault = &self.opened.vault;
        self.opened.resume()?;
        // Another program may have rotated the master key.
        if !vault.is_unlocked(now()?) {
            self.opened.renew()?;
        }
        let items = vault.items(now()?)?;
        // The secrets are read here too, once.
        vault.codes(now()?.wall, now()?)?;
        self.opened.suspend()?;
        self.shortest = clock::shortest(items.iter().filter_map(|item| item.kind().period()));
        self.rows = items
            .into_iter()
            .map(|item| Row {
                place: rows::Place::Vault(Some(item.id())),
                entry: Ok(Entry {
                    issuer: item.issuer().map(str::to_owned),
                    name: item.name().to_owned(),
                    warnings: Vec::new(),
                }),
            })
            .collect();
        self.read = stamp;
        Ok(())
    }

    /// The codes at `time`, with those that come after.
    fn codes(&self, time: UnixTime) -> Result<Codes, Refusal> {
        let vault = &self.opened.vault;
        let present = vault.codes(time, now()?)?;
        let end =
            |code: &TimedCode| code.valid_from.as_secs().checked_add(code.period.as_secs().into());
        let ends: BTreeSet<u64> =
            present.iter().filter_map(|(_, code)| end(code.as_ref().ok()?)).collect();
        let mut after = HashMap::new();
        for end in ends {
            for (id, code) in vault.codes(UnixTime::from_secs(end), now()?)? {
                if let Ok(code) = code {
                    after.insert((id, end), code.code);
                }
            }
        }
        let both = |id, code: TimedCode| {
            let next = end(&code).and_then(|end| after.get(&(id, end)).copied());
            (code, next)
        };
        Ok(present.into_iter().map(|(id, code)| (id, code.map(|code| both(id, code)))).collect())
    }
}

impl Source for VaultRows {
    fn time(&self) -> Result<UnixTime, Refusal> {
        self.told.time(&self.opened.vault, now()?)
    }

    fn clock(&self) -> Option<ClockFacts> {
        self.told.facts(&self.opened.vault, self.shortest, now().ok()?)
    }

    fn guard_is_unavailable(&self) -> bool {
        self.opened.guard_is_unavailable()
    }

    /// What is wrong with the vault stands where its accounts did, and is tried again.
    fn at(&mut self, time: UnixTime) -> Result<Vec<Shown<'_>>, Refusal> {
        self.look()?;
        let codes = self.refresh().and_then(|()| self.codes(time)).unwrap_or_else(|refusal| {
            self.rows = vec![Row { place: rows::Place::Vault(None), entry: Err(refusal) }];
            self.read = None;
            // Whoever may mend it has to get at it.
            let _ = self.opened.suspend();
            Codes::new()
        });
        let shown = self.rows.iter().map(|row| {
            let codes = match row.place {
                rows::Place::Vault(Some(id)) => codes.get(&id).copied(),
                _ => None,
            };
            Shown { row, codes }
        });
        Ok(shown.collect())
    }
}
