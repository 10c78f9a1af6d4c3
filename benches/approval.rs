//! A sign-in that is approved.
//!
//! `answer` is what the library computes: verify the challenge, decide by its number, sign. The
//! `floor` is what none can avoid: one verification by ring, and one signature by p256 with the
//! key loaded. `whole` is what an app calls, with the vault in a file: the challenge is kept, and
//! the decision durable before anything is sent. `pin`: a PIN stretched to its key.
//!
//! `cargo xtask bench` runs this several times.

#[path = "../tests/support/phone.rs"]
mod phone;
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use approval_service::Ask;
use authenticator_core::approval::Proof;
use authenticator_core::approval::measuring::{self, Asked};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer;
use phone::{ACCOUNT, PIN, approval_pin, enrolled};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

fn answer(c: &mut Criterion) {
    let asked = Asked::new().expect("the vectors are there");
    let mut group = c.benchmark_group("approval");
    group.bench_function("answer", |b| {
        let answer = |mut fresh| asked.answer(&mut fresh).expect("it is approved");
        b.iter_batched(|| asked.fresh(), answer, BatchSize::SmallInput);
    });

    let (input, signature) = asked.challenge().rsplit_once('.').expect("it is signed");
    let signature = data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let service = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, asked.service_key());
    let device = SigningKey::from_slice(&[7; 32]).unwrap();
    let answer = asked.answer(&mut asked.fresh()).expect("it is approved");
    let (said, _) = answer.rsplit_once('.').expect("it is signed");
    group.bench_function("floor", |b| {
        b.iter(|| {
            service.verify(black_box(input.as_bytes()), &signature).unwrap();
            let signed: p256::ecdsa::Signature = device.sign(black_box(said.as_bytes()));
            signed
        });
    });
    group.finish();
}

fn whole(c: &mut Criterion) {
    let (mut service, mut phone, _) = enrolled(None);
    c.benchmark_group("approval").bench_function("whole", |b| {
        b.iter_custom(|times| {
            let mut took = Duration::ZERO;
            for _ in 0..times {
                phone.wait(60);
                let pushed = service.ask(ACCOUNT, &Ask::default(), phone.time());
                let (number, now) = (service.newest_number(ACCOUNT), phone.moment());
                let start = Instant::now();
                let request = phone.authenticator.take_push(&pushed[0], now).unwrap();
                let typed = number.as_deref();
                phone.authenticator.approve(request, typed, &Proof::Presence, now).unwrap();
                took += start.elapsed();
                // The next one waits for this one's receipt.
                let _ = phone.settle(&mut service);
            }
            took
        });
    });
}

fn pin(c: &mut Criterion) {
    let pin = approval_pin(PIN);
    let mut group = c.benchmark_group("approval");
    group.sample_size(10);
    group.bench_function("pin", |b| b.iter(|| assert!(measuring::derive(black_box(&pin)))));
    group.finish();
}

criterion_group!(benches, answer, whole, pin);
criterion_main!(benches);
