//! What a server says of the time: how far the machine's clock is off, and codes for the
//! right time.
//!
//! This program asks nobody for the time: who calls it passes the `Date` of an answer on.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use authenticator_core::otp::Period;
use authenticator_core::{Authenticator, ClockError, ClockSample, Moment, UnixTime};
use clap::Args;
use serde::Serialize;

use super::opened::now;
use crate::refusal::Refusal;
use crate::{names, output};

/// The time as a server told it.
#[derive(Args, Debug)]
pub(crate) struct ServerTime {
    /// The `Date` of an answer that a server you trust has just given over TLS; says how far
    /// this machine's clock is off
    #[arg(long, value_name = "DATE")]
    server_date: Option<String>,
    /// How many seconds ago the server was asked, 10 at most
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "server_date",
        default_value_t = 2,
        value_parser = clap::value_parser!(u64).range(0..=10)
    )]
    asked_ago: u64,
    /// Give the codes for the server's time instead of the machine's
    #[arg(long, requires = "server_date")]
    corrected: bool,
}

/// What a server told, and what is to become of it.
#[derive(Debug)]
pub(super) struct Told {
    sample: Option<ClockSample>,
    corrected: bool,
}

/// How far the machine's clock is off, as JSON.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ClockFacts {
    /// Seconds; below zero, it is behind.
    ahead: i64,
    /// By how many seconds that may be wrong.
    uncertainty: u64,
    /// Whether it is off by more than half the time for which a code is shown.
    pub(crate) is_off: bool,
    /// Whether the codes are for the server's time.
    corrected: bool,
}

impl Told {
    /// Reads what was typed, as of this moment.
    pub(super) fn read(typed: &ServerTime) -> Result<Self, Refusal> {
        let Some(date) = &typed.server_date else {
            return Ok(Self { sample: None, corrected: false });
        };
        let server = read_date(date).ok_or_else(|| {
            let message = "this is no date as servers write it: `Sun, 06 Nov 1994 08:49:37 GMT`";
            Refusal::new("invalid_date", message)
        })?;
        let received = now()?;
        let ago = Duration::from_secs(typed.asked_ago);
        let wall = received.wall.as_secs().saturating_sub(ago.as_secs());
        let sent = Moment {
            wall: UnixTime::from_secs(wall),
            monotonic: received.monotonic.saturating_sub(ago),
            boot_id: received.boot_id,
        };
        let sample = Some(ClockSample { server, sent, received });
        Ok(Self { sample, corrected: typed.corrected })
    }

    /// Tells `vault`, which keeps it until it is closed.
    pub(super) fn teach(&self, vault: &Authenticator) -> Result<(), Refusal> {
        Ok(self.sample.map_or(Ok(()), |sample| vault.learn_time(sample))?)
    }

    /// The time to make codes for.
    pub(super) fn time(&self, vault: &Authenticator, now: Moment) -> Result<UnixTime, Refusal> {
        // What was told is forgotten after a day. Nobody who wanted it corrected shall get
        // the machine's time then without a word.
        if self.corrected && vault.clock_offset(now).is_none() {
            let message = "the server's time is too long ago to go by: give a new one";
            return Err(Refusal::new("clock_forgotten", message));
        }
        Ok(if self.corrected { vault.corrected_time(now) } else { now.wall })
    }

    /// What it says of the machine's clock, for codes that are shown for `period`.
    pub(super) fn facts(
        &self,
        vault: &Authenticator,
        period: Duration,
        now: Moment,
    ) -> Option<ClockFacts> {
        let offset = vault.clock_offset(now)?;
        let partly = u64::from(offset.uncertainty.subsec_nanos() > 0);
        Some(ClockFacts {
            ahead: offset.seconds,
            uncertainty: offset.uncertainty.as_secs() + partly,
            is_off: vault.clock_is_off(period, now),
            corrected: self.corrected,
        })
    }
}

impl ClockFacts {
    /// Says it to the person at the terminal.
    pub(super) fn say(&self) {
        let next = match self.corrected {
            true => "the codes are for the server's time",
            false => "services may refuse its codes. Set it, or add `--corrected`",
        };
        if self.is_off {
            output::warning(&format!("this machine's clock is {self}: {next}"));
        } else {
            output::note(&format!("This machine's clock is {self}."));
        }
    }
}

impl fmt::Display for ClockFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.ahead < 0 { "behind" } else { "ahead" };
        let seconds = self.ahead.unsigned_abs();
        write!(f, "{seconds} s {direction}, give or take {} s", self.uncertainty)
    }
}

impl From<ClockError> for Refusal {
    fn from(error: ClockError) -> Self {
        let message = match error {
            ClockError::OutOfBounds => {
                "this machine's clock and the server's are more than a day apart: set the clock"
                    .to_owned()
            }
            error => error.to_string(),
        };
        Self::new(names::clock_error(error), message)
    }
}

/// The shortest of `periods`; the usual one if there is none.
pub(super) fn shortest(periods: impl IntoIterator<Item = Period>) -> Duration {
    let shortest = periods.into_iter().map(Period::as_secs).min();
    Duration::from_secs(shortest.unwrap_or(30).into())
}

/// Reads an IMF-fixdate (RFC 9110, section 5.6.7), and not the two obsolete forms.
fn read_date(text: &str) -> Option<UnixTime> {
    let date = httpdate::parse_http_date(text).ok()?;
    // There is one way only to write it.
    if httpdate::fmt_http_date(date) != text {
        return None;
    }
    Some(UnixTime::from_secs(date.duration_since(UNIX_EPOCH).ok()?.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_its_one_form() {
        // RFC 9110, section 5.6.7.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(read_date(date), Some(UnixTime::from_secs(784_111_777)));
        for other in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "sun, 06 nov 1994 08:49:37 gmt",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "784111777",
            "",
        ] {
            assert_eq!(read_date(other), None, "{other}");
        }
    }
}
