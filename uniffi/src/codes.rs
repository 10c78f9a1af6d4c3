//! The codes that are shown.

use authenticator_core::otp::{Code, CodeError};
use authenticator_core::vault::{CodePair, Codes, EntryId};

use crate::moment::millis;
use crate::{AuthenticatorError, Outcome};

/// What accounts show, packed: `codes` of the handle has the layout. Text, since UniFFI hands bytes
/// over one by one, in which a tick of a thousand accounts spent three quarters of its time.
pub(crate) fn packed(codes: &Codes<CodePair>) -> Outcome<String> {
    let mut rows = Vec::with_capacity(codes.len().saturating_mul(ROW));
    let mut span = Span { from: 0, until: 0, digits: [[b'0'; 19]; 2] };
    for (number, (id, code)) in (1_usize..).zip(codes) {
        pack(&mut rows, id, code, &mut span);
        rows.resize(number.saturating_mul(ROW), b' ');
    }
    // Never: all of it is ASCII.
    String::from_utf8(rows).map_err(|_| AuthenticatorError::Unknown)
}

/// How many characters say what one account shows.
const ROW: usize = 94;

fn pack(rows: &mut Vec<u8>, id: &EntryId, code: &Result<CodePair, CodeError>, span: &mut Span) {
    rows.extend_from_slice(&hexadecimal(id.as_bytes()));
    let CodePair { code, next } = match code {
        Ok(pair) => pair,
        Err(CodeError::CounterBased) => return rows.push(b'2'),
        Err(CodeError::PinRequired) => return rows.push(b'3'),
        Err(_) => return rows.push(b'0'),
    };
    let from = millis(code.valid_from);
    let until = from.saturating_add(i64::from(code.period.as_secs()) * 1000);
    rows.push(b'1');
    rows.extend_from_slice(&text(&code.code));
    rows.extend_from_slice(&next.as_ref().map_or([b' '; 10], |next| text(&next.code)));
    let mut groups = [b' '; 3];
    for (group, length) in groups.iter_mut().zip(code.code.group_lengths()) {
        *group = digit(*length);
    }
    rows.extend_from_slice(&groups);
    rows.extend_from_slice(span.spelled(from, until).as_flattened());
}

/// When a code is valid, spelled out once for all that are valid at the same time: most are.
struct Span {
    from: i64,
    until: i64,
    digits: [[u8; 19]; 2],
}

impl Span {
    fn spelled(&mut self, from: i64, until: i64) -> &[[u8; 19]; 2] {
        if (self.from, self.until) != (from, until) {
            *self = Self { from, until, digits: [decimal(from), decimal(until)] };
        }
        &self.digits
    }
}

/// A code, with spaces after it.
fn text(code: &Code) -> [u8; 10] {
    let mut text = [b' '; 10];
    text.iter_mut().zip(code.as_str().bytes()).for_each(|(to, from)| *to = from);
    text
}

/// With zeros before it.
fn decimal(mut number: i64) -> [u8; 19] {
    let mut digits = [b'0'; 19];
    for place in digits.iter_mut().rev() {
        *place = digit(usize::try_from(number % 10).unwrap_or(0));
        number /= 10;
    }
    digits
}

fn hexadecimal(bytes: &[u8; 16]) -> [u8; 32] {
    let mut digits = [0; 32];
    let (pairs, _) = digits.as_chunks_mut();
    for ([high, low], byte) in pairs.iter_mut().zip(bytes) {
        (*high, *low) = (digit(usize::from(byte >> 4)), digit(usize::from(byte & 15)));
    }
    digits
}

fn digit(number: usize) -> u8 {
    b"0123456789abcdef".get(number).copied().unwrap_or(b'?')
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
