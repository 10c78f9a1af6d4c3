//! The rows of the table: what stands in the list, and its codes at a moment.

use std::fmt;
use std::io::Read;

use authenticator_core::otp::{Account, Code, CodeError, CodeList, Parsed, TimedCode, Warning};
use authenticator_core::vault::EntryId;
use authenticator_core::{SecretString, UnixTime};

use crate::code;
use crate::lines::{Line, Lines};
use crate::refusal::Refusal;
use crate::vault::ClockFacts;

/// A list of accounts, with the lines that are none.
#[derive(Debug)]
pub(crate) struct Rows {
    rows: Vec<Row>,
    /// The absorbed keys of the rows that are accounts, in their order.
    codes: CodeList,
}

/// What the table shows, second by second.
pub(crate) trait Source {
    /// The time that codes are wanted for.
    fn time(&self) -> Result<UnixTime, Refusal> {
        code::now()
    }

    /// What a server says of the machine's clock, if one was asked.
    fn clock(&self) -> Option<ClockFacts> {
        None
    }

    /// Whether the vault's state folder cannot be read.
    fn guard_is_unavailable(&self) -> bool {
        false
    }

    /// Every row with its code at `time`.
    fn at(&mut self, time: UnixTime) -> Result<Vec<Shown<'_>>, Refusal>;
}

/// One line of the list that is not blank, or one account of a vault.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where it stands.
    pub(crate) place: Place,
    /// What it holds.
    pub(crate) entry: Result<Entry, Refusal>,
}

/// Where a row stands.
#[derive(Debug)]
pub(crate) enum Place {
    /// The line of the list, counted from 1.
    Line(u64),
    /// The account in the vault; `None` where the vault itself is the trouble.
    Vault(Option<EntryId>),
}

/// What is shown of an account besides its codes.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) issuer: Option<String>,
    pub(crate) name: String,
    pub(crate) warnings: Vec<Warning>,
}

/// A row at a moment.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) row: &'a Row,
    /// The present code and the next; why there is none, if it is an account;
    /// nothing for a line that was refused.
    pub(crate) codes: Option<Result<(TimedCode, Option<Code>), CodeError>>,
}

impl Rows {
    /// Reads a list. A line that is refused is a row too.
    pub(crate) fn read(source: impl Read, pin: Option<&SecretString>) -> Result<Self, Refusal> {
        let mut rows = Vec::new();
        let mut accounts = Vec::new();
        for line in Lines::new(source) {
            let Line { number, text } = line?;
            let parsed = text.and_then(|text| Ok(Account::from_uri(text.expose())?));
            let entry = parsed.map(|Parsed { account, warnings }| {
                let issuer = account.issuer().map(str::to_owned);
                let name = account.name().to_owned();
                accounts.push(account);
                Entry { issuer, name, warnings }
            });
            rows.push(Row { place: Place::Line(number), entry });
        }
        let codes = accounts.iter().map(|account| (account, pin)).collect();
        Ok(Self { rows, codes })
    }

    /// The rows in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Row> {
        self.rows.iter()
    }
}

impl Source for Rows {
    fn at(&mut self, time: UnixTime) -> Result<Vec<Shown<'_>>, Refusal> {
        let mut codes = self.codes.codes_at(time).zip(self.codes.next_codes_at(time));
        let shown = self.rows.iter().map(|row| {
            let codes = row.entry.as_ref().ok().and_then(|_| {
                let (now, next) = codes.next()?;
                Some(now.and_then(|now| Ok((now, next?.map(|next| next.code)))))
            });
            Shown { row, codes }
        });
        Ok(shown.collect())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}: "),
            Self::Vault(_) => Ok(()),
        }
    }
}

impl Shown<'_> {
    /// Whether the row lacks something that it needs: it is no account, or its PIN
    /// is missing. Codes by a counter are not for this table, which is no fault.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.codes, None | Some(Err(CodeError::PinRequired)))
    }
}
