//! A store for each test, on both databases.

use std::env;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use relying_party::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::runtime::Builder;

/// Names a server of PostgreSQL whose databases tests may make, as a `postgres://` address without a
/// database. `cargo xtask test` starts one.
const POSTGRES: &str = "AUTHENTICATOR_CORE_POSTGRES";

/// Runs a test on a file of SQLite, and on a database of PostgreSQL.
pub(crate) fn on_each(test: impl Fn(Store)) {
    let folder = tempfile::tempdir().unwrap();
    test(Store::open(&folder.path().join("store")).unwrap());
    let Ok(server) = env::var(POSTGRES) else {
        // One write past the test harness, so that it is counted.
        let line = format!("skipped: PostgreSQL: {POSTGRES} names no server\n");
        return io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
    };
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    runtime.block_on(async {
        let mut admin = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        let make = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(make).execute(&mut admin).await.unwrap();
    });
    test(Store::connect(&format!("{server}/{name}"), 4).unwrap());
}
