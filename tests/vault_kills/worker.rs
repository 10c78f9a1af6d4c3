//! The second process, which works until it is killed.

use std::path::Path;
use std::sync::Arc;

use authenticator_core::vault::{
    Duplicates, Edit, Entry, Item, KeyFile, PinCost, RecoveryKey, StateFile, VaultError,
};
use authenticator_core::{Authenticator, Platform, SlotSecrets};

use crate::support::{moment, pin, totp};
use crate::{COUNTED, Chance, MARK, PINS, WRONG_PIN, recovery_key};

/// Works as it is told, for ever.
pub(crate) fn second_process(told: &str) {
    let mut words = told.splitn(4, ' ');
    let mut word = || words.next().unwrap();
    let (seed, pin, recovery): (u64, usize, _) =
        (word().parse().unwrap(), word().parse().unwrap(), recovery_key(word()));
    let folder = Path::new(word()).parent().unwrap().to_owned();
    let platform = Platform {
        keys: Arc::new(KeyFile::open(folder.join("key")).unwrap()),
        guard: Arc::new(StateFile::new(&folder)),
    };
    let vault = Authenticator::open(&folder.join("vault"), platform).unwrap();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    Worker { vault, chance: Chance(seed), pin, tries: 0, recovery }.work(seed);
}

struct Worker {
    vault: Authenticator,
    chance: Chance,
    pin: usize,
    tries: u8,
    recovery: RecoveryKey,
}

impl Worker {
    fn work(mut self, seed: u64) {
        println!("{MARK}ready");
        for number in seed * 100_000.. {
            let task = self.choose(number);
            println!("{MARK}> {task}");
            let said = self.run(&task).unwrap_or_else(|error| panic!("{task}: {error:?}"));
            println!("{MARK}< {said}");
        }
    }

    /// One of those accounts of which one less is no harm.
    fn one_of(&mut self, items: &[Item]) -> Option<String> {
        let names: Vec<&str> =
            items.iter().map(|item| item.name()).filter(|name| *name != COUNTED).collect();
        (!names.is_empty()).then(|| names[self.chance.below(names.len())].to_owned())
    }

    fn choose(&mut self, number: u64) -> String {
        let now = moment(0);
        let (items, trash) = (self.vault.items(now).unwrap(), self.vault.trash(now).unwrap());
        let (one, trashed) = (self.one_of(&items), self.one_of(&trash));
        // Few enough accounts that each change stays quick.
        match (&trashed, &one) {
            (Some(name), _) if items.len() > 12 => return format!("purge {name}"),
            (None, Some(name)) if items.len() > 12 => return format!("trash {name}"),
            _ => {}
        }
        match (self.chance.below(24), one, trashed) {
            (0..4, ..) => format!("add {number}"),
            (4..7, Some(name), _) => format!("edit {name} {number}"),
            (7, ..) => format!("edit {COUNTED} {number}"),
            (8, Some(name), _) => format!("trash {name}"),
            (9, _, Some(name)) => format!("restore {name}"),
            (10, _, Some(name)) => format!("purge {name}"),
            (11..13, Some(name), _) => format!("use {name}"),
            (13..15, ..) if self.vault.can_undo(now).unwrap() => "undo".to_owned(),
            (15..17, ..) => "suspend".to_owned(),
            // The tenth would destroy the slot; from the fifth on, the person may have to wait.
            (17, ..) if self.tries < 3 => "wrong".to_owned(),
            (18, ..) => "right".to_owned(),
            (19, ..) => format!("pin {}", self.chance.below(PINS.len())),
            (20, ..) => "rotate".to_owned(),
            _ => "code".to_owned(),
        }
    }

    fn run(&mut self, task: &str) -> Result<String, VaultError> {
        let (vault, now) = (&self.vault, moment(0));
        let words: Vec<&str> = task.split(' ').collect();
        let id = |name: &str| {
            let all = [vault.items(now).unwrap(), vault.trash(now).unwrap()].concat();
            all.iter().find(|item| item.name() == name).unwrap().id()
        };
        let current = pin(PINS[self.pin]);
        match words[..] {
            ["add", name] => {
                let entry = Entry::new(totp("", name, 1));
                vault.add(entry, Duplicates::Keep, now).map(drop)?;
            }
            ["edit", name, note] => {
                vault.edit(id(name), vec![Edit::Note(Some(note.to_owned()))], now)?;
            }
            ["trash", name] => vault.put_in_trash(&[id(name)], now)?,
            ["restore", name] => vault.take_from_trash(&[id(name)], now)?,
            ["purge", name] => vault.purge(&[id(name)], now)?,
            ["use", name] => vault.note_use(id(name), now)?,
            ["undo"] => vault.undo(now)?,
            ["suspend"] => vault.suspend().and_then(|()| vault.resume())?,
            ["wrong"] => {
                let wrong = vault.prove_presence_with_pin(&pin(WRONG_PIN), now);
                assert!(matches!(wrong, Err(VaultError::WrongSecret { .. })), "{wrong:?}");
                self.tries += 1;
            }
            ["right"] => {
                vault.prove_presence_with_pin(&current, now)?;
                self.tries = 0;
            }
            ["pin", number] => {
                let number = number.parse().unwrap();
                vault.set_pin(&pin(PINS[number]), PinCost::FLOOR, now)?;
                (self.pin, self.tries) = (number, 0);
            }
            ["rotate"] => {
                let secrets = SlotSecrets {
                    pin: Some((&current, PinCost::FLOOR)),
                    recovery_key: Some(&self.recovery),
                };
                vault.rotate(secrets, now)?;
                self.tries = 0;
            }
            ["code"] => {
                return Ok(vault.next_hotp_code(id(COUNTED), now)?.as_str().to_owned());
            }
            _ => panic!("{task}"),
        }
        Ok(String::new())
    }
}
