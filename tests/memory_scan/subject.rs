//! The process that is looked into: it does what a case says, and stands still where the
//! other one shall search it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::{env, thread};

use authenticator_core::approval::{ApprovalPin, Proof, Refusal, RequestState, WebPushKeys};
use authenticator_core::otp::{Account, Kind};
use authenticator_core::vault::{
    Added, Duplicates, Edit, Entry, Item, KeyFile, Pin, PinCost, RecoveryKey, StateFile, VaultError,
};
use authenticator_core::{Authenticator, Platform, Secret, SecretString, SlotSecrets};

use crate::support::moment;

/// Where the vault is, and what is to be typed; only the process that is looked into is
/// told.
pub(crate) const FOLDER: &str = "AUTHENTICATOR_CORE_MEMORY_FOLDER";
/// Which case.
pub(crate) const CASE: &str = "AUTHENTICATOR_CORE_MEMORY_CASE";

/// What the process prints before it stands still.
pub(crate) const READY: &str = "ready: ";

/// Not a test, but how this program is called by itself.
#[test]
fn the_process_that_is_looked_into() {
    if let (Some(folder), Ok(case)) = (env::var_os(FOLDER), env::var(CASE)) {
        run(PathBuf::from(folder), &case);
    }
}

fn run(folder: PathBuf, case: &str) {
    let platform = Platform {
        keys: Arc::new(KeyFile::open(folder.join("key")).unwrap()),
        guard: Arc::new(StateFile::new(&folder)),
    };
    let path = folder.join("vault");
    let vault = match case {
        "created" => {
            fs::remove_file(&path).unwrap();
            on_a_thread(move || Authenticator::create(&path, platform, moment(0)).unwrap())
        }
        _ => Authenticator::open(&path, platform).unwrap(),
    };
    let vault = Arc::new(vault);
    for work in works(case) {
        let (vault, folder) = (Arc::clone(&vault), folder.clone());
        on_a_thread(move || work(&vault, &folder));
    }
    match case {
        "refused" => {}
        "approvals" => vault.lock(),
        "dropped" => {
            stand_still("used");
            drop(Arc::into_inner(vault).unwrap());
        }
        _ => {
            stand_still("used");
            vault.lock();
        }
    }
    stand_still("over");
}

/// On a thread of its own, which goes on living: what is left on its stack, nobody
/// overwrites.
fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || {
        done.send(work()).unwrap();
        loop {
            thread::park();
        }
    });
    result.recv().unwrap()
}

/// Until the other process has written a line.
fn stand_still(word: &str) {
    println!("{READY}{word}");
    io::stdin().read_exact(&mut [0]).unwrap();
}

fn read(folder: &Path, name: &str) -> SecretString {
    SecretString::new(fs::read_to_string(folder.join(name)).unwrap())
}

type Work = fn(&Authenticator, &Path);

/// A payload of Web Push is tried; a request is taken, shown, approved with the PIN, and sent.
const APPROVAL_WORKS: [Work; 4] = [
    |_, folder| {
        let kept = Secret::new(fs::read(folder.join("web-push")).unwrap());
        let keys = WebPushKeys::from_bytes(&kept).unwrap();
        // Of the right form, and sealed by nobody: what is derived is there when it is refused.
        let body = [&[0; 19][..], &[32, 65], &keys.public(), &[0; 32]].concat();
        assert_eq!(keys.open(&body), Err(Refusal::Malformed));
    },
    |vault, folder| {
        let push = read(folder, "push");
        vault.take_push(push.expose(), moment(0)).unwrap();
    },
    |vault, folder| {
        let requests = vault.requests(moment(0)).unwrap();
        let open = requests.iter().find(|request| request.state == RequestState::Open).unwrap();
        let pin = ApprovalPin::read(&read(folder, "approval-pin")).unwrap();
        let number = read(folder, "number");
        let (number, proof) = (Some(number.expose()), Proof::Pin(pin));
        stand_still("held");
        vault.approve(open.id, number, &proof, moment(0)).unwrap();
    },
    |vault, _| {
        let due = vault.exchanges(moment(0)).unwrap();
        assert_eq!(due.len(), 1);
        let credential = vault.credentials(moment(0)).unwrap().remove(0);
        vault.poll(credential.id, moment(0)).unwrap();
    },
];

/// What is done in a case, each on a thread of its own.
fn works(case: &str) -> Vec<Work> {
    let unlock: Work = match case {
        "created" => return Vec::new(),
        "refused" => {
            return vec![|vault, folder| {
                let pin = Pin::read(&read(folder, "pin")).unwrap();
                stand_still("held");
                let refused = vault.unlock_with_pin(&pin, moment(0)).unwrap_err();
                assert_eq!(refused, VaultError::WrongSecret { tries_left: Some(9) });
            }];
        }
        "pin" | "both" => |vault, folder| {
            let pin = Pin::read(&read(folder, "pin")).unwrap();
            assert_eq!(vault.unlock_with_pin(&pin, moment(0)).unwrap().rolled_back, None);
        },
        "recovery" => |vault, folder| {
            let key = RecoveryKey::parse(&read(folder, "recovery")).unwrap();
            assert_eq!(vault.unlock_with_recovery_key(&key, moment(0)).unwrap().rolled_back, None);
        },
        _ => |vault, _| {
            assert_eq!(vault.unlock_with_platform(moment(0)).unwrap().rolled_back, None);
        },
    };
    let mut works = vec![unlock];
    if case == "changed" {
        works.extend(KEY_WORKS);
    }
    if case == "approvals" {
        works.extend(APPROVAL_WORKS);
    }
    works.extend(ACCOUNT_WORKS);
    works
}

/// A new PIN, a new recovery key and a new master key.
const KEY_WORKS: [Work; 5] = [
    |vault, folder| {
        let pin = Pin::choose(&read(folder, "new-pin")).unwrap();
        vault.set_pin(&pin, PinCost::FLOOR, moment(0)).unwrap();
    },
    |vault, folder| {
        let pin = Pin::read(&read(folder, "new-pin")).unwrap();
        vault.prove_presence_with_pin(&pin, moment(0)).unwrap();
    },
    |vault, folder| {
        let pin = Pin::choose(&read(folder, "new-pin")).unwrap();
        let key = vault.issue_recovery_key(Some((&pin, PinCost::FLOOR)), moment(0)).unwrap();
        fs::write(folder.join("recovery"), key.text().expose()).unwrap();
    },
    |vault, folder| {
        let key = RecoveryKey::parse(&read(folder, "recovery")).unwrap();
        vault.confirm_recovery_key(&key, moment(0)).unwrap();
    },
    |vault, folder| {
        let pin = Pin::choose(&read(folder, "new-pin")).unwrap();
        let key = RecoveryKey::parse(&read(folder, "recovery")).unwrap();
        let pin = Some((&pin, PinCost::FLOOR));
        vault.rotate(SlotSecrets { pin, recovery_key: Some(&key) }, moment(0)).unwrap();
    },
];

/// What people do with accounts.
const ACCOUNT_WORKS: [Work; 13] = [
    |vault, _| {
        let items = vault.items(moment(0)).unwrap();
        assert_eq!(vault.search(items[0].name(), moment(0)).unwrap().len(), 1);
    },
    |vault, _| assert!(vault.codes(moment(0).wall, moment(0)).unwrap().len() > 6),
    |vault, _| {
        each(vault, |item| drop(vault.reveal(item.id(), moment(0)).unwrap()));
    },
    |vault, _| {
        each(vault, |item| {
            let entry = vault.reveal(item.id(), moment(0)).unwrap();
            assert!(!entry.account.secret_text().expose().is_empty());
        });
    },
    |vault, _| {
        each(vault, |item| {
            let entry = vault.reveal(item.id(), moment(0)).unwrap();
            assert!(!entry.account.to_uri().expose().is_empty());
        });
    },
    |vault, folder| {
        each(vault, |item| {
            let note = read(folder, "note").expose().to_owned();
            vault.edit(item.id(), vec![Edit::Note(Some(note))], moment(0)).unwrap();
        });
    },
    |vault, _| {
        each(vault, |item| {
            if matches!(item.kind(), Kind::Hotp { .. }) {
                vault.next_hotp_code(item.id(), moment(0)).unwrap();
            }
        });
    },
    |_, folder| drop(Account::from_uri(read(folder, "uri").expose()).unwrap()),
    |vault, folder| {
        let parsed = Account::from_uri(read(folder, "uri").expose()).unwrap();
        let added = vault.add(Entry::new(parsed.account), Duplicates::Refuse, moment(0));
        assert!(matches!(added, Ok(Added::New(_))));
    },
    |vault, _| {
        let ids: Vec<_> = vault.items(moment(0)).unwrap().iter().map(Item::id).collect();
        vault.put_in_trash(&ids[..2], moment(0)).unwrap();
        vault.undo(moment(0)).unwrap();
    },
    |vault, _| assert!(vault.codes(moment(0).wall, moment(0)).unwrap().len() > 7),
    |vault, _| {
        vault.suspend().unwrap();
        vault.resume().unwrap();
    },
    |vault, _| assert!(vault.verify(moment(0)).unwrap() > 7),
];

fn each(vault: &Authenticator, work: impl FnMut(&Item)) {
    vault.items(moment(0)).unwrap().iter().for_each(work);
}
