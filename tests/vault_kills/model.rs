//! What a vault has to be like after what was done to it.

use std::collections::BTreeMap;

use authenticator_core::Authenticator;
use authenticator_core::otp::Kind;
use authenticator_core::vault::Item;

use crate::COUNTED;
use crate::support::moment;

/// What is known of an account: its note, its counter, whether it is in the trash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Known {
    pub(crate) note: Option<String>,
    pub(crate) counter: Option<u64>,
    pub(crate) trashed: bool,
}

/// What the vault has to be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) accounts: BTreeMap<String, Known>,
    before: Option<BTreeMap<String, Known>>,
    uses: BTreeMap<String, u32>,
    pub(crate) pin: usize,
    pub(crate) tries: u8,
}

impl Model {
    pub(crate) fn apply(&mut self, task: &str) {
        let words: Vec<&str> = task.split(' ').collect();
        let (accounts, before) = (self.accounts.clone(), self.before.take());
        match words[..] {
            ["add", name] => {
                let known = Known { note: None, counter: None, trashed: false };
                self.accounts.insert(name.to_owned(), known);
            }
            ["edit", name, note] => {
                self.accounts.get_mut(name).unwrap().note = Some(note.to_owned());
            }
            ["trash", name] => self.accounts.get_mut(name).unwrap().trashed = true,
            ["restore", name] => self.accounts.get_mut(name).unwrap().trashed = false,
            ["purge", name] => {
                self.accounts.remove(name);
                self.uses.remove(name);
                return;
            }
            ["undo"] => {
                self.accounts = before.unwrap();
                // A counter never goes back.
                let counter = accounts[COUNTED].counter;
                self.accounts.get_mut(COUNTED).unwrap().counter = counter;
            }
            _ => {
                self.before = before;
                match words[..] {
                    ["use", name] => *self.uses.entry(name.to_owned()).or_default() += 1,
                    ["wrong"] => self.tries += 1,
                    ["right" | "rotate"] => self.tries = 0,
                    ["pin", number] => (self.pin, self.tries) = (number.parse().unwrap(), 0),
                    ["code"] => {
                        let counted = self.accounts.get_mut(COUNTED).unwrap();
                        counted.counter = counted.counter.map(|counter| counter + 1);
                    }
                    _ => assert_eq!(task, "suspend"),
                }
                return;
            }
        }
        self.before = Some(accounts);
    }

    pub(crate) fn is_like(&self, vault: &Authenticator) -> bool {
        let now = moment(0);
        let all = [vault.items(now).unwrap(), vault.trash(now).unwrap()].concat();
        let shown = all.iter().map(|item| {
            let counter = match item.kind() {
                Kind::Hotp { counter, .. } => Some(counter),
                _ => None,
            };
            let note = item.note().map(str::to_owned);
            let known = Known { note, counter, trashed: item.trashed().is_some() };
            (item.name().to_owned(), known)
        });
        let uses = |item: &Item| self.uses.get(item.name()).copied().unwrap_or(0);
        shown.collect::<BTreeMap<_, _>>() == self.accounts
            && all.iter().all(|item| item.usage().count == uses(item))
            && vault.can_undo(now) == Ok(self.before.is_some())
    }
}
