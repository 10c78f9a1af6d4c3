//! How often somebody may guess: what is wrong is counted before anybody is told, and the next try
//! waits longer each time.

use crate::store::{StoreError, Tx};

/// What is guessed, and by whom or of whom.
#[derive(Clone, Copy, Debug)]
pub enum Guess<'a> {
    /// An account's password, from one address.
    Password {
        /// The name that was typed, whether it is an account's or not.
        name: &'a str,
        /// Where from.
        address: &'a str,
    },
    /// An account's password, from wherever: so many that it is an attack, and yet none by which
    /// a stranger keeps the owner out for long.
    PasswordOf {
        /// The name that was typed.
        name: &'a str,
    },
    /// Whatever is typed, from one address.
    From {
        /// Where from.
        address: &'a str,
    },
    /// The code of an enrolment's link, from one address.
    Enrolment {
        /// Where from.
        address: &'a str,
    },
    /// A code of an account: of an app, sent, or of recovery. Whoever gets so far knows the password.
    Code {
        /// Whose.
        account: &'a str,
    },
}

/// After how many wrong ones tries are delayed, by how many seconds each, and when all is forgotten.
struct Limit {
    free: u64,
    delays: &'static [u64],
    forgotten: u64,
}

impl Guess<'_> {
    fn limit(&self) -> Limit {
        const HOUR: u64 = 3_600;
        match self {
            Self::Password { .. } => {
                Limit { free: 5, delays: &[30, 60, 300, 900, HOUR], forgotten: 24 * HOUR }
            }
            Self::PasswordOf { .. } => Limit { free: 100, delays: &[60], forgotten: HOUR },
            Self::Enrolment { .. } => Limit { free: 60, delays: &[60], forgotten: HOUR },
            Self::From { .. } => Limit { free: 100, delays: &[60, 300, 900], forgotten: HOUR },
            Self::Code { .. } => {
                Limit { free: 5, delays: &[30, 60, 300, 900, HOUR], forgotten: 24 * HOUR }
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Password { name, address } => format!("password {address} {name}"),
            Self::PasswordOf { name } => format!("password-of {name}"),
            Self::From { address } => format!("from {address}"),
            Self::Enrolment { address } => format!("enrolment {address}"),
            Self::Code { account } => format!("code {account}"),
        }
    }

    /// Counts a try, as if it were wrong. The error says for how many seconds none is heard; that
    /// one is not counted.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn count(&self, tx: &mut dyn Tx, now: u64) -> Result<Result<(), u64>, StoreError> {
        let limit = self.limit();
        // The name may be as long as whoever typed it liked.
        let name = approval_jose::hash(self.name().as_bytes());
        let row =
            tx.row("SELECT failed, since FROM attempts WHERE name = $1", &[(&name).into()])?;
        let (failed, since) = row
            .map_or(Ok((0, now)), |mut row| Ok::<_, StoreError>((row.number()?, row.number()?)))?;
        let failed = if now >= since + limit.forgotten { 0 } else { failed };
        let place = failed.checked_sub(limit.free).and_then(|place| usize::try_from(place).ok());
        let delay = place.and_then(|place| limit.delays.get(place).or(limit.delays.last()));
        let heard = delay.map_or(0, |delay| since + delay);
        if failed > 0 && now < heard {
            return Ok(Err(heard - now));
        }
        tx.execute(
            "INSERT INTO attempts (name, failed, since) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET failed = excluded.failed, since = excluded.since",
            &[name.into(), (failed + 1).into(), now.into()],
        )?;
        Ok(Ok(()))
    }

    /// Forgets the wrong ones: a right one came.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn forget(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let name = approval_jose::hash(self.name().as_bytes());
        tx.execute("DELETE FROM attempts WHERE name = $1", &[name.into()])?;
        Ok(())
    }
}
