//! HMAC ([RFC 2104]) of an eight-byte message, its key absorbed once.
//!
//! A code is the HMAC of a counter. The key fills one block of the inner and one
//! of the outer hash, and both are the same for every code of an account, so they
//! are hashed when the account is opened. What is left for a code is the two
//! compressions that no implementation can avoid.
//!
//! [RFC 2104]: https://www.rfc-editor.org/rfc/rfc2104

use std::hint::black_box;
use std::slice;

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The hash under the HMAC of a code.
///
/// [RFC 6238, section 1.2] has SHA-1, SHA-256 and SHA-512; the other two of
/// FIPS 180-4 are issued to 2FAS and FreeOTP users.
///
/// [RFC 6238, section 1.2]: https://www.rfc-editor.org/rfc/rfc6238#section-1.2
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Algorithm {
    /// HMAC-SHA-1, what nearly every service uses.
    #[default]
    Sha1,
    /// HMAC-SHA-224
    Sha224,
    /// HMAC-SHA-256
    Sha256,
    /// HMAC-SHA-384
    Sha384,
    /// HMAC-SHA-512
    Sha512,
}

/// An HMAC key with its two blocks absorbed: as secret as the key, and wiped like it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) enum HmacKey {
    Sha1(KeyState<[u32; 5]>),
    Sha224(KeyState<[u32; 8]>),
    Sha256(KeyState<[u32; 8]>),
    Sha384(KeyState<[u64; 8]>),
    Sha512(KeyState<[u64; 8]>),
}

/// The hash's state after `key ⊕ ipad` and after `key ⊕ opad`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct KeyState<S: Zeroize> {
    inner: S,
    outer: S,
}

#[cfg(test)]
impl<S: Zeroize> KeyState<S> {
    /// The inner and the outer state.
    pub(super) const fn states(&self) -> (&S, &S) {
        (&self.inner, &self.outer)
    }
}

/// Absorbs the key's two blocks of `N` bytes, starting from the state `start`.
fn absorb<S: Clone + Zeroize, const N: usize>(
    key: &[u8; N],
    start: &S,
    compress: fn(&mut S, &[[u8; N]]),
) -> KeyState<S> {
    let mut state = KeyState { inner: start.clone(), outer: start.clone() };
    for (half, pad) in [(&mut state.inner, 0x36), (&mut state.outer, 0x5c)] {
        // Filled and read where it lies: a copy of it would be wiped by nobody.
        let mut block = Zeroizing::new([0; N]);
        block.iter_mut().zip(key).for_each(|(to, from)| *to = from ^ pad);
        compress(half, slice::from_ref(&block));
    }
    state
}

/// The key filled up to a block with zeros; one longer than a block is hashed first.
fn key_block<D: Digest, const N: usize>(key: &[u8]) -> Zeroizing<[u8; N]> {
    let mut block = Zeroizing::new([0; N]);
    if key.len() <= N {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    } else {
        let mut hashed = D::digest(key);
        block.iter_mut().zip(&hashed).for_each(|(to, from)| *to = *from);
        hashed.as_mut_slice().zeroize();
    }
    block
}

impl HmacKey {
    /// Absorbs `key`, of any length.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        use sha1::block_api::compress;
        use sha2::block_api::{compress256, compress512};
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(absorb(&key_block::<Sha1, 64>(key), &SHA1, compress)),
            Algorithm::Sha224 => {
                Self::Sha224(absorb(&key_block::<Sha224, 64>(key), &SHA224, compress256))
            }
            Algorithm::Sha256 => {
                Self::Sha256(absorb(&key_block::<Sha256, 64>(key), &SHA256, compress256))
            }
            Algorithm::Sha384 => {
                Self::Sha384(absorb(&key_block::<Sha384, 128>(key), &SHA384, compress512))
            }
            Algorithm::Sha512 => {
                Self::Sha512(absorb(&key_block::<Sha512, 128>(key), &SHA512, compress512))
            }
        }
    }

    /// `read(HMAC(key, counter as eight bytes, big-endian))`.
    ///
    /// The tag is handed to `read` where it lies, 20 to 64 bytes by the algorithm.
    #[inline]
    pub(crate) fn tag_of<T>(&self, counter: u64, read: impl FnOnce(&[u8]) -> T) -> T {
        match self {
            Self::Sha1(state) => read(&tag_sha1(state, counter)),
            Self::Sha224(state) => read(&tag_sha224(state, counter)),
            Self::Sha256(state) => read(&tag_sha256(state, counter)),
            Self::Sha384(state) => read(&tag_sha512::<6, 48>(state, counter)),
            Self::Sha512(state) => read(&tag_sha512::<8, 64>(state, counter)),
        }
    }
}

fn tag_sha1(key: &KeyState<[u32; 5]>, counter: u64) -> [u8; 20] {
    let mut inner = key.inner;
    sha1::block_api::compress(&mut inner, &[counter_block(counter)]);
    let [a, b, c, d, e] = inner;
    let mut outer = key.outer;
    sha1::block_api::compress(&mut outer, &[last_block([[a, b, c, d]], [e; 4], &AFTER_SHA1)]);
    bytes_of_u32(&outer)
}

fn tag_sha224(key: &KeyState<[u32; 8]>, counter: u64) -> [u8; 28] {
    let mut inner = key.inner;
    sha2::block_api::compress256(&mut inner, &[counter_block(counter)]);
    let [a, b, c, d, last @ ..] = inner;
    let mut outer = key.outer;
    sha2::block_api::compress256(&mut outer, &[last_block([[a, b, c, d]], last, &AFTER_SHA224)]);
    bytes_of_u32(&outer)
}

fn tag_sha256(key: &KeyState<[u32; 8]>, counter: u64) -> [u8; 32] {
    let mut inner = key.inner;
    sha2::block_api::compress256(&mut inner, &[counter_block(counter)]);
    let [a, b, c, d, e, f, g, h] = inner;
    let mut outer = key.outer;
    let block = last_block([[a, b, c, d], [e, f, g, h]], [0; 4], &AFTER_SHA256);
    sha2::block_api::compress256(&mut outer, &[block]);
    bytes_of_u32(&outer)
}

/// HMAC over SHA-384 with six `WORDS` and 48 bytes, over SHA-512 with 8 and 64.
fn tag_sha512<const WORDS: usize, const LEN: usize>(
    key: &KeyState<[u64; 8]>,
    counter: u64,
) -> [u8; LEN] {
    let mut inner = key.inner;
    sha2::block_api::compress512(&mut inner, &[last_block_of_u64(&[counter])]);
    let mut outer = key.outer;
    let digest = inner.first_chunk::<WORDS>().unwrap_or(&[0; WORDS]);
    sha2::block_api::compress512(&mut outer, &[last_block_of_u64(digest)]);
    bytes_of_u64(&outer)
}

/// What FIPS 180-4, section 5.1.1, puts behind a message that follows one block of
/// key: a one bit, zeros, and the length of all in bits.
struct Padding<const REST: usize> {
    /// The bits of the chunk that the message ends in which belong to the message.
    message: [u32; 4],
    /// The one bit behind them.
    one: [u32; 4],
    /// The chunks after that one.
    rest: [[u8; 16]; REST],
}

const ALL: u32 = u32::MAX;
const ONE: u32 = 1 << 31;
const ZEROS: [u8; 16] = [0; 16];

static AFTER_COUNTER: Padding<3> =
    Padding { message: [ALL, ALL, 0, 0], one: [0, 0, ONE, 0], rest: [ZEROS, ZEROS, length(8)] };
static AFTER_SHA1: Padding<2> =
    Padding { message: [ALL, 0, 0, 0], one: [0, ONE, 0, 0], rest: [ZEROS, length(20)] };
static AFTER_SHA224: Padding<2> =
    Padding { message: [ALL, ALL, ALL, 0], one: [0, 0, 0, ONE], rest: [ZEROS, length(28)] };
static AFTER_SHA256: Padding<1> =
    Padding { message: [0; 4], one: [ONE, 0, 0, 0], rest: [length(32)] };

/// The chunk that ends with the length, in bits, of a block of key and a message of
/// `message_len` bytes.
const fn length(message_len: u16) -> [u8; 16] {
    let [high, low] = ((64 + message_len) * 8).to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low]
}

/// The inner hash's last block: the counter.
#[inline]
fn counter_block(counter: u64) -> [u8; 64] {
    let [a, b, c, d, e, f, g, h] = counter.to_be_bytes();
    let (high, low) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    last_block([], [high, low, high, low], &AFTER_COUNTER)
}

/// A last block: the chunks `full`, what of `last` belongs to the message, padding.
///
/// A compression reads its block in loads of 16 bytes, and such a load waits until
/// all before it has retired if the bytes were written just now by several narrower
/// stores; one code could then not overlap with the next. So each chunk is made by
/// one operation on four words, out of constants that the compiler must not see
/// through, or it would write them word by word. (Measured: 1.2 instead of 1.6
/// times the two compressions, with SHA-1.)
#[inline]
fn last_block<const FULL: usize, const REST: usize>(
    full: [[u32; 4]; FULL],
    last: [u32; 4],
    padding: &'static Padding<REST>,
) -> [u8; 64] {
    const { assert!(FULL + 1 + REST == 4, "a block has four chunks") };
    let Padding { message, one, rest } = black_box(padding);
    let mut end = last;
    end.iter_mut().zip(message).zip(one).for_each(|((word, mask), one)| *word = *word & mask | one);
    let mut block = [0; 64];
    let mut chunks = block.as_chunks_mut().0.iter_mut();
    full.iter()
        .chain([&end])
        .zip(chunks.by_ref())
        .for_each(|(words, to)| *to = bytes_of_u32(words));
    rest.iter().zip(chunks).for_each(|(bytes, to)| *to = *bytes);
    block
}

/// A last block of the hashes with 64-bit words, whose compression is so long that
/// the way its block is written does not show.
#[inline]
fn last_block_of_u64<const N: usize>(message: &[u64; N]) -> [u8; 128] {
    let mut words = [0; 16];
    words.iter_mut().zip(message.iter().chain(&[1 << 63])).for_each(|(to, from)| *to = *from);
    if let Some(length) = words.last_mut() {
        *length = u64::try_from((16 + N) * 64).unwrap_or_default();
    }
    bytes_of_u64(&words)
}

/// The first `LEN` bytes of `words`, big-endian.
#[inline]
fn bytes_of_u32<const LEN: usize>(words: &[u32]) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes.as_chunks_mut().0.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_be_bytes());
    bytes
}

/// The first `LEN` bytes of `words`, big-endian.
#[inline]
fn bytes_of_u64<const LEN: usize>(words: &[u64]) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes.as_chunks_mut().0.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_be_bytes());
    bytes
}

// The states that FIPS 180-4, section 5.3, starts from.
const SHA1: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
const SHA224: [u32; 8] = [
    0xc105_9ed8,
    0x367c_d507,
    0x3070_dd17,
    0xf70e_5939,
    0xffc0_0b31,
    0x6858_1511,
    0x64f9_8fa7,
    0xbefa_4fa4,
];
const SHA256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const SHA384: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];
const SHA512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use sha2::digest::block_api::EagerHash;

    use super::*;

    fn other_hmac<D: EagerHash>(key: &[u8], counter: u64) -> Vec<u8> {
        let mut mac = Hmac::<D>::new_from_slice(key).unwrap();
        mac.update(&counter.to_be_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    proptest! {
        /// Keys up to and beyond both block lengths, 64 and 128 bytes.
        #[test]
        fn every_tag_is_the_one_that_another_hmac_gives(
            key in proptest::collection::vec(any::<u8>(), 0..200),
            counter: u64,
        ) {
            for (algorithm, expected) in [
                (Algorithm::Sha1, other_hmac::<Sha1>(&key, counter)),
                (Algorithm::Sha224, other_hmac::<Sha224>(&key, counter)),
                (Algorithm::Sha256, other_hmac::<Sha256>(&key, counter)),
                (Algorithm::Sha384, other_hmac::<Sha384>(&key, counter)),
                (Algorithm::Sha512, other_hmac::<Sha512>(&key, counter)),
            ] {
                let tag = HmacKey::new(algorithm, &key).tag_of(counter, <[u8]>::to_vec);

                prop_assert_eq!(tag, expected, "{:?}", algorithm);
            }
        }
    }
}
