//! The codes that are shown.

use authenticator_core::otp::{Code, CodeError};
use authenticator_core::vault::{CodePair, Codes, EntryId};

use crate::moment::millis;

/// How many bytes say what one account shows.
const ROW: usize = 56;
/// The longest code.
const CODE: usize = 10;
/// The most groups that one is shown in.
const GROUPS: usize = 3;

/// What accounts show, packed: `codes` of the handle has the layout.
pub(crate) fn packed(codes: &Codes<CodePair>) -> Vec<u8> {
    let mut rows = Vec::with_capacity(codes.len().saturating_mul(ROW));
    for (number, (id, code)) in (1_usize..).zip(codes) {
        pack(&mut rows, id, code);
        rows.resize(number.saturating_mul(ROW), 0);
    }
    rows
}

fn pack(rows: &mut Vec<u8>, id: &EntryId, code: &Result<CodePair, CodeError>) {
    rows.extend_from_slice(id.as_bytes());
    let CodePair { code, next } = match code {
        Ok(pair) => pair,
        Err(CodeError::CounterBased) => return rows.push(2),
        Err(CodeError::PinRequired) => return rows.push(3),
        Err(_) => return rows.push(0),
    };
    let from = millis(code.valid_from);
    let until = from.saturating_add(i64::from(code.period.as_secs()) * 1000);
    rows.push(1);
    filled::<CODE>(rows, code.code.as_str().bytes());
    filled::<CODE>(rows, next.iter().flat_map(|next| next.code.as_str().bytes()));
    let groups = code.code.group_lengths().iter();
    filled::<GROUPS>(rows, groups.filter_map(|length| u8::try_from(*length).ok()));
    rows.extend_from_slice(&from.to_be_bytes());
    rows.extend_from_slice(&until.to_be_bytes());
}

/// So many bytes, with zeros after those that there are.
fn filled<const N: usize>(rows: &mut Vec<u8>, bytes: impl Iterator<Item = u8>) {
    rows.extend(bytes.chain(std::iter::repeat(0)).take(N));
}

pub(crate) fn groups(code: &Code) -> Vec<i32> {
    code.group_lengths().iter().filter_map(|length| i32::try_from(*length).ok()).collect()
}

/// A code by a counter, which is given once.
#[derive(Clone, uniffi::Record)]
pub struct CounterCode {
    /// The code, as it is typed.
    pub code: String,
    /// The lengths of the groups that it is shown in, left to right.
    pub groups: Vec<i32>,
}

impl From<Code> for CounterCode {
    fn from(code: Code) -> Self {
        Self { groups: groups(&code), code: code.as_str().to_owned() }
    }
}
