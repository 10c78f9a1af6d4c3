//! PostgreSQL, which several instances share.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Column, Postgres as Server, Row as _, Transaction, TypeInfo};
use tokio::runtime::Handle;

use super::{Ended, Row, SCHEMA, StoreError, Tx, Value};

/// What holds every place that is read until the transaction ends, or ends it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";

/// Connections to a server, and the runtime that drives them.
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: PgPool,
    runtime: Handle,
}

impl Postgres {
    pub(super) fn connect(address: &str, connections: u32) -> Result<Self, StoreError> {
        let runtime = Handle::try_current();
        let runtime = runtime.map_err(|_| StoreError::Failed("no runtime is here".to_owned()))?;
        let options = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10));
        let pool = runtime.block_on(options.connect(address)).map_err(|error| said(&error))?;
        Ok(Self { pool, runtime })
    }

    /// With its tables, which one instance makes.
    pub(super) fn prepared(self) -> Result<Self, StoreError> {
        let made = self.transact(&mut |tx| {
            tx.rows("SELECT pg_advisory_xact_lock(7201)::TEXT", &[])?;
            for statement in SCHEMA.split("\n\n") {
                tx.execute(statement, &[])?;
            }
            Ok::<(), StoreError>(())
        });
        match made {
            Ok(()) => Ok(self),
            // Another instance made them meanwhile.
            Err(Ended::Crossed) => self.prepared(),
            Err(Ended::By(error)) => Err(error),
        }
    }

    pub(super) fn transact<T, E: From<StoreError>>(
        &self,
        act: &mut dyn FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, Ended<E>> {
        let ended = |error: StoreError| match error {
            StoreError::Crossed => Ended::Crossed,
            other => Ended::By(other.into()),
        };
        let tx = self.runtime.block_on(self.pool.begin_with(BEGIN));
        let tx = tx.map_err(|error| ended(said(&error)))?;
        let mut open = Open { tx, runtime: &self.runtime, is_crossed: false };
        let done = act(&mut open);
        // Whatever was made of that: what it saw is not true any more.
        if open.is_crossed {
            let _ = self.runtime.block_on(open.tx.rollback());
            return Err(Ended::Crossed);
        }
        match done {
            Ok(value) => {
                let committed = self.runtime.block_on(open.tx.commit());
                committed.map(|()| value).map_err(|error| ended(said(&error)))
            }
            Err(error) => {
                let _ = self.runtime.block_on(open.tx.rollback());
                Err(Ended::By(error))
            }
        }
    }
}

struct Open<'a> {
    tx: Transaction<'static, Server>,
    runtime: &'a Handle,
    is_crossed: bool,
}

impl Open<'_> {
    fn noted(&mut self, error: &sqlx::Error) -> StoreError {
        let error = said(error);
        self.is_crossed |= matches!(error, StoreError::Crossed);
        error
    }
}

impl Tx for Open<'_> {
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let done = self.runtime.block_on(bound(sql, values).execute(&mut *self.tx));
        done.map(|done| done.rows_affected()).map_err(|error| self.noted(&error))
    }

    fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let found = self.runtime.block_on(bound(sql, values).fetch_all(&mut *self.tx));
        let found = found.map_err(|error| self.noted(&error))?;
        found.iter().map(|row| of(row).map_err(|error| said(&error))).collect()
    }
}

fn bound<'a>(sql: &'static str, values: &[Value]) -> Query<'a, Server, PgArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value.clone() {
        Value::Number(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

fn of(row: &PgRow) -> Result<Row, sqlx::Error> {
    let value = |place: usize| {
        Ok(match row.column(place).type_info().name() {
            "BYTEA" => Value::Bytes(row.try_get(place)?),
            "INT8" => Value::Number(row.try_get(place)?),
            _ => Value::Text(row.try_get(place)?),
        })
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row::of)
}

fn said(error: &sqlx::Error) -> StoreError {
    let Some(of_database) = error.as_database_error() else {
        return StoreError::Failed(match error {
            sqlx::Error::PoolTimedOut => "PostgreSQL: no connection is free".to_owned(),
            sqlx::Error::Io(error) => format!("PostgreSQL: {}", error.kind()),
            _ => "PostgreSQL is not understood".to_owned(),
        });
    };
    // The code alone: texts of some errors repeat what was bound.
    match of_database.code().as_deref() {
        // Serialisation failure; deadlock; and a key that another transaction has just made, which
        // this one finds when it is done again.
        Some("40001" | "40P01" | "23505") => StoreError::Crossed,
        code => StoreError::Failed(format!("PostgreSQL: {}", code.unwrap_or("no code"))),
    }
}
