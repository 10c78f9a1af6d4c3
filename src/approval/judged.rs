//! What time it is, as far as a phone knows it for a service.

use super::claims::Whole;
use super::refusal::Refusal;
use crate::UnixTime;

/// How far a phone's clock may be off before a service has said anything of its own.
const TOLERATED: u64 = 60;

/// The time, and by how many seconds it may be wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    time: u64,
    doubt: u64,
}

impl Judged {
    /// By a wall clock that nobody has confirmed.
    pub(crate) fn unconfirmed(wall: UnixTime) -> Self {
        Self { time: wall.as_secs(), doubt: TOLERATED }
    }

    /// By an offset that was learnt from the service.
    pub(crate) fn confirmed(time: UnixTime, doubt: u64) -> Self {
        Self { time: time.as_secs(), doubt: doubt.min(TOLERATED) }
    }

    /// The best guess.
    pub(crate) fn time(self) -> UnixTime {
        UnixTime::from_secs(self.time)
    }

    /// Whether `exp` is over for sure.
    pub(super) fn is_over(self, exp: Whole) -> bool {
        self.time >= exp.as_u64().saturating_add(self.doubt)
    }

    /// # Errors
    ///
    /// - [`Refusal::BadTimes`]: made in the future, or good for more than `longest` seconds.
    /// - [`Refusal::Expired`].
    pub(super) fn check(self, iat: Whole, exp: Whole, longest: u64) -> Result<(), Refusal> {
        let (made, ends) = (iat.as_u64(), exp.as_u64());
        let good_for = ends.checked_sub(made).ok_or(Refusal::BadTimes)?;
        if made > self.time.saturating_add(TOLERATED) || good_for == 0 || good_for > longest {
            return Err(Refusal::BadTimes);
        }
        if self.is_over(exp) { Err(Refusal::Expired) } else { Ok(()) }
    }
}
