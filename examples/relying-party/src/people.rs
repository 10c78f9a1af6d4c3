//! Accounts and their passwords: Argon2id (RFC 9106), and the same work for a name that nobody has.

use std::sync::LazyLock;

use approval_jose::identifier;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use crate::limits::Guess;
use crate::store::{Row, StoreError, Tx};

/// Characters of a password, and of a name.
const MAX_PASSWORD: usize = 128;
const MAX_NAME: usize = 128;
const MIN_PASSWORD: usize = 8;

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// What it is known by inside.
    pub id: String,
    /// What its owner types.
    pub name: String,
    /// Whether it looks after the others.
    pub is_administrator: bool,
    /// Whether its owner said that somebody else asks, and nobody has looked yet.
    pub is_reported: bool,
    /// The method that is offered first: `approval`, `code` or `phone`.
    pub default_method: Option<String>,
}

/// Why an account was not made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unfit {
    /// The name is empty, too long, or has spaces at its ends or control characters.
    Name,
    /// Another has the name.
    Taken,
    /// The password has fewer than 8 characters or more than 128.
    Password,
}

/// What became of a name and a password.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// Both are right.
    Right(Account),
    /// One of them is not: which, nobody is told.
    Wrong,
    /// Nothing is heard for so many seconds.
    Wait(u64),
}

/// A hash of no password, which takes the time that any other takes.
static NOBODY: LazyLock<String> = LazyLock::new(|| hashed(&identifier()));

/// A password as it is kept. It takes some milliseconds, and does not belong into a transaction.
///
/// # Panics
///
/// The system gives no randomness.
pub fn hashed(password: &str) -> String {
    let hash: PasswordHash =
        Argon2::default().hash_password(password.as_bytes()).expect("the system gives randomness");
    hash.to_string()
}

fn is_right(password: &str, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()
}

/// Makes an account with a password that was [`hashed`] before.
///
/// # Errors
///
/// [`StoreError`]; the inner one says what is wrong with what was typed.
pub fn add(
    tx: &mut dyn Tx,
    (name, password): (&str, &str),
    is_administrator: bool,
    now: u64,
) -> Result<Result<String, Unfit>, StoreError> {
    let is_name = (1..=MAX_NAME).contains(&name.chars().count())
        && name.trim() == name
        && !name.contains(char::is_control);
    if !is_name {
        return Ok(Err(Unfit::Name));
    }
    let id = identifier();
    let added = tx.execute(
        "INSERT INTO accounts (id, name, password, is_administrator, is_reported, default_method, made)
         VALUES ($1, $2, $3, $4, 0, NULL, $5) ON CONFLICT (name) DO NOTHING",
        &[(&id).into(), name.into(), password.into(), is_administrator.into(), now.into()],
    )?;
    Ok(if added == 1 { Ok(id) } else { Err(Unfit::Taken) })
}

/// Whether a password may be one.
///
/// # Errors
///
/// [`Unfit::Password`].
pub fn check_password(password: &str) -> Result<(), Unfit> {
    let fits = (MIN_PASSWORD..=MAX_PASSWORD).contains(&password.chars().count());
    if fits { Ok(()) } else { Err(Unfit::Password) }
}

/// Counts a try at a name, from an address, and gives the hash that the password has to have: of
/// nobody's where nobody has the name.
///
/// The try is over when [`finish_sign_in`] was told.
///
/// # Errors
///
/// [`StoreError`]; the inner one says for how many seconds nothing is heard.
pub fn begin_sign_in(
    tx: &mut dyn Tx,
    name: &str,
    address: &str,
    now: u64,
) -> Result<Result<String, u64>, StoreError> {
    let guesses =
        [Guess::From { address }, Guess::PasswordOf { name }, Guess::Password { name, address }];
    for guess in guesses {
        if let Err(wait) = guess.count(tx, now)? {
            return Ok(Err(wait));
        }
    }
    let row = tx.row("SELECT password FROM accounts WHERE name = $1", &[name.into()])?;
    Ok(Ok(row.map_or(Ok(NOBODY.clone()), |mut row| row.text())?))
}

/// Whether the password is the one with that hash. It takes some milliseconds, and does not belong
/// into a transaction.
pub fn fits(password: &str, hash: &str) -> bool {
    // Nobody has a longer one: no reason to hash it.
    password.chars().count() <= MAX_PASSWORD && is_right(password, hash)
}

/// Ends a try that [`begin_sign_in`] began with `hash`.
///
/// # Errors
///
/// [`StoreError`].
pub fn finish_sign_in(
    tx: &mut dyn Tx,
    (name, address): (&str, &str),
    (hash, is_right): (&str, bool),
) -> Result<SignIn, StoreError> {
    let row = tx.row(
        "SELECT id, name, is_administrator, is_reported, default_method FROM accounts
         WHERE name = $1 AND password = $2",
        &[name.into(), hash.into()],
    )?;
    // The password was changed meanwhile, or is wrong.
    let Some(row) = row.filter(|_| is_right) else { return Ok(SignIn::Wrong) };
    // But those of the address: whoever has an account would guess at others by it.
    Guess::PasswordOf { name }.forget(tx)?;
    Guess::Password { name, address }.forget(tx)?;
    Ok(SignIn::Right(read(row)?))
}

/// An account by what it is known by inside.
///
/// # Errors
///
/// [`StoreError`].
pub fn account(tx: &mut dyn Tx, id: &str) -> Result<Option<Account>, StoreError> {
    let row = tx.row(
        "SELECT id, name, is_administrator, is_reported, default_method FROM accounts WHERE id = $1",
        &[id.into()],
    )?;
    row.map(read).transpose()
}

fn read(mut row: Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.text()?,
        name: row.text()?,
        is_administrator: row.is()?,
        is_reported: row.is()?,
        default_method: row.text_if_any()?,
    })
}
