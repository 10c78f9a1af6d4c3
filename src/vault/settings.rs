//! What a person set for the whole vault.

use std::time::Duration;

use zeroize::Zeroizing;

use super::cbor::{Map, Reader, RecordKind};
use super::slot::SlotId;
use super::{AutoLock, Session};

/// Less would be over before anything could be done about it.
const LEAST: Duration = Duration::from_secs(1);

/// The settings of a vault, sealed like everything else in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Settings {
    pub(super) auto_lock: AutoLock,
    /// For how long a proof of presence is good.
    pub(super) presence: Duration,
    /// The recovery slot whose key the person confirmed to have written down.
    pub(super) confirmed_recovery: Option<SlotId>,
    /// The words with which the person did without a recovery key.
    pub(super) waiver: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auto_lock: AutoLock::default(),
            presence: Session::PRESENCE_WINDOW,
            confirmed_recovery: None,
            waiver: None,
        }
    }
}

impl Settings {
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let words = self.waiver.as_ref().map_or(0, String::len);
        let mut item = Map::new(RecordKind::Settings, 128 + words);
        item.number(1, self.auto_lock.foreground.map(|limit| limit.as_secs()));
        item.number(2, self.auto_lock.background.map(|limit| limit.as_secs()));
        item.number(3, Some(self.presence.as_secs()));
        item.bytes(4, self.confirmed_recovery.as_ref().map(|id| &id[..]));
        item.text(5, self.waiver.as_deref());
        item.finish()
    }

    /// Reads what follows key 0, every key once and ascending; `None` if it is no settings.
    pub(super) fn read(mut reader: Reader<'_>, pairs: u64) -> Option<Self> {
        let mut settings = Self {
            auto_lock: AutoLock { foreground: None, background: None },
            presence: Duration::ZERO,
            confirmed_recovery: None,
            waiver: None,
        };
        let mut last = 0;
        for _ in 0..pairs {
            let key = reader.number()?;
            (key > last).then_some(())?;
            last = key;
            match key {
                1 => settings.auto_lock.foreground = Some(seconds(&mut reader)?.max(LEAST)),
                2 => settings.auto_lock.background = Some(seconds(&mut reader)?),
                3 => settings.presence = seconds(&mut reader)?.max(LEAST),
                4 => settings.confirmed_recovery = Some(reader.bytes()?.try_into().ok()?),
                5 => settings.waiver = Some(reader.text()?.to_owned()),
                _ => return None,
            }
        }
        // Without one, nobody would ever count as present.
        (settings.presence > Duration::ZERO).then_some(settings)
    }
}

fn seconds(reader: &mut Reader<'_>) -> Option<Duration> {
    reader.number().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[[u8; 2]]) -> Option<Settings> {
        let count = u64::try_from(pairs.len()).unwrap();
        Settings::read(Reader::new(&pairs.concat()), count)
    }

    #[test]
    fn every_key_stands_once_and_in_its_place() {
        let (foreground, background, presence) = ([1, 9], [2, 9], [3, 9]);

        assert!(read(&[presence]).is_some());
        assert!(read(&[foreground, background, presence]).is_some());
        assert_eq!(read(&[background, foreground, presence]), None);
        assert_eq!(read(&[presence, presence]), None);
        assert_eq!(read(&[[0, 2], presence]), None, "the type once more");
        assert_eq!(read(&[presence, [6, 9]]), None, "a key that does not exist");
    }

    #[test]
    fn a_vault_in_which_nobody_is_ever_present_is_none() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[[1, 9]]), None);
        // Less than a second is a second.
        let least = read(&[[3, 0]]).unwrap();
        assert_eq!(least.presence, Duration::from_secs(1));
    }
}
