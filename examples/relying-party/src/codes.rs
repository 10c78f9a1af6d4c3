//! Codes: of an app by the time (RFC 6238), sent to a phone, and of recovery. Each is good once.

use std::fmt;

use approval_jose::{digits, hash, random};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Totp};

use crate::limits::Guess;
use crate::sealing::Sealer;
use crate::store::{StoreError, Tx};

/// For how long a code that was sent is good, seconds.
const SENT_LIVES: u64 = 5 * 60;
/// How often it may be mistyped.
const SENT_TRIES: u64 = 3;
/// How many recovery codes there are.
const RECOVERY: usize = 10;

/// What became of a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Checked {
    /// It is right, and never again.
    Right,
    /// It is wrong, or was used.
    Wrong,
    /// Nothing is heard for so many seconds.
    Wait(u64),
}

/// What an app is given, by QR code or typed.
#[derive(Clone)]
pub struct NewSecret {
    /// `otpauth://totp/…`.
    pub link: String,
    /// The secret in base32, in groups of four.
    pub typed: String,
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSecret(..)")
    }
}

/// Begins to use codes of an app: [`confirm`] ends it. A secret that was confirmed before goes on until
/// then.
///
/// # Errors
///
/// [`StoreError`].
pub fn begin(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    (account, name, issuer): (&str, &str, &str),
) -> Result<NewSecret, StoreError> {
    let secret: [u8; 20] = random();
    tx.execute(
        "INSERT INTO new_codes (account, secret) VALUES ($1, $2)
         ON CONFLICT (account) DO UPDATE SET secret = excluded.secret",
        &[account.into(), sealer.seal(&format!("code of {account}"), &secret).into()],
    )?;
    let totp = totp(&secret, name, issuer)?;
    let link = totp.to_url().map_err(|_| unfit())?;
    let text = BASE32_NOPAD.encode(&secret);
    let groups: Vec<&str> =
        (0..text.len()).step_by(4).filter_map(|at| text.get(at..at + 4)).collect();
    Ok(NewSecret { link, typed: groups.join(" ") })
}

/// Takes the first code of a secret that [`begin`] gave: it counts from now on.
///
/// # Errors
///
/// [`StoreError`].
pub fn confirm(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    account: &str,
    typed: &str,
    now: u64,
) -> Result<Checked, StoreError> {
    if let Err(wait) = (Guess::Code { account }).count(tx, now)? {
        return Ok(Checked::Wait(wait));
    }
    let row = tx.row("SELECT secret FROM new_codes WHERE account = $1", &[account.into()])?;
    let Some(mut row) = row else { return Ok(Checked::Wrong) };
    let sealed = row.bytes()?;
    let Some(step) = step(sealer, account, &sealed, typed, now)? else { return Ok(Checked::Wrong) };
    tx.execute(
        "INSERT INTO codes (account, secret, last_step) VALUES ($1, $2, $3)
         ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step",
        &[account.into(), sealed.into(), step.into()],
    )?;
    tx.execute("DELETE FROM new_codes WHERE account = $1", &[account.into()])?;
    (Guess::Code { account }).forget(tx)?;
    Ok(Checked::Right)
}

/// Takes a code of the app. One that was used, or that is older than one that was, is wrong (RFC 6238,
/// section 5.2).
///
/// # Errors
///
/// [`StoreError`].
pub fn check(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    account: &str,
    typed: &str,
    now: u64,
) -> Result<Checked, StoreError> {
    if let Err(wait) = (Guess::Code { account }).count(tx, now)? {
        return Ok(Checked::Wait(wait));
    }
    let row =
        tx.row("SELECT secret, last_step FROM codes WHERE account = $1", &[account.into()])?;
    let Some(mut row) = row else { return Ok(Checked::Wrong) };
    let (sealed, last) = (row.bytes()?, row.number()?);
    let found = step(sealer, account, &sealed, typed, now)?.filter(|step| *step > last);
    let Some(step) = found else { return Ok(Checked::Wrong) };
    tx.execute(
        "UPDATE codes SET last_step = $2 WHERE account = $1",
        &[account.into(), step.into()],
    )?;
    (Guess::Code { account }).forget(tx)?;
    Ok(Checked::Right)
}

/// The step of the time that a code is of: this one, or one beside it.
fn step(
    sealer: &Sealer,
    account: &str,
    sealed: &[u8],
    typed: &str,
    now: u64,
) -> Result<Option<u64>, StoreError> {
    let secret = sealer.open(&format!("code of {account}"), sealed).map_err(|_| unfit())?;
    let typed: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
    let is_code = typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        return Ok(None);
    }
    Ok(totp(&secret, "account", "issuer")?.check(&typed, now))
}

fn totp(secret: &[u8], name: &str, issuer: &str) -> Result<Totp, StoreError> {
    // A colon would end the issuer in the link.
    let (name, issuer) = (name.replace(':', " "), issuer.replace(':', " "));
    let made = Builder::new().with_secret(secret.to_vec()).with_account_name(name);
    made.with_issuer(Some(issuer)).build().map_err(|_| unfit())
}

/// Makes a code to be sent to the account's phone; the one before is over.
///
/// # Errors
///
/// [`StoreError`].
pub fn make_sent(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    account: &str,
    now: u64,
) -> Result<String, StoreError> {
    let code = digits(6);
    tx.execute(
        "INSERT INTO sent_codes (account, code, until, tries) VALUES ($1, $2, $3, 0)
         ON CONFLICT (account) DO UPDATE SET code = excluded.code, until = excluded.until, tries = 0",
        &[
            account.into(),
            sealer.seal(&format!("sent to {account}"), code.as_bytes()).into(),
            (now + SENT_LIVES).into(),
        ],
    )?;
    Ok(code)
}

/// Takes a code that was sent.
///
/// # Errors
///
/// [`StoreError`].
pub fn check_sent(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    account: &str,
    typed: &str,
    now: u64,
) -> Result<Checked, StoreError> {
    if let Err(wait) = (Guess::Code { account }).count(tx, now)? {
        return Ok(Checked::Wait(wait));
    }
    let row = tx.row(
        "SELECT code, tries FROM sent_codes WHERE account = $1 AND until > $2",
        &[account.into(), now.into()],
    )?;
    let Some(mut row) = row else { return Ok(Checked::Wrong) };
    let (sealed, tries) = (row.bytes()?, row.number()? + 1);
    let code = sealer.open(&format!("sent to {account}"), &sealed).map_err(|_| unfit())?;
    let is_right = verify_slices_are_equal(&code, typed.trim().as_bytes()).is_ok();
    if is_right || tries >= SENT_TRIES {
        tx.execute("DELETE FROM sent_codes WHERE account = $1", &[account.into()])?;
    } else {
        tx.execute(
            "UPDATE sent_codes SET tries = $2 WHERE account = $1",
            &[account.into(), tries.into()],
        )?;
    }
    if !is_right {
        return Ok(Checked::Wrong);
    }
    (Guess::Code { account }).forget(tx)?;
    Ok(Checked::Right)
}

/// Makes new recovery codes; those before are over. They are shown once: of each, the hash is kept.
///
/// # Errors
///
/// [`StoreError`].
pub fn make_recovery(tx: &mut dyn Tx, account: &str) -> Result<Vec<String>, StoreError> {
    tx.execute("DELETE FROM recovery_codes WHERE account = $1", &[account.into()])?;
    let mut codes = Vec::new();
    for _ in 0..RECOVERY {
        // 80 bits: nothing is gained by trying out a hash.
        let code = BASE32_NOPAD.encode(&random::<10>());
        tx.execute(
            "INSERT INTO recovery_codes (hash, account, is_used) VALUES ($1, $2, 0)",
            &[recovery_hash(account, &code).into(), account.into()],
        )?;
        let groups: Vec<&str> = (0..16).step_by(4).filter_map(|at| code.get(at..at + 4)).collect();
        codes.push(groups.join("-"));
    }
    Ok(codes)
}

/// Takes a recovery code.
///
/// # Errors
///
/// [`StoreError`].
pub fn check_recovery(
    tx: &mut dyn Tx,
    account: &str,
    typed: &str,
    now: u64,
) -> Result<Checked, StoreError> {
    if let Err(wait) = (Guess::Code { account }).count(tx, now)? {
        return Ok(Checked::Wait(wait));
    }
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    let used = tx.execute(
        "UPDATE recovery_codes SET is_used = 1 WHERE hash = $1 AND account = $2 AND is_used = 0",
        &[recovery_hash(account, &code).into(), account.into()],
    )?;
    if used == 0 {
        return Ok(Checked::Wrong);
    }
    (Guess::Code { account }).forget(tx)?;
    Ok(Checked::Right)
}

/// How many recovery codes are left.
///
/// # Errors
///
/// [`StoreError`].
pub fn recovery_left(tx: &mut dyn Tx, account: &str) -> Result<u64, StoreError> {
    let row = tx.row(
        "SELECT COUNT(*) FROM recovery_codes WHERE account = $1 AND is_used = 0",
        &[account.into()],
    )?;
    row.map_or(Ok(0), |mut row| row.number())
}

fn recovery_hash(account: &str, code: &str) -> String {
    hash(format!("{account} {code}").as_bytes())
}

fn unfit() -> StoreError {
    StoreError::Failed("a secret of codes does not open".to_owned())
}
