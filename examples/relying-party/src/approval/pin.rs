//! "The approval PIN": what is counted, and when the next try is heard.

use approval_jose::{self as jose, Jwk};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::credential::PinState;

/// Seconds after the fifth wrong one in a row, the sixth, and so on.
const DELAYS: [u64; 5] = [30, 60, 5 * 60, 15 * 60, 60 * 60];
/// Wrong ones in a row that disable it.
const IN_A_ROW: u64 = 10;
/// Wrong ones in all that do.
const IN_ALL: u64 = 50;

/// What a new PIN's key says of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPin {
    pub(super) iss: String,
    pub(super) aud: String,
    /// In an enrolment.
    #[serde(default, deserialize_with = "jose::there")]
    pub(super) code: Option<String>,
    /// In a change.
    #[serde(default, deserialize_with = "jose::there")]
    pub(super) jti: Option<String>,
    pub(super) jwk: Jwk,
    pub(super) pin_generation: u64,
}

impl NewPin {
    /// What the key in it signed.
    pub(super) fn read(text: &str) -> Result<Self, jose::Fault> {
        let peeked: Self = jose::unverified(text)?;
        peeked.jwk.check()?;
        jose::message(text, "approval-pin+jwt", &peeked.jwk)
    }
}

impl PinState {
    pub(super) fn new(key: Jwk, generation: u64) -> Self {
        Self { key, generation, in_a_row: 0, in_all: 0, not_before: 0, is_disabled: false }
    }

    /// Whether a try is heard now. One that is not heard is not counted.
    pub(super) fn may_try(&self, now: u64) -> Result<(), &'static str> {
        match (self.is_disabled, now < self.not_before) {
            (true, _) => Err("pin-disabled"),
            (_, true) => Err("pin-delayed"),
            _ => Ok(()),
        }
    }

    pub(super) fn tries_left(&self) -> u64 {
        if self.is_disabled { 0 } else { IN_A_ROW.saturating_sub(self.in_a_row) }
    }

    /// What the PIN's key signed. The try is counted first, and taken back if it was right.
    pub(super) fn checked<T: DeserializeOwned>(
        &mut self,
        text: &str,
        typ: &str,
        now: u64,
    ) -> Result<T, &'static str> {
        self.in_a_row += 1;
        self.in_all += 1;
        let place = self.in_a_row.checked_sub(5).and_then(|place| usize::try_from(place).ok());
        let delay = place.and_then(|place| DELAYS.get(place));
        self.not_before = delay.map_or(0, |delay| now + delay);
        self.is_disabled = self.in_a_row >= IN_A_ROW || self.in_all >= IN_ALL;
        match jose::message(text, typ, &self.key) {
            Ok(said) => {
                (self.in_a_row, self.not_before, self.is_disabled) = (0, 0, false);
                self.in_all -= 1;
                Ok(said)
            }
            Err(_) if self.is_disabled => Err("pin-disabled"),
            Err(_) => Err("wrong-pin"),
        }
    }
}

#[cfg(test)]
mod tests {
    use approval_jose::SigningKey;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn wrong_ones_are_delayed_from_the_fifth_and_disabled_by_the_tenth() {
        let (right, wrong) = (SigningKey::make().0, SigningKey::make().0);
        let mut pin = PinState::new(right.public.clone(), 1);
        let (right, wrong) = (right.sign("a+jwt", &json!({})), wrong.sign("a+jwt", &json!({})));
        let mut now = 1_000;
        for (count, delay) in (1..10).zip([0, 0, 0, 0, 30, 60, 300, 900, 3_600]) {
            assert_eq!(pin.may_try(now), Ok(()));
            assert_eq!(pin.checked::<Value>(&wrong, "a+jwt", now), Err("wrong-pin"));
            assert_eq!(pin.tries_left(), 10 - count);
            if delay > 0 {
                assert_eq!(pin.may_try(now + delay - 1), Err("pin-delayed"));
            }
            now += delay;
        }
        let mut other = pin.clone();
        assert_eq!(other.checked::<Value>(&right, "a+jwt", now), Ok(json!({})));
        assert_eq!((other.tries_left(), other.in_all, other.may_try(now)), (10, 9, Ok(())));
        assert_eq!(pin.checked::<Value>(&wrong, "a+jwt", now), Err("pin-disabled"));
        assert_eq!((pin.may_try(u64::MAX), pin.tries_left()), (Err("pin-disabled"), 0));
        other.in_all = 49;
        assert_eq!(other.checked::<Value>(&wrong, "a+jwt", now), Err("pin-disabled"));
    }
}
