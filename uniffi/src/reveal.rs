//! What goes out with its secret, because a person asked for it and proved to be there.

use std::sync::Arc;

use authenticator_core::otp::Account;
use authenticator_core::transfer::google;
use authenticator_core::vault::Entry;

use crate::{AccountKind, Outcome, QrCode};

/// An account with its secret. It is overwritten when this goes; what its calls give is yours to
/// overwrite.
#[derive(uniffi::Object)]
pub struct RevealedAccount(pub(crate) Entry);

#[uniffi::export]
impl RevealedAccount {
    /// Who issued the secret, if that is known.
    pub fn issuer(&self) -> Option<String> {
        self.0.account.issuer().map(str::to_owned)
    }

    /// Whose account it is.
    pub fn name(&self) -> String {
        self.0.account.name().to_owned()
    }

    /// How its codes are computed.
    pub fn kind(&self) -> AccountKind {
        self.0.account.kind().into()
    }

    /// The secret as it is typed elsewhere: base32, hexadecimal for mOTP. UTF-8.
    pub fn secret(&self) -> Vec<u8> {
        self.0.account.secret_text().expose().as_bytes().to_vec()
    }

    /// The URI with the secret, for another authenticator. A PIN is no part of it. UTF-8.
    pub fn uri(&self) -> Vec<u8> {
        self.0.account.to_uri().expose().as_bytes().to_vec()
    }

    /// A QR code of the URI.
    pub fn qr_code(&self) -> Outcome<QrCode> {
        QrCode::of(self.0.account.to_uri().expose())
    }

    /// The account's own PIN, if it is kept. UTF-8.
    pub fn pin(&self) -> Option<Vec<u8>> {
        self.0.pin.as_ref().map(|pin| pin.expose().as_bytes().to_vec())
    }

    /// How many recovery codes it has.
    pub fn recovery_code_count(&self) -> u32 {
        u32::try_from(self.0.recovery_codes.len()).unwrap_or(u32::MAX)
    }

    /// The recovery code at a place counted from 0; none beyond the last. UTF-8.
    pub fn recovery_code(&self, index: u32) -> Option<Vec<u8>> {
        let code = self.0.recovery_codes.get(usize::try_from(index).ok()?)?;
        Some(code.code.expose().as_bytes().to_vec())
    }

    /// Whether the recovery code at a place was used up.
    pub fn is_recovery_code_used(&self, index: u32) -> bool {
        let place = usize::try_from(index).ok();
        place.and_then(|place| self.0.recovery_codes.get(place)).is_some_and(|code| code.used)
    }
}

/// Accounts on their way into Google Authenticator, or any app that reads its codes.
#[derive(Clone, uniffi::Record)]
pub struct MigrationExport {
    /// The codes, to be shown one after the other and scanned in any order.
    pub codes: Vec<Arc<QrCode>>,
    /// The accounts that the format cannot say. They stay behind, unchanged: tell the person.
    pub refused: Vec<RefusedExport>,
}

/// An account that a migration code cannot say.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct RefusedExport {
    /// The account.
    pub id: String,
    /// What the format has no room for.
    pub reason: ExportRefusal,
}

/// What a migration code has no room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ExportRefusal {
    /// It knows SHA-1, SHA-256 and SHA-512.
    Algorithm,
    /// It counts to 9223372036854775807.
    Counter,
    /// It knows 6 and 8 digits.
    Digits,
    /// It knows TOTP and HOTP.
    Kind,
    /// It knows 30 seconds.
    Period,
    /// Something that this version of the door has no name for.
    Other,
}

impl From<google::RefusalReason> for ExportRefusal {
    fn from(reason: google::RefusalReason) -> Self {
        match reason {
            google::RefusalReason::Algorithm => Self::Algorithm,
            google::RefusalReason::Counter => Self::Counter,
            google::RefusalReason::Digits => Self::Digits,
            google::RefusalReason::Kind => Self::Kind,
            google::RefusalReason::Period => Self::Period,
            _ => Self::Other,
        }
    }
}

/// The export of accounts, each with the id that it is known by.
pub(crate) fn export(accounts: &[(String, Account)]) -> Outcome<MigrationExport> {
    let given: Vec<Account> = accounts.iter().map(|(_, account)| account.clone()).collect();
    let google::MigrationExport { links, refused } = google::export(&given)?;
    let refused = refused.into_iter().filter_map(|refusal| {
        let (id, _) = accounts.get(refusal.index)?;
        Some(RefusedExport { id: id.clone(), reason: refusal.reason.into() })
    });
    let codes = links.iter().map(|link| Ok(Arc::new(QrCode::of(link.expose())?)));
    Ok(MigrationExport { codes: codes.collect::<Outcome<_>>()?, refused: refused.collect() })
}
