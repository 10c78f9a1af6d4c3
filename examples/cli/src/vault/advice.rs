//! What is said about an error of the vault, and what to do next.

use std::borrow::Cow;

use authenticator_core::vault::{
    GuardError, KeyError, PinError, RecoveryKeyError, SoftwareError, VaultError,
};

use crate::names;
use crate::refusal::{self, Refusal};

impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Self {
        let refusal = Self::new(names::vault_error(error), sentence(error));
        match error {
            VaultError::WrongSecret { tries_left: Some(left) } => refusal.with_tries_left(left),
            VaultError::PinThrottled { wait } => refusal.with_wait(wait),
            VaultError::RolledBack { missing } => refusal.with_missing(missing),
            _ => refusal,
        }
    }
}

impl From<PinError> for Refusal {
    fn from(error: PinError) -> Self {
        Self::new(names::pin_error(error), error.to_string())
    }
}

impl From<RecoveryKeyError> for Refusal {
    fn from(error: RecoveryKeyError) -> Self {
        Self::new(names::recovery_key_error(error), error.to_string())
    }
}

/// The key file is the only one that this program opens by itself.
impl From<SoftwareError> for Refusal {
    fn from(error: SoftwareError) -> Self {
        let said = match error {
            SoftwareError::Damaged => Cow::Borrowed(
                "the key file is damaged: put a copy of it back, or move it away and use \
                 `authenticator recovery use`",
            ),
            SoftwareError::Exposed => Cow::Borrowed(
                "other users can read the key file: if nobody has, close it with `chmod 600`; \
                 otherwise `authenticator rotate` afterwards",
            ),
            SoftwareError::Io(std::io::ErrorKind::NotFound) => Cow::Borrowed(
                "there is no key file beside the vault: put it back, or use \
                 `authenticator recovery use`",
            ),
            SoftwareError::Io(kind) => {
                format!("the key file is not usable: {}", crate::file::reason(&kind.into())).into()
            }
            error => error.to_string().into(),
        };
        Self::new(names::software_error(error), said)
    }
}

/// An error in plain words, with what to do next.
fn sentence(error: VaultError) -> Cow<'static, str> {
    Cow::Borrowed(match error {
        VaultError::AlreadyExists => {
            "there is a vault already, which was left alone; `--vault PATH` makes another"
        }
        VaultError::Code(error) => return error.to_string().into(),
        VaultError::Damaged => {
            "the vault is damaged, or was altered; nothing was changed. `authenticator salvage` \
             shows what is left of it, and `authenticator repair` makes a vault of that"
        }
        VaultError::EntryNotFound => {
            "there is no such account in the vault; `authenticator list` shows all"
        }
        VaultError::Guard(error) => return guard(error),
        VaultError::GuardMissing => {
            "the state folder knows nothing of this vault, so that its PIN opens nothing: use \
             `authenticator recovery use`"
        }
        VaultError::InUse => "another program has the vault open: end it, or try again",
        VaultError::Key(error) => return key(error),
        VaultError::KeyMismatch => {
            "the key file is another vault's: put the right one back, or use \
             `authenticator recovery use`"
        }
        VaultError::NewerVersion { .. } => {
            "a newer version of this program wrote the vault, which was left alone: use that one"
        }
        VaultError::NotAVault => {
            "the file is something else than a vault, and was left alone; if it was one, \
             `authenticator salvage` shows what is left of it"
        }
        VaultError::NotCounted => "the codes of this account do not go by a counter",
        VaultError::NotFound => "there is no vault here; `authenticator init` makes one",
        VaultError::NothingToRepair => "the vault is whole: there is nothing to repair",
        VaultError::NotInTrash => {
            "one of them is not in the trash, or was taken out of it meanwhile: nothing was destroyed"
        }
        VaultError::NothingToUndo => "there is nothing to undo",
        VaultError::PinThrottled { wait } => {
            let seconds = refusal::whole_seconds(wait);
            return format!("too many wrong PINs: the next can be tried in {seconds} seconds")
                .into();
        }
        VaultError::PresenceNeeded | VaultError::Locked => {
            "that took too long and the vault was locked: try again"
        }
        VaultError::RolledBack { .. } => {
            "an older copy of the vault was put back, and is not written to until \
             `authenticator verify --accept-rollback`"
        }
        VaultError::RecoveryNeeded => {
            "a forgotten PIN would lose everything: make a recovery key with `authenticator \
             recovery new` first, or do without with `--no-recovery`"
        }
        VaultError::SlotDestroyed => {
            "the PIN was destroyed after too many wrong tries: use `authenticator recovery use`"
        }
        VaultError::SlotMissing => "the vault has no such PIN or key",
        VaultError::Storage => "the system failed to write; nothing was changed",
        VaultError::StorageFull => "no space is left; nothing was changed",
        VaultError::StorageLocked => "the vault's file cannot be reached: permission denied",
        VaultError::TooLarge => {
            "that is more than fits: a note has 4096 bytes, a label or a recovery code 128, an \
             account 32 labels and 64 recovery codes, a vault 20000 accounts"
        }
        VaultError::UnsafeParameters => {
            "somebody altered what the PIN is checked with; no try was counted. Put a copy of \
             the vault back, or use `authenticator recovery use`"
        }
        VaultError::WrongSecret { tries_left: Some(1) } => {
            "wrong PIN; one try is left, then only the recovery key opens the vault"
        }
        VaultError::WrongSecret { tries_left: Some(left) } => {
            return format!("wrong PIN; {left} tries are left").into();
        }
        VaultError::WrongSecret { tries_left: None } => {
            "this is not the vault's recovery key: it is another's, or was replaced"
        }
        error => return error.to_string().into(),
    })
}

fn guard(error: GuardError) -> Cow<'static, str> {
    match error {
        GuardError::Unavailable => {
            "the state folder beside the vault cannot be read or written; nothing was tried \
             or changed. Look at its permissions"
                .into()
        }
        error => error.to_string().into(),
    }
}

fn key(error: KeyError) -> Cow<'static, str> {
    match error {
        KeyError::Invalidated => {
            "the key file is damaged or another vault's: put the right one back, or use \
             `authenticator recovery use`"
                .into()
        }
        KeyError::Unavailable => "the key file cannot be read".into(),
        error => error.to_string().into(),
    }
}
