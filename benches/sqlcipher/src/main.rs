//! The same accounts in SQLCipher, as an app would keep them: one table, and its key in
//! hand. Our side and what is timed: `benches/cold_start.rs`.
//!
//! `fill FILE ACCOUNTS`, `start FILE WAY` and `ACCOUNTS TIMES`, as there; nothing without words.
//!
//! Timed: opening the file with the settings of our vault, the key (32 bytes, so that
//! nothing is stretched), `quick_check`, all rows into structs in the order of the list,
//! closing. `unchecked` leaves `quick_check` out: SQLCipher authenticates each page, and
//! an app may find that enough. `wiping` has SQLCipher wipe the memory that decrypted pages
//! were in, as our vault does with everything that it decrypts; SQLCipher leaves them
//! there unless it is told to.

#[path = "../../accounts/mod.rs"]
mod accounts;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use accounts::sample;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Result, Row};

const WARM_UP: usize = 3;
/// As it would come from a key store.
const KEY: &str =
    "PRAGMA key = \"x'2dd29ca851e7b56e4697b0e1f08507293d761a05ce4d1b628663f411a8086d99'\"";

const TABLE: &str = "
    CREATE TABLE account (
        id INTEGER PRIMARY KEY, issuer TEXT, name TEXT NOT NULL, kind INTEGER NOT NULL,
        algorithm INTEGER NOT NULL, digits INTEGER NOT NULL, period INTEGER, counter INTEGER,
        secret BLOB NOT NULL, note TEXT, tags TEXT, category TEXT, pinned INTEGER NOT NULL,
        position INTEGER NOT NULL, created INTEGER NOT NULL, trashed INTEGER,
        uses INTEGER NOT NULL, last_use INTEGER
    ) STRICT;
    PRAGMA user_version = 1;";

#[expect(dead_code, reason = "an app would show them; here they are made, and no more")]
struct Account {
    id: i64,
    issuer: Option<String>,
    name: String,
    kind: u8,
    algorithm: u16,
    digits: u8,
    period: Option<u32>,
    counter: Option<i64>,
    secret: Vec<u8>,
    note: Option<String>,
    tags: Vec<String>,
    category: Option<String>,
    pinned: bool,
    position: i64,
    created: i64,
    uses: u32,
    last_use: Option<i64>,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(()),
        ["fill", file, accounts] => fill(Path::new(file), accounts.parse().unwrap()),
        ["start", file, way] => {
            if way == "wiping" {
                wipe_memory()?;
            }
            assert!(start(Path::new(file), way != "unchecked")? > 0);
            Ok(())
        }
        _ => reopen(&words.iter().filter_map(|word| word.parse().ok()).collect::<Vec<_>>()),
    }
}

fn reopen(numbers: &[u64]) -> Result<()> {
    let [accounts, times] = *numbers else { panic!("usage: <accounts> <times>") };
    let times = usize::try_from(times).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts");
    fill(&path, accounts)?;
    println!(r#"{{"id":"size_{accounts}/sqlcipher","value":{}}}"#, path.metadata().unwrap().len());
    measure(&path, accounts, times, &[("sqlcipher", true), ("unchecked", false)])?;
    wipe_memory()?;
    measure(&path, accounts, times, &[("wiping", true)])
}

/// Lets SQLCipher wipe what it frees: in the whole process, and from now on.
fn wipe_memory() -> Result<()> {
    Connection::open_in_memory()?.execute_batch("PRAGMA cipher_memory_security = ON")
}

/// Starts `times` times in each way: its name, and whether it checks the file.
fn measure(path: &Path, accounts: u64, times: usize, ways: &[(&str, bool)]) -> Result<()> {
    for time in 0..WARM_UP + times {
        for (name, check) in ways {
            let begun = Instant::now();
            let shown = start(path, *check)?;
            let nanoseconds = begun.elapsed().as_nanos();
            assert_eq!(u64::try_from(shown).unwrap(), accounts);
            if time >= WARM_UP {
                println!(r#"{{"id":"reopen_{accounts}/{name}","value":{nanoseconds}}}"#);
            }
        }
    }
    Ok(())
}

/// Opens the file, lists it and closes it; how many accounts the list has.
fn start(path: &Path, check: bool) -> Result<usize> {
    let connection = connect(path, OpenFlags::empty())?;
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    assert_eq!(version, 1);
    if check {
        let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        assert_eq!(sound, "ok");
    }
    let accounts = black_box(list(&connection)?);
    connection.close().map_err(|(_, error)| error)?;
    Ok(accounts.len())
}

fn list(connection: &Connection) -> Result<Vec<Account>> {
    let mut statement = connection.prepare(
        "SELECT id, issuer, name, kind, algorithm, digits, period, counter, secret, note, tags,
         category, pinned, position, created, uses, last_use
         FROM account WHERE trashed IS NULL ORDER BY pinned DESC, position",
    )?;
    statement.query_map([], account)?.collect()
}

fn account(row: &Row<'_>) -> Result<Account> {
    let tags: Option<String> = row.get(10)?;
    let tags = tags.unwrap_or_default();
    Ok(Account {
        id: row.get(0)?,
        issuer: row.get(1)?,
        name: row.get(2)?,
        kind: row.get(3)?,
        algorithm: row.get(4)?,
        digits: row.get(5)?,
        period: row.get(6)?,
        counter: row.get(7)?,
        secret: row.get(8)?,
        note: row.get(9)?,
        tags: tags.lines().map(str::to_owned).collect(),
        category: row.get(11)?,
        pinned: row.get(12)?,
        position: row.get(13)?,
        created: row.get(14)?,
        uses: row.get(15)?,
        last_use: row.get(16)?,
    })
}

fn fill(path: &Path, accounts: u64) -> Result<()> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    // Another one has no AES instructions: that would be no comparison.
    let provider: String = connection.query_row("PRAGMA cipher_provider", [], |row| row.get(0))?;
    assert_eq!(provider, "openssl");
    connection.execute_batch(TABLE)?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO account (issuer, name, kind, algorithm, digits, period, secret, note, tags,
             category, pinned, position, created, uses)
             VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1741011292, 0)",
        )?;
        for number in 0..accounts {
            let sample = sample(number);
            let tags = Some(sample.tags.join("\n")).filter(|tags| !tags.is_empty());
            insert.execute((
                sample.issuer,
                sample.name,
                sample.algorithm,
                sample.digits,
                sample.period,
                sample.secret,
                sample.note,
                tags,
                sample.group,
                sample.pinned,
                i64::try_from(number).unwrap(),
            ))?;
        }
    }
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)
}

/// As `connect` of `src/vault/database.rs`, with a key.
fn connect(path: &Path, create: OpenFlags) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | create;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(KEY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192;
         PRAGMA mmap_size = 0;
         PRAGMA cell_size_check = ON;
         PRAGMA wal_autocheckpoint = 64;
         PRAGMA journal_size_limit = 524288;",
    )?;
    Ok(connection)
}
