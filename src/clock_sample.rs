//! What a server said about the time, and what that says about the phone's clock.

use std::time::Duration;

use crate::{Moment, UnixTime};

/// The time as a server told it, and when the phone asked and heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClockSample {
    /// The `Date` of a response over TLS that no cache kept (it has no `Age`), or the
    /// time in a signed challenge that answers a request.
    pub server: UnixTime,
    /// Just before the request was sent.
    pub sent: Moment,
    /// Just after the response, or its header, was there.
    pub received: Moment,
}

/// How far the phone's wall clock is from what servers say, to show to the person.
///
/// The truth is within [`uncertainty`](Self::uncertainty) of
/// [`seconds`](Self::seconds) while fewer than half of the samples are lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClockOffset {
    /// Seconds that the phone is ahead; below zero, behind.
    pub seconds: i64,
    /// Half the round trip, the part of a second that neither clock shows and the
    /// drift since then.
    pub uncertainty: Duration,
}

/// Why a sample says nothing about the clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// Phone and server are more than 24 hours apart: ask the person to set the
    /// clock. The server's certificate cannot have been checked at such a time, and
    /// a server may not move the codes by more.
    #[error("the clock and the server are more than a day apart")]
    OutOfBounds,
    /// The round trip took more than 10 seconds.
    #[error("the server's answer took too long to tell the time")]
    TooSlow,
    /// The sample was received before it was sent, or in another run of the system.
    #[error("the sample does not tell how long the server's answer took")]
    Unordered,
}
