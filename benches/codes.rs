//! Code generation and URI parsing against totp-rs, and against the floor: two
//! chained compressions of the same hash, the work no HMAC can avoid.
//!
//! `cargo xtask bench` runs this several times and prints ratios of medians.

use std::hint::black_box;
use std::time::Duration;

use authenticator_core::otp::{
    Account, Algorithm, Code, CodeList, Digits, Generator, Kind, Period, Totp,
};
use authenticator_core::{Secret, UnixTime};
use criterion::{Criterion, criterion_group, criterion_main};

const TIME: u64 = 1_741_011_292;
const URIS: [(&str, &str); 3] = [
    (
        "uri_plain",
        "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example",
    ),
    (
        "uri_full",
        "otpauth://totp/Example%20Co:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example%20Co&algorithm=SHA256&digits=8&period=60",
    ),
    (
        "uri_sha512",
        "otpauth://totp/Example%3Aalice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&algorithm=SHA512&digits=8&period=60",
    ),
];

fn single_codes(c: &mut Criterion) {
    let secret = b"12345678901234567890";
    let cases = [
        ("sha1", Algorithm::Sha1, totp_rs::Algorithm::SHA1),
        ("sha256", Algorithm::Sha256, totp_rs::Algorithm::SHA256),
        ("sha512", Algorithm::Sha512, totp_rs::Algorithm::SHA512),
    ];
    for (name, algorithm, their_algorithm) in cases {
        let ours = Totp::new(
            &Secret::new(secret.to_vec()),
            algorithm,
            Digits::default(),
            Period::default(),
        );
        let theirs = their_totp(secret, their_algorithm);
        assert_eq!(
            ours.code_at(UnixTime::from_secs(TIME)).code.as_str(),
            theirs.generate(TIME).to_string()
        );

        let mut group = c.benchmark_group(name);
        let mut time = TIME;
        group.bench_function("ours", |b| {
            b.iter(|| {
                time += 30;
                black_box(&ours).code_at(black_box(UnixTime::from_secs(time)))
            });
        });
        group.bench_function("totp-rs", |b| {
            b.iter(|| {
                time += 30;
                black_box(&theirs).generate(black_box(time))
            });
        });
        group.bench_function("floor", |b| floor(b, algorithm));
        group.finish();
    }
}

/// Two compressions, the second over what the first gave.
fn floor(b: &mut criterion::Bencher<'_>, algorithm: Algorithm) {
    match algorithm {
        Algorithm::Sha1 => {
            let (mut state, block) = ([1_u32; 5], [7_u8; 64]);
            b.iter(|| {
                sha1::block_api::compress(&mut state, black_box(&[block]));
                sha1::block_api::compress(&mut state, black_box(&[block]));
                state[0]
            });
        }
        Algorithm::Sha224 | Algorithm::Sha256 => {
            let (mut state, block) = ([1_u32; 8], [7_u8; 64]);
            b.iter(|| {
                sha2::block_api::compress256(&mut state, black_box(&[block]));
                sha2::block_api::compress256(&mut state, black_box(&[block]));
                state[0]
            });
        }
        Algorithm::Sha384 | Algorithm::Sha512 => {
            let (mut state, block) = ([1_u64; 8], [7_u8; 128]);
            b.iter(|| {
                sha2::block_api::compress512(&mut state, black_box(&[block]));
                sha2::block_api::compress512(&mut state, black_box(&[block]));
                state[0]
            });
        }
    }
}

fn batch(c: &mut Criterion) {
    let secrets: Vec<[u8; 20]> = (0..10_000_u32)
        .map(|index| {
            let mut secret = [0x5a; 20];
            secret[..4].copy_from_slice(&index.to_be_bytes());
            secret
        })
        .collect();
    let accounts: Vec<Account> = secrets
        .iter()
        .map(|secret| {
            let secret = Secret::new(secret.to_vec());
            Account::from_parts("Example", "alice", Kind::totp(), secret).unwrap().account
        })
        .collect();
    let ours: CodeList = accounts.iter().map(|account| (account, None)).collect();
    let theirs: Vec<totp_rs::Totp> =
        secrets.iter().map(|secret| their_totp(secret, totp_rs::Algorithm::SHA1)).collect();

    let mut group = c.benchmark_group("batch_10000");
    let mut codes: Vec<Option<Code>> = Vec::with_capacity(secrets.len());
    let mut time = TIME;
    group.bench_function("ours", |b| {
        b.iter(|| {
            time += 30;
            codes.clear();
            let timed = ours.codes_at(UnixTime::from_secs(black_box(time)));
            codes.extend(timed.map(|timed| timed.ok().map(|timed| timed.code)));
            black_box(&codes).len()
        });
    });
    let mut texts: Vec<String> = Vec::with_capacity(secrets.len());
    group.bench_function("totp-rs", |b| {
        b.iter(|| {
            time += 30;
            texts.clear();
            let now = black_box(time);
            texts.extend(theirs.iter().map(|totp| totp.generate(now).to_string()));
            black_box(&texts).len()
        });
    });
    group.finish();
}

fn uris(c: &mut Criterion) {
    for (name, uri) in URIS {
        let Generator::Totp(ours) =
            Account::from_uri(uri).unwrap().account.generator(None).unwrap()
        else {
            unreachable!("every URI here says totp");
        };
        let theirs = totp_rs::Totp::from_url(uri).unwrap();
        assert_eq!(
            ours.code_at(UnixTime::from_secs(TIME)).code.as_str(),
            theirs.generate(TIME).to_string()
        );

        let mut group = c.benchmark_group(name);
        group.bench_function("ours", |b| b.iter(|| Account::from_uri(black_box(uri))));
        group.bench_function("totp-rs", |b| b.iter(|| totp_rs::Totp::from_url(black_box(uri))));
        group.finish();
    }
}

fn their_totp(secret: &[u8], algorithm: totp_rs::Algorithm) -> totp_rs::Totp {
    totp_rs::Builder::new()
        .with_algorithm(algorithm)
        .with_secret(secret.to_vec())
        .with_account_name("alice")
        .with_issuer(Some("Example"))
        .build()
        .expect("the parameters are those of RFC 6238")
}

/// Short: `cargo xtask bench` repeats the whole run and takes medians of it.
fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(50)
}

criterion_group! { name = benches; config = short(); targets = single_codes, batch, uris }
criterion_main!(benches);
