//! SQLite, in a file of this process.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, Transaction, TransactionBehavior, params_from_iter};

use super::{Ended, Row, SCHEMA, StoreError, Tx, Value};

/// A connection, which one transaction uses at a time.
#[derive(Clone)]
pub struct Sqlite(Arc<Mutex<Connection>>);

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite(..)")
    }
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let open = || {
            let connection = Connection::open(file)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // What a page showed outlives a loss of power.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", "ON")?;
            connection.set_prepared_statement_cache_capacity(256);
            Ok(connection)
        };
        open()
            .map(|connection| Self(Arc::new(Mutex::new(connection))))
            .map_err(|error| said(&error))
    }

    pub(super) fn prepared(self) -> Result<Self, StoreError> {
        let made = self.transact(&mut |tx| {
            for statement in SCHEMA.split("\n\n") {
                tx.execute(statement, &[])?;
            }
            Ok::<(), StoreError>(())
        });
        match made {
            Ok(()) => Ok(self),
            Err(Ended::By(error)) => Err(error),
            Err(Ended::Crossed) => Err(StoreError::Crossed),
        }
    }

    pub(super) fn transact<T, E: From<StoreError>>(
        &self,
        act: &mut dyn FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, Ended<E>> {
        // Who panicked with it has left no transaction open.
        let mut connection = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        let failed = |error| Ended::By(said(&error).into());
        // From the beginning: nothing is read that another process changes before it is written.
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let mut tx = tx.map_err(failed)?;
        let value = act(&mut tx).map_err(Ended::By)?;
        tx.commit().map_err(failed)?;
        Ok(value)
    }
}

impl Tx for Transaction<'_> {
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let change = || {
            let mut statement = self.prepare_cached(&spelled(sql))?;
            statement.execute(params_from_iter(values))
        };
        let changed = change().map_err(|error| said(&error))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let find = || {
            let mut statement = self.prepare_cached(&spelled(sql))?;
            let columns = statement.column_count();
            let mut found = statement.query(params_from_iter(values))?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                let value = |column| row.get_ref(column).map(of);
                rows.push((0..columns).map(value).collect::<Result<Vec<_>, _>>()?);
            }
            Ok(rows)
        };
        let rows = find().map_err(|error| said(&error))?;
        Ok(rows.into_iter().map(Row::of).collect())
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Number(number) => number.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Text(text) => {
                text.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
            }
            Self::Bytes(bytes) => {
                bytes.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes))
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

fn of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Text(None),
        ValueRef::Integer(number) => Value::Number(Some(number)),
        ValueRef::Text(text) => Value::Text(Some(String::from_utf8_lossy(text).into_owned())),
        ValueRef::Blob(bytes) => Value::Bytes(Some(bytes.to_vec())),
        // No column has one.
        ValueRef::Real(_) => Value::Number(None),
    }
}

/// SQLite counts its places behind a question mark.
fn spelled(sql: &'static str) -> String {
    sql.replace('$', "?")
}

fn said(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Crossed,
        // The code alone: texts of some errors repeat what was bound.
        Some(code) => StoreError::Failed(format!("SQLite: {code:?}")),
        None => StoreError::Failed("SQLite refused a statement".to_owned()),
    }
}
