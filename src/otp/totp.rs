//! Time-based one-time passwords ([RFC 6238]) and their relatives.
//!
//! [RFC 6238]: https://www.rfc-editor.org/rfc/rfc6238

use std::fmt;

use super::code::last_match;
use super::hotp::Hotp;
use super::motp::Motp;
use super::steam::Steam;
use super::yandex::Yandex;
use super::{Algorithm, Code, Digits, Period};
use crate::{Secret, UnixTime};

/// An absorbed key that gives one code for each moment.
///
/// One type for every time-based code: TOTP itself, Steam Guard, mOTP and Yandex
/// Key differ in how a step's number becomes a code, and in nothing else. An
/// [`Account`](super::Account) makes the right one.
///
/// # Examples
///
/// ```
/// use authenticator_core::otp::{Algorithm, Digits, Period, Totp, Window};
/// use authenticator_core::{Secret, UnixTime};
///
/// let secret = Secret::new(b"12345678901234567890".to_vec());
/// let totp = Totp::new(&secret, Algorithm::Sha1, Digits::default(), Period::default());
/// let time = UnixTime::from_secs(59);
///
/// let now = totp.code_at(time);
/// assert_eq!(now.code.as_str(), "287082");
/// assert_eq!(now.seconds_left_at(time), 1);
///
/// // A widget draws the next hour from codes made in advance.
/// let hour: Vec<_> = totp.codes_from(time).take(120).collect();
/// assert_eq!(hour[1].valid_from, UnixTime::from_secs(60));
///
/// // The server's side: one step of tolerance, and no code twice.
/// assert_eq!(totp.verify("287082", UnixTime::from_secs(61), Window::default()), Some(1));
/// ```
#[derive(Clone)]
pub struct Totp {
    recipe: Recipe,
    period: Period,
}

/// How the number of a step becomes a code.
#[derive(Clone)]
enum Recipe {
    Decimal(Hotp),
    Motp(Motp),
    Steam(Steam),
    Yandex(Yandex),
}

impl Totp {
    /// Absorbs `secret` for the codes of RFC 6238, with a start time (T0) of 0.
    pub fn new(secret: &Secret, algorithm: Algorithm, digits: Digits, period: Period) -> Self {
        Self { recipe: Recipe::Decimal(Hotp::new(secret, algorithm, digits)), period }
    }

    pub(super) fn motp(motp: Motp) -> Self {
        Self { recipe: Recipe::Motp(motp), period: Period::TEN }
    }

    pub(super) fn steam(steam: Steam) -> Self {
        Self { recipe: Recipe::Steam(steam), period: Period::THIRTY }
    }

    pub(super) fn yandex(yandex: Yandex) -> Self {
        Self { recipe: Recipe::Yandex(yandex), period: Period::THIRTY }
    }

    /// How long each code is shown.
    pub fn period(&self) -> Period {
        self.period
    }

    /// The code that is valid at `time`.
    #[inline]
    pub fn code_at(&self, time: UnixTime) -> TimedCode {
        self.timed(Step::at(time, self.period))
    }

    /// The code that follows the one of `time`; `None` only at the end of what
    /// [`UnixTime`] can count.
    pub fn next_code_at(&self, time: UnixTime) -> Option<TimedCode> {
        // Not from `codes_from`, which would compute the one of `time` first.
        let last = Step::at(UnixTime::from_secs(u64::MAX), self.period).number;
        let step = Step::at(time, self.period).number;
        (step < last).then(|| self.timed(Step::new(step + 1, self.period)))
    }

    /// The code of `time` and every one after it, in order.
    ///
    /// Lazy: take as many as a widget or a watch needs. It ends only at the end of
    /// what [`UnixTime`] can count.
    pub fn codes_from(&self, time: UnixTime) -> impl Iterator<Item = TimedCode> + '_ {
        let last = Step::at(UnixTime::from_secs(u64::MAX), self.period);
        let steps = Step::at(time, self.period).number..=last.number;
        steps.map(|number| self.timed(Step::new(number, self.period)))
    }

    /// The step, within `window` around `time`, that `typed` is the code of; the
    /// last one if several give that code.
    ///
    /// Takes the same time whether and wherever it matches. `typed` is the bare
    /// code, without separators. [RFC 6238, section 5.2] forbids a second use: the
    /// caller keeps the returned step and refuses any that is not above it.
    ///
    /// [RFC 6238, section 5.2]: https://www.rfc-editor.org/rfc/rfc6238#section-5.2
    pub fn verify(&self, typed: &str, time: UnixTime, window: Window) -> Option<u64> {
        let step = Step::at(time, self.period).number;
        let first = step.saturating_sub(window.past.into());
        let last = step.saturating_add(window.future.into());
        last_match((first..=last).map(|step| (step, self.code(step))), typed)
    }

    /// The code of `step`, which is one of this period.
    #[inline]
    pub(super) fn timed(&self, step: Step) -> TimedCode {
        TimedCode { code: self.code(step.number), valid_from: step.start, period: self.period }
    }

    #[inline]
    fn code(&self, step: u64) -> Code {
        match &self.recipe {
            Recipe::Decimal(hotp) => hotp.code(step),
            Recipe::Motp(motp) => motp.code(step),
            Recipe::Steam(steam) => steam.code(step),
            Recipe::Yandex(yandex) => yandex.code(step),
        }
    }
}

/// The number of a step and when it begins.
#[derive(Clone, Copy)]
pub(super) struct Step {
    number: u64,
    start: UnixTime,
}

impl Step {
    /// The step that `time` lies in.
    #[inline]
    pub(super) fn at(time: UnixTime, period: Period) -> Self {
        let (secs, period) = (time.as_secs(), u64::from(period.as_secs()));
        Self { number: secs / period, start: UnixTime::from_secs(secs - secs % period) }
    }

    /// The step of this number, which a time lies in: its start is a time too.
    fn new(number: u64, period: Period) -> Self {
        let start = number.saturating_mul(period.as_secs().into());
        Self { number, start: UnixTime::from_secs(start) }
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totp").field("period", &self.period).finish_non_exhaustive()
    }
}

/// A code and when it is valid.
#[derive(Clone, Copy, Debug)]
pub struct TimedCode {
    /// What to show.
    pub code: Code,
    /// The first second of the code's life.
    pub valid_from: UnixTime,
    /// How long it lives.
    pub period: Period,
}

impl TimedCode {
    /// Whole seconds from `time` until the code changes: 1 to the period while the
    /// code is shown, 0 once it is over, more than the period before its time.
    pub fn seconds_left_at(&self, time: UnixTime) -> u64 {
        let period = u64::from(self.period.as_secs());
        let (time, from) = (time.as_secs(), self.valid_from.as_secs());
        match time.checked_sub(from) {
            Some(elapsed) => period.saturating_sub(elapsed),
            None => (from - time).saturating_add(period),
        }
    }
}

/// How many steps before and after the present one are accepted.
///
/// The default, one each way, is the tolerance for slow typing and turned clocks
/// that [RFC 6238, section 5.2] recommends at the most for the past.
///
/// [RFC 6238, section 5.2]: https://www.rfc-editor.org/rfc/rfc6238#section-5.2
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// Steps before the present one.
    pub past: u8,
    /// Steps after the present one.
    pub future: u8,
}

impl Default for Window {
    fn default() -> Self {
        Self { past: 1, future: 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn totp(secret: Vec<u8>, period: u32) -> Totp {
        let period = Period::from_secs(period).unwrap();
        Totp::new(&Secret::new(secret), Algorithm::Sha1, Digits::default(), period)
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", totp(b"hunter2".to_vec(), 30));

        assert_eq!(text, "Totp { period: Period(30), .. }");
    }

    #[test]
    fn the_last_second_that_can_be_counted_has_a_code_and_no_next_one() {
        let end = UnixTime::from_secs(u64::MAX);
        for period in [1, 30, u32::MAX] {
            let totp = totp(vec![7; 20], period);

            assert!(totp.next_code_at(end).is_none());
            let left = totp.code_at(end).seconds_left_at(end);
            assert!((1..=u64::from(period)).contains(&left), "{left}");
            let window = Window { past: 255, future: 255 };
            assert!(totp.verify(totp.code_at(end).code.as_str(), end, window).is_some());
        }
    }

    proptest! {
        #[test]
        fn a_code_lasts_exactly_as_long_as_promised(
            secret in proptest::collection::vec(any::<u8>(), 0..128),
            secs in 0..u64::MAX / 2,
            period in 1..u32::MAX,
        ) {
            let totp = totp(secret, period);
            let code_at = |secs| totp.code_at(UnixTime::from_secs(secs));
            let time = UnixTime::from_secs(secs);
            let now = totp.code_at(time);
            let left = now.seconds_left_at(time);

            prop_assert!((1..=u64::from(period)).contains(&left));
            let last = code_at(secs + left - 1);
            prop_assert_eq!(last.code.as_str(), now.code.as_str());
            prop_assert_eq!(last.valid_from, now.valid_from);
            prop_assert_eq!(code_at(secs + left).valid_from.as_secs(), secs + left);
            prop_assert_eq!(now.seconds_left_at(UnixTime::from_secs(secs + left)), 0);
            let next = totp.next_code_at(time).unwrap();
            let after = code_at(secs + left);
            prop_assert_eq!(next.code.as_str(), after.code.as_str());
            prop_assert_eq!(next.seconds_left_at(time), left + u64::from(period));
        }

        #[test]
        fn a_code_verifies_within_the_window_and_says_its_step(
            secret in proptest::collection::vec(any::<u8>(), 20),
            step in 300..1_000_000_000_u64,
            past: u8,
            future: u8,
            drift in -256..256_i64,
        ) {
            let digits = Digits::new(10).unwrap();
            let secret = Secret::new(secret);
            let totp = Totp::new(&secret, Algorithm::Sha256, digits, Period::default());
            let typed = totp.code_at(UnixTime::from_secs(step * 30)).code;

            let now = step.checked_add_signed(drift).unwrap();
            let found =
                totp.verify(typed.as_str(), UnixTime::from_secs(now * 30), Window { past, future });

            let within = -i64::from(future) <= drift && drift <= i64::from(past);
            prop_assert_eq!(found, within.then_some(step));
        }
    }
}
