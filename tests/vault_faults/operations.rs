//! Everything that a vault can be asked to write.

use std::fs;
use std::time::Duration;

use authenticator_core::vault::{AutoLock, Duplicates, Edit, Entry, PinCost, VaultError};
use authenticator_core::{Authenticator, Protection, SlotSecrets};

use crate::prepared::{accounts, full, note_recovery, open, tried, unlocked, with_pin};
use crate::support::{pin, totp};
use crate::world::{NEW_PIN, PIN, WRONG_PIN, Way, World, now};

pub(crate) type Run = fn(&mut World) -> Result<(), VaultError>;

/// What is done, in what state, and what may come of it.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Makes the vault that it begins with.
    pub(crate) prepare: fn(&mut World),
    /// Whether that is left as it is while it is open, with its log.
    pub(crate) leaves_open: bool,
    /// Brings a copy of it to where the operation begins.
    pub(crate) begin: fn(&mut World),
    pub(crate) run: Run,
    /// What opens the vault before, and after.
    pub(crate) ways: [&'static [Way]; 2],
    /// How many wrong tries of the PIN are counted before, and how many may be after.
    pub(crate) tries: (u8, &'static [u8]),
    /// The same with the right PIN, where this is a try of a wrong one.
    pub(crate) right: Option<Run>,
}

const OPEN: &[Way] = &[Way::Platform, Way::Recovery];
const OPEN_BY_PIN: &[Way] = &[Way::Platform, Way::Recovery, Way::Pin(PIN)];
const OPEN_BY_NEW: &[Way] = &[Way::Platform, Way::Recovery, Way::Pin(NEW_PIN)];

/// A change of a vault that has everything but a PIN.
const CHANGE: Operation = Operation {
    name: "",
    prepare: full,
    leaves_open: false,
    begin: unlocked,
    run: |_| Ok(()),
    ways: [OPEN, OPEN],
    tries: (0, &[0]),
    right: None,
};

const PIN_CHANGE: Operation = Operation {
    prepare: with_pin,
    ways: [OPEN_BY_PIN, OPEN_BY_PIN],
    tries: (0, &[0, 1]),
    ..CHANGE
};

/// What changes accounts.
pub(crate) const ACCOUNTS: &[Operation] = &[
    Operation { name: "add", run: |world| add(world, 1, 100), ..CHANGE },
    // More than the log holds before SQLite moves it into the file.
    Operation { name: "add_all", run: |world| add(world, 12, 30_000), ..CHANGE },
    Operation {
        name: "edit",
        run: |world| {
            let edits = vec![Edit::Name("cy".to_owned()), Edit::Icon(Some(vec![9; 9_000]))];
            world.vault().edit(world.known.ids[0], edits, now())
        },
        ..CHANGE
    },
    Operation {
        name: "move_before",
        run: |world| {
            let ids = &world.known.ids;
            world.vault().move_before(ids[2], Some(ids[0]), now())
        },
        ..CHANGE
    },
    Operation {
        name: "put_in_trash",
        run: |world| world.vault().put_in_trash(&world.known.ids[..1], now()),
        ..CHANGE
    },
    Operation {
        name: "take_from_trash",
        run: |world| world.vault().take_from_trash(&world.known.ids[3..4], now()),
        ..CHANGE
    },
    Operation {
        name: "purge",
        run: |world| world.vault().purge(&world.known.ids[3..], now()),
        ..CHANGE
    },
    Operation { name: "undo", run: |world| world.vault().undo(now()), ..CHANGE },
    Operation {
        name: "note_use",
        run: |world| world.vault().note_use(world.known.ids[2], now()),
        ..CHANGE
    },
    Operation { name: "next_hotp_code", run: World::next_code, ..CHANGE },
    Operation {
        name: "set_auto_lock",
        run: |world| {
            let limit = Some(Duration::from_secs(77));
            let limits = AutoLock { foreground: limit, ..AutoLock::default() };
            world.vault().set_auto_lock(limits, Duration::from_secs(30), now())
        },
        ..CHANGE
    },
];

/// What makes, opens, closes and repairs a file.
pub(crate) const FILES: &[Operation] = &[
    Operation {
        name: "create",
        prepare: |_| {},
        begin: |_| {},
        run: |world| {
            let vault =
                Authenticator::create(&world.folder.vault(), world.platform.clone(), now())?;
            world.vault = Some(vault);
            Ok(())
        },
        ways: [&[], &[Way::Platform]],
        ..CHANGE
    },
    Operation { name: "open", begin: |_| {}, run: open, ..CHANGE },
    Operation {
        name: "open what a crash left",
        leaves_open: true,
        begin: |_| {},
        run: open,
        ..CHANGE
    },
    Operation {
        name: "suspend",
        begin: |world| {
            unlocked(world);
            world.vault().note_use(world.known.ids[0], now()).unwrap();
        },
        run: |world| world.vault().suspend(),
        ..CHANGE
    },
    Operation {
        name: "resume",
        begin: |world| {
            unlocked(world);
            world.vault().suspend().unwrap();
        },
        run: |world| world.vault().resume(),
        ..CHANGE
    },
    Operation {
        name: "accept_rollback",
        prepare: |world| {
            full(world);
            world.vault = None;
            let older = fs::read(world.folder.vault()).unwrap();
            unlocked(world);
            world.vault().note_use(world.known.ids[0], now()).unwrap();
            world.vault = None;
            fs::write(world.folder.vault(), older).unwrap();
        },
        run: |world| world.vault().accept_rollback(now()),
        ..CHANGE
    },
    Operation {
        name: "repair",
        prepare: |world| {
            full(world);
            world.vault = None;
            let mut bytes = fs::read(world.folder.vault()).unwrap();
            // In the picture, whose row is the longest: SQLite does not notice.
            let is_long = |row: &[u8]| row.starts_with(b"AR\x01\x01") && row[34] >= 16;
            let place = bytes.windows(36).position(is_long).unwrap();
            bytes[place + 100] ^= 1;
            fs::write(world.folder.vault(), bytes).unwrap();
        },
        begin: |world| {
            world.vault = Some(world.open_damaged().unwrap());
            let _ = world.vault().unlock_with_platform(now()).unwrap();
        },
        run: |world| world.repair(),
        ways: [&[], OPEN],
        ..CHANGE
    },
    // Whatever fails, nothing is left that could be found.
    Operation { name: "wipe", run: |world| world.vault().wipe(now()), ways: [&[], &[]], ..CHANGE },
];

/// What changes keys without a PIN.
pub(crate) const KEYS: &[Operation] = &[
    Operation {
        name: "enrol_platform",
        run: |world| world.vault().enrol_platform(now()),
        ..CHANGE
    },
    Operation {
        name: "rotate",
        run: |world| {
            let recovery = world.recovery();
            let secrets = SlotSecrets { pin: None, recovery_key: recovery.as_ref() };
            world.vault().rotate(secrets, now())
        },
        ..CHANGE
    },
    Operation {
        name: "issue_recovery_key, the first",
        prepare: |world| accounts(world),
        run: issue,
        ways: [&[Way::Platform], &[Way::Platform, Way::Issued]],
        ..CHANGE
    },
    Operation {
        name: "issue_recovery_key, another",
        run: issue,
        ways: [OPEN, &[Way::Platform, Way::Issued]],
        ..CHANGE
    },
    Operation {
        name: "confirm_recovery_key",
        prepare: |world| {
            accounts(world);
            unlocked(world);
            note_recovery(world);
            world.vault = None;
        },
        run: |world| world.vault().confirm_recovery_key(&world.recovery().unwrap(), now()),
        ..CHANGE
    },
];

/// What needs a PIN, each try of which takes its time.
pub(crate) const PINS: &[Operation] = &[
    Operation {
        name: "set_pin, the first",
        run: |world| world.vault().set_pin(&pin(NEW_PIN), PinCost::FLOOR, now()),
        ways: [OPEN, OPEN_BY_NEW],
        ..CHANGE
    },
    Operation {
        name: "set_pin, another",
        prepare: |world| tried(world, 2),
        run: |world| world.vault().set_pin(&pin(NEW_PIN), PinCost::FLOOR, now()),
        ways: [OPEN_BY_PIN, OPEN_BY_NEW],
        tries: (2, &[0]),
        ..CHANGE
    },
    Operation {
        name: "rotate with the PIN",
        run: |world| {
            let recovery = world.recovery();
            let pin = pin(PIN);
            let secrets =
                SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: recovery.as_ref() };
            world.vault().rotate(secrets, now())
        },
        ..PIN_CHANGE
    },
    Operation {
        name: "protect by both",
        run: |world| protect(world, Protection::PlatformAndPin),
        ways: [OPEN_BY_PIN, &[Way::Recovery, Way::Pin(NEW_PIN)]],
        ..PIN_CHANGE
    },
    Operation {
        name: "protect without the PIN",
        run: |world| protect(world, Protection::Platform),
        ways: [OPEN_BY_PIN, OPEN],
        ..PIN_CHANGE
    },
];

/// Tries of a PIN.
pub(crate) const TRIES: &[Operation] = &[
    Operation {
        name: "a wrong PIN",
        prepare: |world| tried(world, 2),
        begin: |world| world.vault = Some(world.open().unwrap()),
        run: wrong,
        tries: (2, &[3]),
        right: Some(right),
        ..PIN_CHANGE
    },
    Operation {
        name: "the tenth wrong PIN",
        prepare: |world| tried(world, 9),
        begin: |world| world.vault = Some(world.open().unwrap()),
        run: wrong,
        ways: [OPEN, OPEN],
        tries: (9, &[10]),
        right: Some(right),
        ..PIN_CHANGE
    },
    Operation {
        name: "the right PIN",
        prepare: |world| tried(world, 2),
        begin: |world| world.vault = Some(world.open().unwrap()),
        run: right,
        // If it cannot be told that it was right, it stays counted.
        tries: (2, &[0, 3]),
        ..PIN_CHANGE
    },
];

fn wrong(world: &mut World) -> Result<(), VaultError> {
    match world.vault().unlock_with_pin(&pin(WRONG_PIN), now()) {
        Err(VaultError::WrongSecret { .. } | VaultError::SlotDestroyed) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => panic!("a wrong PIN opens it"),
    }
}

fn right(world: &mut World) -> Result<(), VaultError> {
    world.vault().unlock_with_pin(&pin(PIN), now()).map(drop)
}

fn issue(world: &mut World) -> Result<(), VaultError> {
    world.issued = Some(world.vault().issue_recovery_key(None, now())?);
    Ok(())
}

fn protect(world: &mut World, protection: Protection) -> Result<(), VaultError> {
    let recovery = world.recovery();
    let pin = pin(NEW_PIN);
    let secrets =
        SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: recovery.as_ref() };
    world.vault().protect(protection, secrets, now())
}

fn add(world: &mut World, count: u8, icon: usize) -> Result<(), VaultError> {
    let entries = (0..count).map(|number| {
        let mut entry = Entry::new(totp("New", &number.to_string(), 50 + number));
        entry.icon = Some(vec![number; icon]);
        entry
    });
    world.vault().add_all(entries.collect(), Duplicates::Refuse, now()).map(drop)
}
