//! A vault in use, with 1 000 and 10 000 accounts.
//!
//! `files` has the platform's key and the rollback guard in files, as the command line
//! has them; `memory` has them in memory, so that what is left is the vault itself. The
//! `floor` of a durable change is the work that none can avoid: 4 KiB appended to a file,
//! and made durable.
//!
//! `cargo xtask bench` runs this several times; see also `cold_start.rs`.

mod accounts;
mod vaults;

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use authenticator_core::vault::Edit;
use authenticator_core::{Authenticator, UnixTime};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use vaults::{Device, Filled, NOW, add, entry};

const SIZES: [u64; 2] = [1_000, 10_000];
const DEVICES: [(&str, Device); 2] = [("files", Device::Files), ("memory", Device::Memory)];
/// What a person types, letter by letter.
const TYPED: &str = "gitlab";

/// Open and unlock by the platform's slot.
fn unlock(c: &mut Criterion) {
    for accounts in SIZES {
        let mut group = c.benchmark_group(format!("unlock_{accounts}"));
        for (name, device) in DEVICES {
            let filled = Filled::new(device, accounts);
            // Closing is not timed: what is dropped is what the closure gives.
            group.bench_function(name, |b| {
                b.iter_batched(|| (), |()| filled.unlocked(), BatchSize::PerIteration);
            });
        }
        group.finish();
    }
}

/// The list, the codes, the search: nothing of it touches the disk, except the first
/// codes, for which the secrets are read.
fn reading(c: &mut Criterion) {
    for accounts in SIZES {
        let filled = Filled::new(Device::Memory, accounts);
        let vault = filled.unlocked();
        let mut time = NOW.wall.as_secs();

        c.benchmark_group(format!("list_{accounts}"))
            .bench_function("ours", |b| b.iter(|| vault.items(black_box(NOW)).unwrap()));

        vault.codes(NOW.wall, NOW).unwrap();
        c.benchmark_group(format!("tick_{accounts}")).bench_function("ours", |b| {
            b.iter(|| {
                time += 30;
                vault.codes(black_box(UnixTime::from_secs(time)), NOW).unwrap()
            });
        });

        vault.search("", NOW).unwrap();
        c.benchmark_group(format!("search_{accounts}")).bench_function("ours", |b| {
            b.iter(|| {
                let typed = (1..=TYPED.len()).map(|letters| &TYPED[..letters]);
                typed.map(|typed| vault.search(black_box(typed), NOW).unwrap().len()).sum::<usize>()
            });
        });

        let mut first = c.benchmark_group(format!("first_{accounts}"));
        first.bench_function("codes", |b| {
            let codes = |vault: &Authenticator| vault.codes(NOW.wall, NOW).unwrap();
            b.iter_batched(|| relocked(&vault), codes, BatchSize::PerIteration);
        });
        first.bench_function("search", |b| {
            let search = |vault: &Authenticator| vault.search("g", NOW).unwrap();
            b.iter_batched(|| relocked(&vault), search, BatchSize::PerIteration);
        });
        first.finish();
    }
}

/// The vault as it is after an unlock.
fn relocked(vault: &Authenticator) -> &Authenticator {
    vault.lock();
    let _ = vault.unlock_with_platform(NOW).unwrap();
    vault
}

/// Changes, each durable when the call returns.
fn changes(c: &mut Criterion) {
    for accounts in SIZES {
        let vaults = DEVICES.map(|(name, device)| (name, Filled::new(device, accounts)));
        let opened = vaults.each_ref().map(|(name, filled)| (*name, filled.unlocked()));

        let mut group = c.benchmark_group(format!("add_{accounts}"));
        for (name, vault) in &opened {
            let mut number = accounts;
            group.bench_function(*name, |b| {
                b.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..times {
                        number += 1;
                        let entry = entry(number);
                        let begun = Instant::now();
                        add(vault, entry);
                        spent += begun.elapsed();
                        // It stays as large as it is.
                        vault.undo(NOW).unwrap();
                    }
                    spent
                });
            });
        }
        group.finish();

        let mut group = c.benchmark_group(format!("edit_{accounts}"));
        for (name, vault) in &opened {
            let id = vault.items(NOW).unwrap()[0].id();
            let mut number = 0_u64;
            group.bench_function(*name, |b| {
                b.iter(|| {
                    number += 1;
                    let note = Edit::Note(Some(format!("changed for the {number}th time")));
                    vault.edit(id, vec![note], NOW).unwrap();
                });
            });
        }
        group.finish();
    }
    c.benchmark_group("durable_write").bench_function("floor", |b| {
        let mut file: File = tempfile::tempfile().unwrap();
        b.iter(|| {
            file.write_all(black_box(&[7; 4096])).unwrap();
            file.sync_data().unwrap();
        });
    });
}

/// Short: `cargo xtask bench` repeats the whole run and takes medians of it.
fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20)
}

criterion_group! { name = benches; config = short(); targets = unlock, reading, changes }
criterion_main!(benches);
