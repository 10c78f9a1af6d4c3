//! How long an unlocked vault stays open, and how long a person counts as present.

use std::time::Duration;

use crate::Moment;

/// How far a moment may lie before one that was heard of already.
///
/// Calls from several threads overtake each other between reading the clock and
/// reaching the vault, which may be busy stretching a PIN meanwhile.
const OVERTAKEN: Duration = Duration::from_secs(5);

/// When an unlocked vault locks by itself: after five minutes without use, and after
/// a minute in the background, unless it is said otherwise.
///
/// A limit is reached at the very second. `None` is never; a limit of zero locks at
/// once, which in the background is a sensible choice. The vault keeps whole seconds.
///
/// The vault has no timer. The app says what happens, with the moment it happens at:
///
/// | | Android | Apple systems |
/// |---|---|---|
/// | the app leaves the screen | `onStop` of `ProcessLifecycleOwner` | `sceneDidEnterBackground` |
/// | it comes back | `onStart` of the same | `sceneWillEnterForeground` |
/// | the person did something | `onUserInteraction` | a touch or a key |
/// | lock now, whatever the limits | `ACTION_SCREEN_OFF` | `protectedDataWillBecomeUnavailable` |
///
/// (An activity's own `onStop` also comes when the phone is turned on its side.)
/// Locking at screen-off is a call of its own, since a phone that lies on a table
/// with the app in front is neither idle nor in the background. To wipe the keys in
/// time, and not only to refuse the next call, the app sets a timer of its own to
/// the limit.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use authenticator_core::vault::AutoLock;
///
/// let strict = AutoLock { background: Some(Duration::ZERO), ..AutoLock::default() };
///
/// assert_eq!(strict.foreground, Some(Duration::from_secs(300)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AutoLock {
    /// Longest time without use while the app is on the screen.
    pub foreground: Option<Duration>,
    /// Longest time that the app is off the screen, used or not.
    pub background: Option<Duration>,
}

impl AutoLock {
    /// Open until it is locked or the app ends.
    pub const NEVER: Self = Self { foreground: None, background: None };
}

impl Default for AutoLock {
    fn default() -> Self {
        Self {
            foreground: Some(Duration::from_secs(5 * 60)),
            background: Some(Duration::from_secs(60)),
        }
    }
}

/// One unlocked stretch of a vault, from the unlock to the lock.
///
/// Judged on the monotonic clock alone. Where that tells nothing, since it ran
/// backwards or belongs to another boot, the session is over and nobody present.
///
/// A limit, once reached, stays reached: the longest waits are kept, so that neither
/// a late call nor the return to the screen opens again what nobody had asked about.
/// A limit that is shortened judges the session from its beginning.
#[derive(Debug)]
pub(crate) struct Session {
    /// The last use on the screen.
    touched: Moment,
    /// Since when the app is off the screen.
    left: Option<Moment>,
    /// The last authentication.
    proved: Moment,
    /// The longest time between two uses.
    idle: Duration,
    /// The longest stay in the background that has ended, if there was any.
    absence: Option<Duration>,
    /// Whether the clock made no sense once.
    broken: bool,
}

impl Session {
    /// How long an authentication is good for what asks for presence, unless the
    /// person chose otherwise: enough for a prompt and the call it was shown for.
    pub(crate) const PRESENCE_WINDOW: Duration = Duration::from_secs(30);

    /// The session that an unlock at `now` begins, on the screen. The unlock is use,
    /// and proves presence.
    pub(crate) const fn begin(now: Moment) -> Self {
        Self {
            touched: now,
            left: None,
            proved: now,
            idle: Duration::ZERO,
            absence: None,
            broken: false,
        }
    }

    /// As `begin`, of an app that has been off the screen since `left`.
    pub(crate) const fn begin_in_background(now: Moment, left: Moment) -> Self {
        let session = Self::begin(now);
        Self { left: Some(left), ..session }
    }

    /// `now`, or the last moment that was heard of, if that is later.
    pub(crate) fn not_before(&self, now: Moment) -> Moment {
        let heard = [Some(self.touched), self.left, Some(self.proved)].into_iter().flatten();
        let later = heard.filter(|heard| heard.elapsed_since(&now).is_some());
        later.max_by_key(|heard| heard.monotonic).unwrap_or(now)
    }

    /// Notes that the person did something. In the background this prolongs nothing:
    /// a push that is decoded there is not a person.
    pub(crate) fn touch(&mut self, now: Moment) {
        if self.left.is_some() {
            return;
        }
        match age(&self.touched, &now) {
            // A touch that was overtaken does not set the clock back.
            Some(idle) if idle.is_zero() => {}
            Some(idle) => {
                self.idle = self.idle.max(idle);
                self.touched = now;
            }
            None => self.broken = true,
        }
    }

    /// Notes that the app left the screen. The first time counts if it is said twice.
    pub(crate) fn enter_background(&mut self, now: Moment) {
        if self.left.is_none() {
            self.touch(now);
            self.left = Some(now);
        }
    }

    /// Notes that the app is back on the screen, which is use.
    pub(crate) fn enter_foreground(&mut self, now: Moment) {
        let Some(left) = self.left.take() else { return };
        match age(&left, &now) {
            Some(absence) => {
                self.absence = self.absence.max(Some(absence));
                self.touched = now;
            }
            None => self.broken = true,
        }
    }

    /// Notes that the person has authenticated again. `now` is read after the
    /// prompt, not before it.
    pub(crate) fn prove_presence(&mut self, now: Moment) {
        self.touch(now);
        match age(&self.proved, &now) {
            Some(age) if age.is_zero() => {}
            Some(_) => self.proved = now,
            None => self.broken = true,
        }
    }

    /// Whether the vault has to lock. On the screen only the time without use
    /// counts, off the screen only the time since leaving it.
    pub(crate) fn is_over(&self, policy: &AutoLock, now: &Moment) -> bool {
        let Some(age) = age(self.left.as_ref().unwrap_or(&self.touched), now) else {
            return true;
        };
        let (idle, absence) = match self.left {
            Some(_) => (self.idle, self.absence.max(Some(age))),
            None => (self.idle.max(age), self.absence),
        };
        let too_idle = policy.foreground.is_some_and(|limit| idle >= limit);
        let too_far =
            policy.background.zip(absence).is_some_and(|(limit, absence)| absence >= limit);
        self.broken || too_idle || too_far
    }

    /// Whether the person authenticated less than `window` ago.
    ///
    /// Leaving the screen does not spend it: an export goes through the system's
    /// file picker, which is another app.
    pub(crate) fn has_fresh_presence(&self, window: Duration, now: &Moment) -> bool {
        !self.broken && age(&self.proved, now).is_some_and(|age| age < window)
    }
}

/// How long before `now` `earlier` was; zero if it was overtaken; `None` where the
/// clock makes no sense.
fn age(earlier: &Moment, now: &Moment) -> Option<Duration> {
    let overtaken = || earlier.elapsed_since(now).filter(|ahead| *ahead <= OVERTAKEN);
    now.elapsed_since(earlier).or_else(|| overtaken().map(|_| Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{BootId, UnixTime};

    fn at(secs: u64) -> Moment {
        Moment {
            wall: UnixTime::from_secs(1_741_011_292),
            monotonic: Duration::from_secs(secs),
            boot_id: BootId::from_bytes([1; 16]),
        }
    }

    fn after_restart(secs: u64) -> Moment {
        Moment { boot_id: BootId::from_bytes([2; 16]), ..at(secs) }
    }

    fn is_over(session: &Session, secs: u64) -> bool {
        session.is_over(&AutoLock::default(), &at(secs))
    }

    #[test]
    fn five_minutes_without_use_end_it_to_the_second() {
        let mut session = Session::begin(at(1_000));
        assert!(!is_over(&session, 1_299));
        assert!(is_over(&session, 1_300));

        session.touch(at(1_299));

        assert!(!is_over(&session, 1_598));
        assert!(is_over(&session, 1_599));
    }

    #[test]
    fn the_background_counts_from_entering_it_whatever_touches_the_session() {
        let mut session = Session::begin(at(1_000));
        session.enter_background(at(1_010));
        session.touch(at(1_050));
        session.enter_background(at(1_060));

        assert!(!is_over(&session, 1_069));
        assert!(is_over(&session, 1_070));
    }

    #[test]
    fn the_return_is_use_and_the_background_no_idleness() {
        let policy = AutoLock { background: None, ..AutoLock::default() };
        let mut session = Session::begin(at(1_000));
        session.enter_background(at(1_290));
        assert!(!session.is_over(&policy, &at(9_000)));

        session.enter_foreground(at(9_000));

        assert!(!session.is_over(&policy, &at(9_299)));
        assert!(session.is_over(&policy, &at(9_300)));
    }

    #[test]
    fn a_session_nobody_asked_about_in_time_is_over_all_the_same() {
        let mut idle = Session::begin(at(1_000));
        idle.touch(at(1_300));
        let mut away = Session::begin(at(1_000));
        away.enter_background(at(1_000));
        away.enter_foreground(at(1_060));

        assert!(is_over(&idle, 1_301));
        assert!(is_over(&away, 1_061));
    }

    #[test]
    fn a_background_limit_of_zero_locks_on_leaving_and_not_before() {
        let policy = AutoLock { background: Some(Duration::ZERO), ..AutoLock::default() };
        let mut session = Session::begin(at(1_000));
        assert!(!session.is_over(&policy, &at(1_000)));

        session.enter_background(at(1_001));

        assert!(session.is_over(&policy, &at(1_001)));
    }

    #[test]
    fn a_clock_that_makes_no_sense_ends_even_what_never_locks() {
        type Event = fn(&mut Session, Moment);
        let events: [Event; 3] =
            [Session::touch, Session::enter_background, Session::prove_presence];
        for nonsense in [after_restart(1_001), at(994)] {
            let session = Session::begin(at(1_000));
            assert!(session.is_over(&AutoLock::NEVER, &nonsense));
            assert!(!session.has_fresh_presence(Duration::MAX, &nonsense));
            for event in events {
                let mut session = Session::begin(at(1_000));
                event(&mut session, nonsense);
                assert!(session.is_over(&AutoLock::NEVER, &at(1_001)));
                assert!(session.is_over(&AutoLock::NEVER, &nonsense));
                assert!(!session.has_fresh_presence(Duration::MAX, &at(1_001)));
            }
            let mut session = Session::begin(at(999));
            session.enter_background(at(1_000));
            session.enter_foreground(nonsense);
            assert!(session.is_over(&AutoLock::NEVER, &at(1_001)));
        }
        assert!(!Session::begin(at(0)).is_over(&AutoLock::NEVER, &at(u64::MAX)));
    }

    #[test]
    fn a_call_that_was_overtaken_ends_nothing_and_gains_nothing() {
        let mut session = Session::begin(at(1_000));
        assert!(!is_over(&session, 995));
        assert!(session.has_fresh_presence(Session::PRESENCE_WINDOW, &at(995)));

        session.prove_presence(at(996));

        assert!(!is_over(&session, 1_299));
        assert!(is_over(&session, 1_300));
        assert!(session.has_fresh_presence(Session::PRESENCE_WINDOW, &at(1_029)));
        assert!(!session.has_fresh_presence(Session::PRESENCE_WINDOW, &at(1_030)));
    }

    #[test]
    fn use_is_no_presence() {
        let mut session = Session::begin(at(1_000));
        session.touch(at(1_031));
        assert!(!session.has_fresh_presence(Session::PRESENCE_WINDOW, &at(1_031)));

        session.prove_presence(at(1_040));

        assert!(session.has_fresh_presence(Session::PRESENCE_WINDOW, &at(1_069)));
        assert!(!session.has_fresh_presence(Duration::ZERO, &at(1_040)));
    }

    /// What happens, after how many seconds, and what the wall clock shows then.
    fn events() -> impl Strategy<Value = Vec<(u8, u64, u64)>> {
        proptest::collection::vec((0..4_u8, 0..200_u64, any::<u64>()), 0..12)
    }

    fn apply(session: &mut Session, event: u8, now: Moment) {
        match event {
            0 => session.touch(now),
            1 => session.enter_background(now),
            2 => session.enter_foreground(now),
            _ => session.prove_presence(now),
        }
    }

    proptest! {
        #[test]
        fn a_wall_clock_that_jumps_neither_keeps_it_open_nor_ends_it(events in events()) {
            let mut steady = Session::begin(at(0));
            let mut jumping = Session::begin(at(0));
            let mut secs = 0;
            for (event, wait, wall) in events {
                secs += wait;
                let jumped = Moment { wall: UnixTime::from_secs(wall), ..at(secs) };
                prop_assert_eq!(
                    is_over(&steady, secs),
                    jumping.is_over(&AutoLock::default(), &jumped)
                );
                let window = Session::PRESENCE_WINDOW;
                prop_assert_eq!(
                    steady.has_fresh_presence(window, &at(secs)),
                    jumping.has_fresh_presence(window, &jumped)
                );
                apply(&mut steady, event, at(secs));
                apply(&mut jumping, event, jumped);
            }
        }

        #[test]
        fn what_is_over_stays_over_whatever_happens(events in events()) {
            let mut session = Session::begin(at(0));
            let (mut secs, mut over) = (0, false);
            for (event, wait, _) in events {
                secs += wait;
                prop_assert!(is_over(&session, secs) || !over);
                over = is_over(&session, secs);
                apply(&mut session, event, at(secs));
                prop_assert!(is_over(&session, secs) || !over);
            }
        }

        #[test]
        fn who_counts_as_present_authenticated_within_the_window(
            events in events(),
            window in 0..400_u64,
        ) {
            let mut session = Session::begin(at(0));
            let (mut secs, mut proved) = (0, 0);
            for (event, wait, _) in events {
                secs += wait;
                let fresh = session.has_fresh_presence(Duration::from_secs(window), &at(secs));
                prop_assert_eq!(fresh, secs - proved < window);
                apply(&mut session, event, at(secs));
                proved = if event > 2 { secs } else { proved };
            }
        }
    }
}
