//! "States of a challenge": what becomes of what was asked.

use super::{Approvals, Fault};
use crate::store::Tx;

/// What a page may know of a sign-in that was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Of the challenge that says most: an approved one, or one that was refused.
    pub state: ChallengeState,
    /// What to type or to scan; empty where nothing is.
    pub number: String,
    /// `enter2`, `enter6`, `scan` or `none`.
    pub matching: String,
    /// Until when it can be answered.
    pub exp: u64,
    /// One of its challenges.
    pub jti: String,
    /// What kind it is of.
    pub kind: String,
}

/// "States of a challenge".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChallengeState {
    /// It waits.
    Open,
    /// The person said yes.
    Approved,
    /// The person said no.
    Denied,
    /// The person said that somebody else asks.
    Reported,
    /// A wrong number was typed.
    Burned,
    /// Another phone answered.
    Answered,
    /// The page or an administrator gave up.
    Cancelled,
    /// Nobody answered in time.
    Expired,
}

impl ChallengeState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Reported => "reported",
            Self::Burned => "burned",
            Self::Answered => "answered",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    pub(super) fn read(name: &str) -> Result<Self, Fault> {
        let known = [
            Self::Approved,
            Self::Reported,
            Self::Burned,
            Self::Denied,
            Self::Open,
            Self::Expired,
            Self::Cancelled,
            Self::Answered,
        ];
        known.into_iter().find(|state| state.name() == name).ok_or(Fault::Malformed)
    }

    /// Of siblings, the one with the least says what the sign-in is at.
    fn rank(self) -> u8 {
        match self {
            Self::Approved => 0,
            Self::Reported => 1,
            Self::Burned => 2,
            Self::Denied => 3,
            Self::Open => 4,
            Self::Expired => 5,
            Self::Cancelled => 6,
            Self::Answered => 7,
        }
    }
}

/// A challenge as it is kept.
pub(super) struct Challenge {
    pub(super) jti: String,
    pub(super) txn: String,
    pub(super) kind: String,
    pub(super) hash: String,
    pub(super) number: String,
    pub(super) verifications: String,
    pub(super) state: ChallengeState,
}

impl Approvals {
    pub(super) fn challenge(
        &self,
        tx: &mut dyn Tx,
        credential: &str,
        jti: &str,
    ) -> Result<Option<Challenge>, Fault> {
        let row = tx.row(
            "SELECT jti, txn, kind, hash, number, verifications, state FROM challenges
             WHERE jti = $1 AND credential = $2",
            &[jti.into(), credential.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(Challenge {
            jti: row.text()?,
            txn: row.text()?,
            kind: row.text()?,
            hash: row.text()?,
            number: row.text()?,
            verifications: row.text()?,
            state: ChallengeState::read(&row.text()?)?,
        }))
    }

    /// Ends a challenge, and with it those that the same sign-in sent to other phones.
    pub(super) fn end(
        &self,
        tx: &mut dyn Tx,
        challenge: &Challenge,
        state: ChallengeState,
        siblings: ChallengeState,
    ) -> Result<(), Fault> {
        tx.execute(
            "UPDATE challenges SET state = CASE WHEN jti = $1 THEN $2 ELSE $3 END
             WHERE txn = $4 AND state = 'open'",
            &[
                (&challenge.jti).into(),
                state.name().into(),
                siblings.name().into(),
                (&challenge.txn).into(),
            ],
        )?;
        Ok(())
    }

    /// Ends what is over by the clock.
    pub(super) fn expire(&self, tx: &mut dyn Tx, now: u64) -> Result<(), Fault> {
        tx.execute(
            "UPDATE challenges SET state = 'expired' WHERE state = 'open' AND exp <= $1",
            &[now.into()],
        )?;
        Ok(())
    }

    pub(super) fn cancel_open(&self, tx: &mut dyn Tx, credential: &str) -> Result<(), Fault> {
        tx.execute(
            "UPDATE challenges SET state = 'cancelled' WHERE state = 'open' AND credential = $1",
            &[credential.into()],
        )?;
        Ok(())
    }

    /// The page gives up.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn cancel(&self, tx: &mut dyn Tx, txn: &str) -> Result<(), Fault> {
        tx.execute(
            "UPDATE challenges SET state = 'cancelled' WHERE state = 'open' AND txn = $1",
            &[txn.into()],
        )?;
        Ok(())
    }

    /// What a page may know of what it asked: `None` where another session did.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn seen(
        &self,
        tx: &mut dyn Tx,
        txn: &str,
        session: &str,
        now: u64,
    ) -> Result<Option<Seen>, Fault> {
        let rows = tx.rows(
            "SELECT state, number, matching, exp, jti, kind FROM challenges
             WHERE txn = $1 AND session = $2",
            &[txn.into(), session.into()],
        )?;
        let mut found: Option<Seen> = None;
        for mut row in rows {
            let mut state = ChallengeState::read(&row.text()?)?;
            let (number, matching, exp) = (row.text()?, row.text()?, row.number()?);
            if state == ChallengeState::Open && exp <= now {
                state = ChallengeState::Expired;
            }
            let (jti, kind) = (row.text()?, row.text()?);
            if found.as_ref().is_none_or(|other| state.rank() < other.state.rank()) {
                found = Some(Seen { state, number, matching, exp, jti, kind });
            }
        }
        Ok(found)
    }

    /// A browser session comes for the result: once, and only the one that asked.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn redeem(&self, tx: &mut dyn Tx, txn: &str, session: &str) -> Result<bool, Fault> {
        let redeemed = tx.execute(
            "UPDATE challenges SET is_redeemed = 1 WHERE txn = $1 AND session = $2
             AND state = 'approved' AND is_redeemed = 0 AND kind IN ('sign-in', 'transaction')",
            &[txn.into(), session.into()],
        )?;
        Ok(redeemed == 1)
    }
}
