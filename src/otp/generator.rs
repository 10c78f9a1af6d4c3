//! What computes codes: one account's, or a whole list's at one moment.

use super::totp::Step;
use super::{Account, Hotp, Period, TimedCode, Totp};
use crate::{SecretString, UnixTime};

/// An account's absorbed key: as secret as the account, and wiped when dropped.
#[derive(Clone, Debug)]
pub enum Generator {
    /// Gives a code for a value of a counter.
    Hotp(Hotp),
    /// Gives a code for a moment.
    Totp(Totp),
}

/// Why an account has no code at a moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// The codes go by a counter: ask for the next one when it is needed.
    #[error("the codes of this account go by a counter, not by the time")]
    CounterBased,
    /// Ask the person for the account's PIN.
    #[error("the codes of this account need its PIN")]
    PinRequired,
    /// The account cannot be read from the vault now.
    #[error("this account cannot be read now")]
    Unreadable,
}

/// The absorbed keys of a list of accounts, for its codes at one moment.
///
/// Each account answers for itself: one without a code does not keep the others
/// from theirs, and the answers stand in the order of the accounts.
///
/// # Examples
///
/// ```
/// use authenticator_core::UnixTime;
/// use authenticator_core::otp::{Account, CodeError, CodeList};
///
/// let accounts = [
///     "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex",
///     "otpauth://hotp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex&counter=7",
/// ]
/// .map(|uri| Account::from_uri(uri).map(|parsed| parsed.account));
/// let list: CodeList = accounts.iter().flatten().map(|account| (account, None)).collect();
///
/// let shown: Vec<_> = list.codes_at(UnixTime::from_secs(1_741_011_292)).collect();
/// assert_eq!(shown[0].as_ref().map(|timed| timed.code.as_str().to_owned()), Ok("839825".to_owned()));
/// assert_eq!(shown[1].as_ref().unwrap_err(), &CodeError::CounterBased);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CodeList {
    rows: Vec<Result<Generator, CodeError>>,
}

impl CodeList {
    /// The code of each account at `time`. Nothing is allocated.
    pub fn codes_at(
        &self,
        time: UnixTime,
    ) -> impl ExactSizeIterator<Item = Result<TimedCode, CodeError>> + '_ {
        // Accounts of one period share the step: it is divided out once for a run of them.
        let mut last: Option<(Period, Step)> = None;
        self.totps().map(move |totp| {
            let totp = totp?;
            let step = match last {
                Some((period, step)) if period == totp.period() => step,
                _ => Step::at(time, totp.period()),
            };
            last = Some((totp.period(), step));
            Ok(totp.timed(step))
        })
    }

    /// The code of each account that follows the one of `time`: to be shown beside
    /// it, or ahead. `None` only at the end of what [`UnixTime`] can count. Nothing is
    /// allocated.
    pub fn next_codes_at(
        &self,
        time: UnixTime,
    ) -> impl ExactSizeIterator<Item = Result<Option<TimedCode>, CodeError>> + '_ {
        self.totps().map(move |totp| Ok(totp?.next_code_at(time)))
    }

    fn totps(&self) -> impl ExactSizeIterator<Item = Result<&Totp, CodeError>> {
        self.rows.iter().map(|row| match row {
            Ok(Generator::Totp(totp)) => Ok(totp),
            Ok(Generator::Hotp(_)) => Err(CodeError::CounterBased),
            Err(error) => Err(*error),
        })
    }
}

impl<'a> FromIterator<(&'a Account, Option<&'a SecretString>)> for CodeList {
    /// Absorbs the key of each account, with its PIN where it has one.
    fn from_iter<I>(accounts: I) -> Self
    where
        I: IntoIterator<Item = (&'a Account, Option<&'a SecretString>)>,
    {
        // Grown, the rows would leave copies of keys behind: they have their full size at
        // once, however little the iterator says of its length.
        let accounts: Vec<_> = accounts.into_iter().collect();
        let rows = accounts.iter().map(|(account, pin)| account.generator(*pin)).collect();
        Self { rows }
    }
}
