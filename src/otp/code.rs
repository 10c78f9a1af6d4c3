//! A code, ready to show.

use std::fmt;
use std::str;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use super::Digits;

/// The longest code: ten digits.
const MAX_LEN: usize = 10;

/// A verification code as a person types it: 1 to 10 characters of ASCII.
///
/// A plain value without a pointer, so that a list of codes costs no allocation.
/// `Debug` does not show it, and two codes are not compared with `==`: a code
/// that somebody typed is checked by `verify`, in constant time.
#[derive(Clone, Copy)]
pub struct Code {
    /// The characters, at the end.
    text: [u8; MAX_LEN],
    len: u8,
}

impl Code {
    /// `value`'s last `digits` decimal digits ([RFC 4226, section 5.3]).
    ///
    /// [RFC 4226, section 5.3]: https://www.rfc-editor.org/rfc/rfc4226#section-5.3
    #[inline]
    pub(super) fn decimal(value: u32, digits: Digits) -> Self {
        // All ten places, whatever `digits` is: without a loop and its branches.
        let [.., tens, ones] = eight_digits(value / 100_000_000);
        let mut text = [tens, ones, 0, 0, 0, 0, 0, 0, 0, 0];
        if let Some(last) = text.last_chunk_mut() {
            *last = eight_digits(value % 100_000_000);
        }
        Self { text, len: digits.count() }
    }

    /// `characters`, ten at the most; all are ASCII.
    pub(super) fn of_characters<const N: usize>(characters: [u8; N]) -> Self {
        const { assert!(N <= MAX_LEN, "longer than a code") };
        let mut code = Self { text: [0; MAX_LEN], len: 0 };
        for (slot, character) in code.text.iter_mut().rev().zip(characters.iter().rev()) {
            *slot = *character;
            code.len += 1;
        }
        code
    }

    fn as_bytes(&self) -> &[u8] {
        let start = MAX_LEN.saturating_sub(self.len.into());
        self.text.get(start..).unwrap_or_default()
    }

    /// The code without separators, as a service expects it.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// How to group the characters for reading: the length of each group, left to
    /// right, in all the length of the code.
    ///
    /// Six characters read as 3 + 3, eight as 4 + 4. What stands between the groups
    /// (a thin space, a gap) is the app's choice, and only ever for display.
    pub const fn group_lengths(&self) -> &'static [usize] {
        match self.len {
            1 => &[1],
            2 => &[2],
            3 => &[3],
            4 => &[4],
            5 => &[5],
            6 => &[3, 3],
            7 => &[3, 4],
            8 => &[4, 4],
            9 => &[3, 3, 3],
            _ => &[5, 5],
        }
    }

    /// The code's groups, left to right: `["123", "456"]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use authenticator_core::otp::{Algorithm, Digits, Hotp};
    /// use authenticator_core::Secret;
    ///
    /// let secret = Secret::new(b"12345678901234567890".to_vec());
    /// let code = Hotp::new(&secret, Algorithm::Sha1, Digits::default()).code(0);
    ///
    /// assert_eq!(code.groups().collect::<Vec<_>>().join(" "), "755 224");
    /// ```
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.as_str();
        self.group_lengths().iter().map_while(move |&length| {
            let (group, left) = rest.split_at_checked(length)?;
            rest = left;
            Some(group)
        })
    }

    /// Overwrites it, where one was kept.
    pub(crate) fn wipe(&mut self) {
        self.text.zeroize();
    }

    /// Whether `typed` is this code, in a time that depends on the lengths alone.
    fn matches(&self, typed: &str) -> Choice {
        self.as_bytes().ct_eq(typed.as_bytes())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// The eight decimal digits of `value`, which has no more, as ASCII.
///
/// Halved three times, all parts of a step in one word: into 4 + 4 digits, 2 each, 1
/// each. A division by 100 or 10 is a multiplication by its reciprocal, exact for
/// numbers of four and of two digits. No lane ever overflows into the next.
#[inline]
fn eight_digits(value: u32) -> [u8; 8] {
    let value = u64::from(value);
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = (fours.wrapping_mul(5_243) >> 19) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours.wrapping_sub(hundreds.wrapping_mul(100)) << 16);
    let tens = (twos.wrapping_mul(103) >> 10) & 0x000f_000f_000f_000f;
    let ones = twos.wrapping_sub(tens.wrapping_mul(10)) << 8;
    (tens | ones | 0x3030_3030_3030_3030).to_le_bytes()
}

/// The last of the numbered `codes` that `typed` equals.
///
/// Every code is computed and compared whatever the outcome of the ones before.
pub(super) fn last_match(codes: impl Iterator<Item = (u64, Code)>, typed: &str) -> Option<u64> {
    let mut found = Choice::from(0);
    let mut matched = 0;
    for (number, code) in codes {
        let equal = code.matches(typed);
        matched.conditional_assign(&number, equal);
        found |= equal;
    }
    bool::from(found).then_some(matched)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_digits_hold_the_largest_value() {
        let code = Code::decimal(0x7fff_ffff, Digits::new(10).unwrap());

        assert_eq!(code.as_str(), "2147483647");
    }

    #[test]
    fn leading_zeros_are_kept() {
        for (digits, text) in [(1, "5"), (6, "000005"), (10, "0000000005")] {
            assert_eq!(Code::decimal(5, Digits::new(digits).unwrap()).as_str(), text);
        }
    }

    /// Random values hardly ever come close enough to the edge of a place.
    #[test]
    fn the_values_around_every_place_are_cut_like_any_decimal_number() {
        for place in (0..10).map(|power| 10_u32.pow(power)) {
            for multiple in (1..=20).filter_map(|factor| place.checked_mul(factor)) {
                for value in [multiple - 1, multiple, multiple.saturating_add(1)] {
                    for digits in 1..=10 {
                        let code = Code::decimal(value, Digits::new(digits).unwrap());

                        let text = format!("{value:010}");
                        assert_eq!(code.as_str(), &text[10 - usize::from(digits)..]);
                    }
                }
            }
        }
    }

    #[test]
    fn the_groups_are_the_code_whatever_its_length() {
        for digits in 1..=10 {
            let code = Code::decimal(1_234_567_890, Digits::new(digits).unwrap());

            assert_eq!(code.groups().collect::<String>(), code.as_str());
            assert_eq!(code.groups().map(str::len).collect::<Vec<_>>(), code.group_lengths());
        }
    }

    #[test]
    fn debug_shows_no_code() {
        let code = Code::decimal(123_456, Digits::default());

        assert_eq!(format!("{code:?}"), "Code(..)");
    }

    #[test]
    fn the_last_of_two_equal_codes_matches() {
        let code = Code::decimal(123_456, Digits::default());
        let other = Code::decimal(654_321, Digits::default());

        assert_eq!(last_match([(7, code), (8, other), (9, code)].into_iter(), "123456"), Some(9));
        assert_eq!(last_match([(7, code), (8, other)].into_iter(), "12345"), None);
    }
}
