//! Browser sessions: a secret in a cookie, of which the store has the hash alone.

use approval_jose::{encode, hash, random};
use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::store::{StoreError, Tx};

/// For how long a sign-in may take, seconds.
const PROVING: u64 = 15 * 60;
/// For how long somebody stays signed in, seconds.
const SIGNED_IN: u64 = 12 * 60 * 60;

/// How far somebody has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// The password was right, and nothing else is known.
    Password,
    /// Signed in.
    Full,
}

/// A session that lives.
#[derive(Clone, Debug)]
pub struct Session {
    /// The hash of the secret: what challenges and enrolments are bound to.
    pub hash: String,
    /// Whose.
    pub account: String,
    /// How far it has come.
    pub level: Level,
    /// What every form has to say.
    pub csrf: String,
    /// When somebody last proved to be the owner.
    pub proved: u64,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Full => "full",
        }
    }
}

impl Session {
    /// Begins one, and gives the secret for the cookie. `from` is where it is, and with what.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn begin(
        tx: &mut dyn Tx,
        account: &str,
        level: Level,
        (place, browser): (&str, &str),
        now: u64,
    ) -> Result<(String, Self), StoreError> {
        let secret = encode(&random::<32>());
        let session = Self {
            hash: hash(secret.as_bytes()),
            account: account.to_owned(),
            level,
            csrf: encode(&random::<32>()),
            proved: now,
        };
        let lives = if level == Level::Full { SIGNED_IN } else { PROVING };
        tx.execute(
            "INSERT INTO sessions (hash, account, stage, csrf, made, proved, until, place, browser)
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
            &[
                (&session.hash).into(),
                account.into(),
                level.name().into(),
                (&session.csrf).into(),
                now.into(),
                (now + lives).into(),
                place.into(),
                browser.into(),
            ],
        )?;
        Ok((secret, session))
    }

    /// The session that has a secret.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn of(tx: &mut dyn Tx, secret: &str, now: u64) -> Result<Option<Self>, StoreError> {
        let row = tx.row(
            "SELECT hash, account, stage, csrf, proved FROM sessions WHERE hash = $1 AND until > $2",
            &[hash(secret.as_bytes()).into(), now.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(Self {
            hash: row.text()?,
            account: row.text()?,
            level: if row.text()? == "full" { Level::Full } else { Level::Password },
            csrf: row.text()?,
            proved: row.number()?,
        }))
    }

    /// Goes on under another secret: whoever knew the one before has nothing by it.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn renew(
        self,
        tx: &mut dyn Tx,
        level: Level,
        now: u64,
    ) -> Result<(String, Self), StoreError> {
        let row =
            tx.row("SELECT place, browser FROM sessions WHERE hash = $1", &[(&self.hash).into()])?;
        let (place, browser) = row.map_or(Ok((String::new(), String::new())), |mut row| {
            Ok::<_, StoreError>((row.text()?, row.text()?))
        })?;
        self.end(tx)?;
        Self::begin(tx, &self.account, level, (&place, &browser), now)
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn end(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute("DELETE FROM sessions WHERE hash = $1", &[(&self.hash).into()])?;
        Ok(())
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn end_all(tx: &mut dyn Tx, account: &str) -> Result<(), StoreError> {
        tx.execute("DELETE FROM sessions WHERE account = $1", &[account.into()])?;
        Ok(())
    }

    /// Whether a form comes from a page that was given to this session.
    pub fn has_sent(&self, csrf: &str) -> bool {
        verify_slices_are_equal(self.csrf.as_bytes(), csrf.as_bytes()).is_ok()
    }
}
