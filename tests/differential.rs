//! Codes agree with totp-rs, and with a few lines over another HMAC where totp-rs
//! cannot say them.

use authenticator_core::otp::{Account, Algorithm, Digits, Generator, Hotp, Kind, Period, Totp};
use authenticator_core::{Secret, UnixTime};
use hmac::{Hmac, KeyInit, Mac};
use sha2::digest::block_api::EagerHash;

/// What every run begins with: a failure is found again.
const SEED: u64 = 0x5eed_4226_6238_0001;

/// SplitMix64: what it gives is the same on every machine.
struct Random(u64);

impl Random {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    fn secret(&mut self) -> Vec<u8> {
        // Up to and beyond a block of either length, 64 and 128 bytes.
        let length = usize::try_from(1 + self.below(160)).unwrap();
        let mut secret = Vec::with_capacity(length + 8);
        while secret.len() < length {
            secret.extend_from_slice(&self.number().to_le_bytes());
        }
        secret.truncate(length);
        secret
    }

    /// Mostly times that a clock shows, and some from all that can be counted.
    fn time(&mut self) -> u64 {
        match self.below(8) {
            0 => self.number(),
            1 => self.below(1 << 33),
            2 => u64::MAX - self.below(1 << 33),
            _ => 1_700_000_000 + self.below(1 << 28),
        }
    }

    fn period(&mut self) -> u32 {
        match self.below(8) {
            0 => u32::try_from(1 + self.below(u32::MAX.into())).unwrap(),
            1 | 2 => u32::try_from(1 + self.below(300)).unwrap(),
            3 => 60,
            _ => 30,
        }
    }
}

/// The five lines of RFC 4226, section 5.3, over the `hmac` crate.
fn oracle(algorithm: Algorithm, secret: &[u8], counter: u64, digits: u8) -> String {
    let tag = match algorithm {
        Algorithm::Sha1 => tag::<sha1::Sha1>(secret, counter),
        Algorithm::Sha224 => tag::<sha2::Sha224>(secret, counter),
        Algorithm::Sha256 => tag::<sha2::Sha256>(secret, counter),
        Algorithm::Sha384 => tag::<sha2::Sha384>(secret, counter),
        Algorithm::Sha512 => tag::<sha2::Sha512>(secret, counter),
    };
    let offset = usize::from(tag[tag.len() - 1] & 15);
    let value = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    let value = u64::from(value) % 10_u64.pow(digits.into());
    format!("{value:0width$}", width = digits.into())
}

fn tag<D: EagerHash>(secret: &[u8], counter: u64) -> Vec<u8> {
    let mut mac = Hmac::<D>::new_from_slice(secret).unwrap();
    mac.update(&counter.to_be_bytes());
    mac.finalize().into_bytes().to_vec()
}

const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Sha1, Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

#[test]
fn a_million_random_codes_are_the_ones_of_totp_rs() {
    let algorithms = [
        (Algorithm::Sha1, totp_rs::Algorithm::SHA1),
        (Algorithm::Sha256, totp_rs::Algorithm::SHA256),
        (Algorithm::Sha512, totp_rs::Algorithm::SHA512),
    ];
    let mut random = Random(SEED);
    for case in 0..1_000_000 {
        let (algorithm, their_algorithm) = algorithms[case % 3];
        let (secret, time, period) = (random.secret(), random.time(), random.period());
        let digits = 1 + u8::try_from(random.below(9)).unwrap();
        let theirs = totp_rs::Builder::new()
            .with_algorithm(their_algorithm)
            .with_digits(digits)
            .with_step_duration(period.into())
            .with_secret(secret.as_slice())
            .build_noncompliant();

        let (length, ours) = (Digits::new(digits).unwrap(), Secret::new(secret.clone()));
        let ours = Totp::new(&ours, algorithm, length, Period::from_secs(period).unwrap());
        let ours = ours.code_at(UnixTime::from_secs(time)).code;

        assert_eq!(
            ours.as_str(),
            theirs.generate(time).to_string(),
            "case {case} from {SEED:#x}: {algorithm}, {digits} digits, {period} s, at {time}, secret {secret:02x?}",
        );
    }
}

#[test]
fn random_steam_codes_are_the_ones_of_totp_rs() {
    let mut random = Random(SEED);
    for case in 0..100_000 {
        let (secret, time) = (random.secret(), random.time());
        let theirs =
            totp_rs::Builder::new_steam().with_secret(secret.as_slice()).build_noncompliant();

        let account = Account::from_parts("", "", Kind::Steam, Secret::new(secret.clone()));
        let Generator::Totp(ours) = account.unwrap().account.generator(None).unwrap() else {
            panic!("Steam's codes go by the time");
        };
        let ours = ours.code_at(UnixTime::from_secs(time)).code;

        assert_eq!(
            ours.as_str(),
            theirs.generate(time).to_string(),
            "case {case} from {SEED:#x}: at {time}, secret {secret:02x?}",
        );
    }
}

#[test]
fn random_codes_that_totp_rs_cannot_say_are_the_ones_of_another_hmac() {
    let mut random = Random(SEED);
    for case in 0..100_000 {
        let algorithm = ALGORITHMS[case % 5];
        let (secret, counter) = (random.secret(), random.time());
        let digits = if algorithm == Algorithm::Sha224 || algorithm == Algorithm::Sha384 {
            1 + u8::try_from(random.below(10)).unwrap()
        } else {
            10
        };

        let length = Digits::new(digits).unwrap();
        let ours = Hotp::new(&Secret::new(secret.clone()), algorithm, length).code(counter);

        assert_eq!(
            ours.as_str(),
            oracle(algorithm, &secret, counter, digits),
            "case {case} from {SEED:#x}: {algorithm}, {digits} digits, {counter}, secret {secret:02x?}",
        );
    }
}

#[test]
fn the_edges_of_every_parameter_have_the_right_code() {
    let secrets = [0, 1, 63, 64, 65, 127, 128, 129, 1 << 20].map(|length| vec![0xa5; length]);
    let periods = [1, 30, u32::MAX - 1, u32::MAX];
    let times = [0, 1, 29, 30, u32::MAX.into(), u64::MAX - 1, u64::MAX];
    for secret in &secrets {
        for algorithm in ALGORITHMS {
            for digits in [1, 9, 10] {
                for period in periods {
                    let totp = Totp::new(
                        &Secret::new(secret.clone()),
                        algorithm,
                        Digits::new(digits).unwrap(),
                        Period::from_secs(period).unwrap(),
                    );
                    for time in times {
                        let timed = totp.code_at(UnixTime::from_secs(time));

                        let step = time / u64::from(period);
                        assert_eq!(
                            timed.code.as_str(),
                            oracle(algorithm, secret, step, digits),
                            "{algorithm}, {digits} digits, {period} s, at {time}, {} bytes",
                            secret.len(),
                        );
                        assert_eq!(timed.valid_from.as_secs(), step * u64::from(period));
                    }
                }
            }
        }
    }
}
