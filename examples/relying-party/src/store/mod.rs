//! What the service keeps: in SQLite, or in PostgreSQL where several instances share it, by the same
//! statements.
//!
//! A [`Tx`] is serialisable: what it read is true until it ends, so that counting and deciding are one.
//! A statement is a constant of the program, and what strangers wrote is bound to its places.

mod postgres;
mod sqlite;
mod value;

use std::fmt;
use std::path::Path;
use std::thread;
use std::time::Duration;

pub use value::{Row, Value};

/// The tables, made where they are not there. Statements are separated by empty lines.
const SCHEMA: &str = include_str!("schema.sql");

/// How often what other transactions crossed is done again.
const TRIES: u32 = 50;

/// Why the store did nothing.
#[derive(Debug)]
pub enum StoreError {
    /// Others wrote the same; what was to be done can be done again.
    Crossed,
    /// The database said so. Nothing of what was bound is in the text.
    Failed(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crossed => f.write_str("others wrote the same"),
            Self::Failed(reason) => write!(f, "the store: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Statements that happen all, or not at all.
///
/// Places are `$1`, `$2` and so on.
pub trait Tx {
    /// Carries a statement out, and gives how many rows it changed.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the transaction is over.
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError>;

    /// The rows that a statement finds.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the transaction is over.
    fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// The first row that a statement finds.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the transaction is over.
    fn row(&mut self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }
}

/// A database, for use on threads that may block.
#[derive(Clone, Debug)]
pub enum Store {
    /// A file of this process.
    Sqlite(sqlite::Sqlite),
    /// A server, which other instances use, too.
    Postgres(postgres::Postgres),
}

impl Store {
    /// A file of SQLite, made if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is no such file, or cannot be written.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        sqlite::Sqlite::open(file)?.prepared().map(Self::Sqlite)
    }

    /// A database of PostgreSQL, by its `postgres://` address. Call it, and use what it gives, where
    /// a runtime of tokio is.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is not reached.
    pub fn connect(address: &str, connections: u32) -> Result<Self, StoreError> {
        postgres::Postgres::connect(address, connections)?.prepared().map(Self::Postgres)
    }

    /// Does all of `act`, or nothing where it fails. It is done again where others crossed it.
    ///
    /// # Errors
    ///
    /// What `act` says, or [`StoreError`].
    pub fn transact<T, E: From<StoreError>>(
        &self,
        mut act: impl FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        for round in 0..TRIES {
            let done = match self {
                Self::Sqlite(store) => store.transact(&mut act),
                Self::Postgres(store) => store.transact(&mut act),
            };
            match done {
                Err(Ended::Crossed) => thread::sleep(Duration::from_millis(pause(round))),
                Err(Ended::By(error)) => return Err(error),
                Ok(value) => return Ok(value),
            }
        }
        Err(StoreError::Crossed.into())
    }
}

/// How a transaction ended that did nothing.
enum Ended<E> {
    /// Others wrote the same.
    Crossed,
    By(E),
}

/// Milliseconds before a crossed transaction is done again, not the same for all who wait.
fn pause(round: u32) -> u64 {
    let [byte] = approval_jose::random();
    1 + u64::from(round.min(10)) * u64::from(byte) / 64
}
