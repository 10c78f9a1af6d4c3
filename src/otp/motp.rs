//! Mobile-OTP (mOTP) codes: the first six hex digits of
//! `MD5(floor(time / 10) ‖ secret in lower-case hex ‖ PIN)`.

use data_encoding::HEXLOWER;

use super::Code;
use crate::crypto::digest::md5;
use crate::{Secret, SecretString};

/// How many characters a code has.
pub(super) const LENGTH: usize = 6;

/// An mOTP secret with its PIN.
#[derive(Clone)]
pub(super) struct Motp {
    secret_hex: SecretString,
    pin: SecretString,
}

impl Motp {
    pub(super) fn new(secret: &Secret, pin: &SecretString) -> Self {
        Self { secret_hex: SecretString::new(HEXLOWER.encode(secret.expose())), pin: pin.clone() }
    }

    pub(super) fn code(&self, step: u64) -> Code {
        let hash = md5(&[
            Decimal::of(step).as_bytes(),
            self.secret_hex.expose().as_bytes(),
            self.pin.expose().as_bytes(),
        ]);
        let mut code = [0; LENGTH];
        HEXLOWER.encode_mut(hash.first_chunk::<{ LENGTH / 2 }>().unwrap_or(&[0; _]), &mut code);
        Code::of_characters(code)
    }
}

/// A number in decimal digits, without an allocation.
struct Decimal {
    digits: [u8; Self::MAX_LEN],
    start: usize,
}

impl Decimal {
    /// The digits of `u64::MAX`.
    const MAX_LEN: usize = 20;

    fn of(mut value: u64) -> Self {
        let mut decimal = Self { digits: [b'0'; Self::MAX_LEN], start: Self::MAX_LEN };
        for slot in decimal.digits.iter_mut().rev() {
            let [digit, ..] = (value % 10).to_le_bytes();
            *slot += digit;
            decimal.start -= 1;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        decimal
    }

    fn as_bytes(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_hashed_as_its_decimal_digits() {
        for step in [0, 9, 10, 129_612_120, u64::MAX] {
            assert_eq!(Decimal::of(step).as_bytes(), step.to_string().as_bytes());
        }
    }
}
