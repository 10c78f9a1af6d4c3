//! What is stored is the same on either database, and so is who waits for whom.

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use relying_party::store::{Store, StoreError, Tx};

use support::on_each;

fn put(tx: &mut dyn Tx, name: &str, value: &str) -> Result<u64, StoreError> {
    tx.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", &[name.into(), value.into()])
}

fn value(store: &Store, name: &str) -> Option<String> {
    let find = |tx: &mut dyn Tx| {
        let row = tx.row("SELECT value FROM settings WHERE name = $1", &[name.into()])?;
        row.map(|mut row| row.text()).transpose()
    };
    store.transact::<_, StoreError>(find).unwrap()
}

#[test]
fn what_is_bound_is_data_whatever_it_says() {
    on_each(|store| {
        let hostile = "'); DROP TABLE settings; -- $1 ?1 \u{0}\"`\\".replace('\u{0}', "");
        store.transact(|tx| put(tx, &hostile, &hostile)).unwrap();
        assert_eq!(value(&store, &hostile), Some(hostile));
    });
}

#[test]
fn values_of_every_kind_come_back_and_missing_ones_are_missing() {
    on_each(|store| {
        let credential = |pin: Option<Vec<u8>>, push: Option<&str>| {
            store.transact::<_, StoreError>(|tx| {
                tx.execute(
                    "INSERT INTO accounts VALUES ('a', 'a', 'p', 0, 1, NULL, $1)
                     ON CONFLICT DO NOTHING",
                    &[7_u64.into()],
                )?;
                tx.execute("DELETE FROM credentials", &[])?;
                tx.execute(
                    "INSERT INTO credentials VALUES ('c', 'a', 'active', 'k', 'k', 'e', NULL, 'n', 'ios',
                     'software', NULL, $1, 1, $2, 0, 'h', NULL, $3, 1, 0, 0, 0, 0, NULL)",
                    &[push.into(), None::<u64>.into(), pin.clone().into()],
                )?;
                let row = tx.row("SELECT push, last_used, pin, added FROM credentials", &[])?;
                let mut row = row.unwrap();
                let found = (row.text_if_any()?, row.number_if_any()?, row.bytes_if_any()?);
                assert!(row.is()?);
                Ok(found)
            })
        };
        assert_eq!(credential(None, None).unwrap(), (None, None, None));
        let (pin, push) = (Some(vec![0, 255, b'\'']), Some("{}"));
        assert_eq!(credential(pin.clone(), push).unwrap(), (push.map(str::to_owned), None, pin));
        let wrong =
            store.transact(|tx| tx.row("SELECT name FROM accounts", &[])?.unwrap().number());
        assert!(matches!(wrong, Err(StoreError::Failed(_))));
    });
}

#[test]
fn all_of_it_happens_or_nothing() {
    on_each(|store| {
        let failed = store.transact(|tx| {
            put(tx, "a", "1")?;
            Err::<(), _>(StoreError::Failed("no".to_owned()))
        });
        assert!(failed.is_err());
        assert_eq!(value(&store, "a"), None);
        let refused = store.transact(|tx| {
            put(tx, "a", "1")?;
            tx.execute("INSERT INTO settings (name) VALUES ('b')", &[])
        });
        let said = refused.unwrap_err().to_string();
        assert!(said.starts_with("the store: ") && !said.contains("settings"), "{said}");
        assert_eq!(value(&store, "a"), None);
    });
}

#[test]
fn what_many_count_at_once_is_counted() {
    on_each(|store| {
        store.transact(|tx| put(tx, "count", "0")).unwrap();
        let rounds = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        // Read first, written later: lost where two do it at the same time.
                        let count = |tx: &mut dyn Tx| {
                            rounds.fetch_add(1, Ordering::Relaxed);
                            let row =
                                tx.row("SELECT value FROM settings WHERE name = 'count'", &[])?;
                            let count: u32 = row.unwrap().text()?.parse().unwrap();
                            tx.execute(
                                "UPDATE settings SET value = $1 WHERE name = 'count'",
                                &[(count + 1).to_string().into()],
                            )
                        };
                        store.transact::<_, StoreError>(count).unwrap();
                    }
                });
            }
        });
        assert_eq!(value(&store, "count").as_deref(), Some("40"));
        assert!(rounds.load(Ordering::Relaxed) >= 40);
    });
}

#[test]
fn the_same_key_by_two_at_once_is_made_by_one() {
    on_each(|store| {
        let made = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let make = |tx: &mut dyn Tx| {
                        let known = tx.row("SELECT value FROM settings WHERE name = 'one'", &[])?;
                        Ok(if known.is_none() { put(tx, "one", "1")? } else { 0 })
                    };
                    let count = store.transact::<_, StoreError>(make).unwrap();
                    made.fetch_add(usize::try_from(count).unwrap(), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
    });
}
