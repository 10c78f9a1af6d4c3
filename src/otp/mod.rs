//! ROOM 1: the codes a person types.
//!
//! An [`Account`] is what is kept: who it is for, its shared secret and its
//! parameters, all checked once. A [`Generator`] is what computes: the account's
//! key, absorbed, ready to give a [`Code`] in two compressions. [`CodeList`] does
//! that for a whole screen.
//!
//! HOTP ([RFC 4226]), TOTP ([RFC 6238]), Steam Guard, mOTP and Yandex Key.
//! Text comes in through [`Account::from_uri`] and [`Account::from_typed_secret`]
//! and is never silently wrong: the answer is an account, an account with
//! [`Warning`]s, or an [`AccountError`].
//!
//! [RFC 4226]: https://www.rfc-editor.org/rfc/rfc4226
//! [RFC 6238]: https://www.rfc-editor.org/rfc/rfc6238

mod account;
mod base32;
mod code;
mod error;
mod generator;
mod hotp;
mod label;
mod motp;
mod parameters;
mod query;
mod steam;
mod totp;
mod uri;
mod warning;
mod write;
mod yandex;

pub use self::account::{Account, Kind, Parsed};
pub use self::code::Code;
pub use self::error::{AccountError, App};
pub use self::generator::{CodeError, CodeList, Generator};
pub use self::hotp::Hotp;
#[cfg(feature = "transfer")]
pub(crate) use self::label::split as split_label;
pub use self::parameters::{Digits, Parameter, Period};
#[cfg(feature = "transfer")]
pub(crate) use self::query::unescape;
pub use self::totp::{TimedCode, Totp, Window};
pub use self::warning::Warning;
pub use crate::crypto::hmac::Algorithm;
