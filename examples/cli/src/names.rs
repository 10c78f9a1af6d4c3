//! How kinds, warnings and errors are called outside: the names in `--json`, the
//! sentences for people, and the data that belongs to them.
//!
//! The names are a promise; `README.md` lists them, and a test holds that list to
//! the core's source. The core may get variants that this file does not know yet:
//! they show as [`UNKNOWN`], with the core's own sentence where it has one.

use std::borrow::Cow;

use authenticator_core::ClockError;
use authenticator_core::otp::{AccountError, App, CodeError, Kind, Warning};
use authenticator_core::transfer::qr::QrError;
use authenticator_core::vault::{
    GuardError, KeyError, PinError, RecoveryKeyError, SoftwareError, VaultError,
};

/// The name of what has none here yet.
pub(crate) const UNKNOWN: &str = "unknown";

/// The name of a kind of account.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Hotp { .. } => "hotp",
        Kind::Motp => "motp",
        Kind::Steam => "steam",
        Kind::Totp { .. } => "totp",
        Kind::Yandex => "yandex",
        _ => UNKNOWN,
    }
}

/// The name of an error of an account.
pub(crate) fn account_error(error: AccountError) -> &'static str {
    match error {
        AccountError::ConflictingParameter(_) => "conflicting_parameter",
        AccountError::InvalidCounter => "invalid_counter",
        AccountError::InvalidSecret => "invalid_secret",
        AccountError::MissingSecret => "missing_secret",
        AccountError::NotOtpauth => "not_otpauth",
        AccountError::OtherApp { .. } => "other_app",
        AccountError::TooLong => "too_long",
        AccountError::UnsupportedAlgorithm => "unsupported_algorithm",
        AccountError::UnsupportedDigits => "unsupported_digits",
        AccountError::UnsupportedEncoder => "unsupported_encoder",
        AccountError::UnsupportedKind => "unsupported_kind",
        AccountError::UnsupportedPeriod => "unsupported_period",
        _ => UNKNOWN,
    }
}

/// The name of another app.
pub(crate) fn app(app: App) -> &'static str {
    match app {
        App::Duo => "duo",
        App::GoogleMigration => "google_migration",
        App::MicrosoftAuthenticator => "microsoft_authenticator",
        App::OktaVerify => "okta_verify",
        _ => UNKNOWN,
    }
}

/// The name of a reason to give no code.
pub(crate) fn code_error(error: CodeError) -> &'static str {
    match error {
        CodeError::CounterBased => "counter_based",
        CodeError::PinRequired => "pin_required",
        CodeError::Unreadable => "unreadable",
        _ => UNKNOWN,
    }
}

/// The name of an error of a picture or a QR code.
pub(crate) fn qr_error(error: QrError) -> &'static str {
    match error {
        QrError::Damaged => "damaged",
        QrError::NotText => "not_text",
        QrError::SizeMismatch => "size_mismatch",
        QrError::TooLarge => "too_large",
        QrError::TooLong => "too_long",
        QrError::TooSmall => "too_small",
        _ => UNKNOWN,
    }
}

/// The name of an error of a vault.
pub(crate) fn vault_error(error: VaultError) -> &'static str {
    match error {
        VaultError::AlreadyExists => "already_exists",
        VaultError::AlreadyOpen => "already_open",
        VaultError::Busy => "busy",
        VaultError::Code(error) => code_error(error),
        VaultError::Damaged => "damaged",
        VaultError::EntryNotFound => "entry_not_found",
        VaultError::Guard(error) => guard_error(error),
        VaultError::GuardMissing => "guard_missing",
        VaultError::InUse => "in_use",
        VaultError::Key(error) => key_error(error),
        VaultError::KeyMismatch => "key_mismatch",
        VaultError::Locked => "locked",
        VaultError::NewerVersion { .. } => "newer_version",
        VaultError::NoRandomness => "no_randomness",
        VaultError::NotAVault => "not_a_vault",
        VaultError::NotCounted => "not_counted",
        VaultError::NotFound => "not_found",
        VaultError::NothingToRepair => "nothing_to_repair",
        VaultError::NotInTrash => "not_in_trash",
        VaultError::NothingToUndo => "nothing_to_undo",
        VaultError::OutOfMemory { .. } => "out_of_memory",
        VaultError::PinThrottled { .. } => "pin_throttled",
        VaultError::PresenceNeeded => "presence_needed",
        VaultError::RecoveryNeeded => "recovery_needed",
        VaultError::RolledBack { .. } => "rolled_back",
        VaultError::SlotDestroyed => "slot_destroyed",
        VaultError::SlotMissing => "slot_missing",
        VaultError::Storage => "storage",
        VaultError::StorageFull => "storage_full",
        VaultError::StorageLocked => "storage_locked",
        VaultError::Suspended => "suspended",
        VaultError::TooLarge => "too_large",
        VaultError::UnsafeParameters => "unsafe_parameters",
        VaultError::WrongSecret { .. } => "wrong_secret",
        _ => UNKNOWN,
    }
}

/// The name of an error of the key that a vault opens by.
pub(crate) fn key_error(error: KeyError) -> &'static str {
    match error {
        KeyError::Cancelled => "key_cancelled",
        KeyError::Invalidated => "key_invalidated",
        KeyError::LockedOut => "key_locked_out",
        KeyError::NotEnrolled => "key_not_enrolled",
        KeyError::Unavailable => "key_unavailable",
        _ => UNKNOWN,
    }
}

/// The name of an error of the memory outside a vault.
pub(crate) fn guard_error(error: GuardError) -> &'static str {
    match error {
        GuardError::Unavailable => "guard_unavailable",
        _ => UNKNOWN,
    }
}

/// The name of an error of what a server says of the time.
pub(crate) fn clock_error(error: ClockError) -> &'static str {
    match error {
        ClockError::OutOfBounds => "clock_out_of_bounds",
        ClockError::TooSlow => "clock_too_slow",
        ClockError::Unordered => "clock_unordered",
        _ => UNKNOWN,
    }
}

/// The name of an error of a key file.
pub(crate) fn software_error(error: SoftwareError) -> &'static str {
    match error {
        SoftwareError::Damaged => "key_file_damaged",
        SoftwareError::Exposed => "key_file_exposed",
        SoftwareError::Io(_) => "key_file_io",
        SoftwareError::NoRandomness => "key_file_no_randomness",
        _ => UNKNOWN,
    }
}

/// The name of an error of a vault's PIN.
pub(crate) fn pin_error(error: PinError) -> &'static str {
    match error {
        PinError::Empty => "pin_empty",
        PinError::TooCommon => "pin_too_common",
        PinError::TooLong => "pin_too_long",
        PinError::TooShort => "pin_too_short",
        _ => UNKNOWN,
    }
}

/// The name of an error of a recovery key.
pub(crate) fn recovery_key_error(error: RecoveryKeyError) -> &'static str {
    match error {
        RecoveryKeyError::Mistyped => "recovery_key_mistyped",
        RecoveryKeyError::UnknownCharacter { .. } => "recovery_key_unknown_character",
        RecoveryKeyError::WrongLength { .. } => "recovery_key_wrong_length",
        _ => UNKNOWN,
    }
}

/// The name of a warning.
pub(crate) fn warning(warning: &Warning) -> &'static str {
    match warning {
        Warning::AmbiguousSteam => "ambiguous_steam",
        Warning::DefaultedParameter(_) => "defaulted_parameter",
        Warning::HtmlEscapedQuery => "html_escaped_query",
        Warning::IgnoredParameter(_) => "ignored_parameter",
        Warning::InferredSteam => "inferred_steam",
        Warning::IssuerMismatch => "issuer_mismatch",
        Warning::MisleadingCharacters => "misleading_characters",
        Warning::MissingLabel => "missing_label",
        Warning::NonCanonicalSecret => "non_canonical_secret",
        Warning::ShortSecret => "short_secret",
        Warning::UndecodableText => "undecodable_text",
        Warning::UnescapedHash => "unescaped_hash",
        Warning::UnescapedQuestionMark => "unescaped_question_mark",
        Warning::UnusualNumber(_) => "unusual_number",
        Warning::UnusualPeriod => "unusual_period",
        _ => UNKNOWN,
    }
}

/// A warning in plain words.
pub(crate) fn warning_sentence(warning: &Warning) -> Cow<'static, str> {
    Cow::Borrowed(match warning {
        Warning::AmbiguousSteam => {
            "the issuer is Steam but the parameters are not: ordinary codes are given"
        }
        Warning::DefaultedParameter(parameter) => {
            return format!("`{parameter}` is missing or empty and has its usual value").into();
        }
        Warning::HtmlEscapedQuery => "the URI is escaped for HTML (`&amp;`)",
        Warning::IgnoredParameter(name) => {
            return format!("the parameter `{name}` has no meaning here and was left out").into();
        }
        Warning::InferredSteam => "the issuer is Steam: Steam's codes are given",
        Warning::IssuerMismatch => {
            "label and parameter name different issuers: the parameter's is taken"
        }
        Warning::MisleadingCharacters => "characters that could mislead were taken out of a name",
        Warning::MissingLabel => "the account has no name",
        Warning::NonCanonicalSecret => "the secret may lack a character at its end",
        Warning::ShortSecret => "the secret is shorter than the 128 bits that are safe",
        Warning::UndecodableText => "a name is not UTF-8 text; the rest of it is shown",
        Warning::UnescapedHash => "a `#` is not escaped; other apps may read less",
        Warning::UnescapedQuestionMark => {
            "a second `?` is not escaped: a parameter behind it would be overlooked"
        }
        Warning::UnusualNumber(parameter) => {
            return format!("`{parameter}` is a number written in an unusual way").into();
        }
        Warning::UnusualPeriod => "the period is shorter than 10 or longer than 300 seconds",
        _ => "something about this account is doubtful",
    })
}

/// The name of an account's hash.
pub(crate) fn algorithm(kind: Kind) -> &'static str {
    match kind {
        Kind::Hotp { algorithm, .. } | Kind::Totp { algorithm, .. } => algorithm.name(),
        Kind::Motp => "MD5",
        Kind::Steam => "SHA1",
        Kind::Yandex => "SHA256",
        _ => UNKNOWN,
    }
}
