//! What is kept: the encrypted vault, the keys to it, and when it locks by itself.
//!
//! The file is specified in `docs/vault-format.md`.

mod accounts;
mod approval_fields;
mod approval_record;
mod approvals;
mod beside;
mod by_row;
mod bytes;
mod cbor;
mod change;
mod claim;
mod codes;
mod connection;
mod contents;
mod database;
mod entry;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod header;
mod index;
mod item;
mod key_file;
mod keyring;
mod migrate;
mod pin;
mod pin_cost;
mod platform;
mod record;
mod recovery;
mod reopened;
mod root;
mod salvage;
mod sealed;
mod session;
mod settings;
mod slot;
mod software;
mod state_file;
mod throttle;
mod undo;
mod usage;
#[expect(clippy::module_inception, reason = "the room's central type is called as the room")]
mod vault;
mod wreck;

pub use crate::key_store::{KeyError, SecurityLevel};
pub use crate::pin::PinError;
pub use entry::{Added, CodePair, Codes, Duplicates, Edit, Entry, EntryId, RecoveryCode, Usage};
pub use error::VaultError;
pub use header::Mode;
pub use item::Item;
pub use key_file::KeyFile;
pub use pin::Pin;
pub use pin_cost::PinCost;
pub use platform::{GuardError, KeyWrapper, RollbackGuard, VaultId};
pub use recovery::{RecoveryKey, RecoveryKeyError};
pub use salvage::{Older, Salvaged};
pub use session::AutoLock;
pub use slot::SlotKind;
pub use software::SoftwareError;
pub use state_file::StateFile;

pub(crate) use approvals::{ApprovalChange, make_id};
pub(crate) use guard::{Epoch, GuardState};
pub(crate) use session::Session;
use slot::SlotId;
pub(crate) use slot::{Slot, pin_material, prf_input};
pub(crate) use throttle::{Wait, delay, wait};
pub(crate) use vault::Vault;
