//! Measures whether a comparison takes the same time for two classes of input.
//!
//! A |t| that stays below 5 however long it is measured says that no difference was seen;
//! one that grows with the square root of the number of samples is a difference.

#[expect(dead_code, unreachable_pub, reason = "it is compiled in for one function")]
#[path = "../../../src/crypto/mod.rs"]
mod crypto;

use std::hint::black_box;

use authenticator_core::otp::{Algorithm, Digits, Period, Totp, Window};
use authenticator_core::{Secret, UnixTime};
use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use rand::RngExt;

const SAMPLES: usize = 200_000;

fn class(rng: &mut BenchRng) -> Class {
    if rng.random::<bool>() { Class::Left } else { Class::Right }
}

/// Runs `work` on inputs that were all made before: making one must not be measured.
fn measure<I, T>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    make: impl Fn(&Class, &mut BenchRng) -> I,
    work: impl Fn(&I) -> T,
) {
    let inputs: Vec<(Class, I)> = (0..SAMPLES)
        .map(|_| {
            let class = class(rng);
            let input = make(&class, rng);
            (class, input)
        })
        .collect();
    for (class, input) in inputs {
        runner.run_one(class, || work(black_box(&input)));
    }
}

/// Two keys: the same, or other ones from the first byte on.
fn keys(class: &Class, rng: &mut BenchRng) -> ([u8; 32], [u8; 32]) {
    let key: [u8; 32] = rng.random();
    let other: [u8; 32] = rng.random();
    match class {
        Class::Left => (key, key),
        Class::Right => (key, other),
    }
}

/// The control: what compares byte by byte must be seen.
fn control_early_exit(runner: &mut CtRunner, rng: &mut BenchRng) {
    measure(runner, rng, keys, |(one, other)| {
        one.iter().zip(other).all(|(one, other)| black_box(one) == black_box(other))
    });
}

/// A commitment that is right, and one that is wrong from the first byte on.
fn commitment(runner: &mut CtRunner, rng: &mut BenchRng) {
    measure(runner, rng, keys, |(one, other)| crypto::key::equal(one, other));
}

/// A commitment that is wrong in the last byte, and one in the first.
fn commitment_first_or_last(runner: &mut CtRunner, rng: &mut BenchRng) {
    let make = |class: &Class, rng: &mut BenchRng| {
        let key: [u8; 32] = rng.random();
        let mut other = key;
        other[if matches!(class, Class::Left) { 31 } else { 0 }] ^= 1;
        (key, other)
    };
    measure(runner, rng, make, |(one, other)| crypto::key::equal(one, other));
}

fn totp() -> Totp {
    let secret = Secret::new(b"12345678901234567890".to_vec());
    Totp::new(&secret, Algorithm::Sha1, Digits::default(), Period::default())
}

const WINDOW: Window = Window { past: 1, future: 1 };

/// A moment, and six digits: the code of the step `steps` away, with the digit at `wrong`
/// changed.
fn typed(rng: &mut BenchRng, steps: i64, wrong: Option<usize>) -> (UnixTime, [u8; 6]) {
    let secs = rng.random_range(1_000_000_000..2_000_000_000_u64);
    let of = UnixTime::from_secs(secs.saturating_add_signed(30 * steps));
    let mut digits: [u8; 6] = totp().code_at(of).code.as_str().as_bytes().try_into().unwrap();
    if let Some(place) = wrong {
        digits[place] = b'0' + (digits[place] - b'0' + 5) % 10;
    }
    (UnixTime::from_secs(secs), digits)
}

fn verify(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    left: (i64, Option<usize>),
    right: (i64, Option<usize>),
) {
    let totp = totp();
    let make = |class: &Class, rng: &mut BenchRng| match class {
        Class::Left => typed(rng, left.0, left.1),
        Class::Right => typed(rng, right.0, right.1),
    };
    measure(runner, rng, make, |(time, digits)| {
        totp.verify(str::from_utf8(digits).unwrap_or_default(), *time, WINDOW)
    });
}

/// The right code, and one that is wrong in the first digit.
fn code_right_or_wrong(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, (0, None), (0, Some(0)));
}

/// A code that is wrong in the first digit, and one in the last.
fn code_first_or_last(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, (0, Some(0)), (0, Some(5)));
}

/// The code of the first step of the window, and of the last.
fn code_early_or_late(runner: &mut CtRunner, rng: &mut BenchRng) {
    verify(runner, rng, (-1, None), (1, None));
}

ctbench_main!(
    control_early_exit,
    commitment,
    commitment_first_or_last,
    code_right_or_wrong,
    code_first_or_last,
    code_early_or_late
);
