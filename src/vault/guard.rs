//! What the rollback guard keeps about a vault (`docs/vault-format.md`, "The rollback
//! guard").

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::bytes::Bytes;
use super::throttle::{self, MOMENT_LEN};
use crate::Moment;
use crate::crypto::digest::sha256;
use crate::crypto::random::{self, NoRandomness};

const FORMAT: u8 = 2;
/// Without the moment of the last try.
const OLD_FORMAT: u8 = 1;
const LEN: usize = 80;
const EPOCH_LEN: usize = 16;
const CHECK_LEN: usize = 4;

/// 16 random bytes that are part of a PIN's key and are not in the vault's file, so
/// that a copy of the file has no PIN to guess. On the heap so that moving them leaves
/// no copy behind.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Epoch(Box<[u8; EPOCH_LEN]>);

impl Epoch {
    pub(crate) fn make() -> Result<Self, NoRandomness> {
        let mut epoch = Self(Box::new([0; EPOCH_LEN]));
        random::fill(&mut *epoch.0)?;
        Ok(epoch)
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut epoch = Self(Box::new([0; EPOCH_LEN]));
        (bytes.len() == EPOCH_LEN).then(|| epoch.0.copy_from_slice(bytes))?;
        Some(epoch)
    }

    pub(crate) fn expose(&self) -> &[u8; EPOCH_LEN] {
        &self.0
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Epoch(..)")
    }
}

/// The guard's memory of one vault.
#[derive(Clone, Debug)]
pub(crate) struct GuardState {
    /// The vault's generation when this was last written.
    pub(crate) generation: u64,
    /// Wrong tries of the PIN since the last right one.
    pub(crate) tries: u8,
    /// What the PIN's slot is bound to.
    pub(crate) epoch: Epoch,
    /// What it is about to be bound to: a PIN change is under way.
    pub(crate) next_epoch: Option<Epoch>,
    /// When the last wrong try was made, or when the wait for it began anew.
    pub(crate) tried: Option<Moment>,
}

impl GuardState {
    /// Of a vault that nothing is known of, with an epoch that no slot is bound to.
    pub(crate) fn new(generation: u64) -> Result<Self, NoRandomness> {
        let epoch = Epoch::make()?;
        Ok(Self { generation, tries: 0, epoch, next_epoch: None, tried: None })
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Grown, the vector would leave copies behind: it has its full size at once.
        let mut blob = Zeroizing::new(Vec::with_capacity(LEN));
        blob.push(FORMAT);
        blob.extend_from_slice(&self.generation.to_be_bytes());
        blob.push(self.tries);
        blob.extend_from_slice(self.epoch.expose());
        blob.push(u8::from(self.next_epoch.is_some()));
        let next = self.next_epoch.as_ref().map_or(&[0; EPOCH_LEN], Epoch::expose);
        blob.extend_from_slice(next);
        blob.push(u8::from(self.tried.is_some()));
        let tried = self.tried.as_ref().map_or([0; MOMENT_LEN], throttle::encode);
        blob.extend_from_slice(&tried);
        let check = checksum(&blob);
        blob.extend_from_slice(&check);
        blob
    }

    /// Whether `blob` is whole and of a format that a newer library writes.
    pub(crate) fn is_newer(blob: &[u8]) -> bool {
        let whole = blob.split_last_chunk().filter(|(state, check)| checksum(state) == **check);
        whole.is_some_and(|(state, _)| state.first().is_some_and(|format| *format > FORMAT))
    }

    /// `None` if `blob` is not what [`GuardState::encode`] makes, or made in the format
    /// before this one, bit by bit.
    pub(crate) fn decode(blob: &[u8]) -> Option<Self> {
        let (state, check) = blob.split_last_chunk()?;
        if checksum(state) != *check {
            return None;
        }
        let mut bytes = Bytes::new(state);
        let format = bytes.u8()?;
        let generation = bytes.u64()?;
        let tries = bytes.u8()?;
        let epoch = Epoch::from_slice(bytes.slice(EPOCH_LEN)?)?;
        let next_epoch = match optional(&mut bytes, EPOCH_LEN)? {
            Some(next) => Some(Epoch::from_slice(next)?),
            None => None,
        };
        let tried = match format {
            OLD_FORMAT => None,
            FORMAT => optional(&mut bytes, MOMENT_LEN)?.and_then(throttle::decode),
            _ => return None,
        };
        bytes.end()?;
        Some(Self { generation, tries, epoch, next_epoch, tried })
    }
}

/// A field behind the byte that says whether it is there; zeros if it is not.
fn optional<'a>(bytes: &mut Bytes<'a>, length: usize) -> Option<Option<&'a [u8]>> {
    let is_there = bytes.u8()?;
    let field = bytes.slice(length)?;
    match is_there {
        0 if field.iter().all(|byte| *byte == 0) => Some(None),
        1 => Some(Some(field)),
        _ => None,
    }
}

fn checksum(state: &[u8]) -> [u8; CHECK_LEN] {
    *sha256(&[state]).first_chunk().unwrap_or(&[0; CHECK_LEN])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{BootId, UnixTime};

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn with_checksum(state: &[u8]) -> Vec<u8> {
        [state, &checksum(state)].concat()
    }

    /// As another program wrote them from the format's page.
    const FULL: &str = concat!(
        "02000000000000000703a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a101b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "b2b2b2010000000067c5b95c00000000055e3abcc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c33c4cab42",
    );
    const EMPTY: &str = concat!(
        "02000000000000000703a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a10000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000000000000090a766",
    );
    /// The same in the format before.
    const OLD: [&str; 2] = [
        "01000000000000000703a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a101b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2ad1a6ec2",
        "01000000000000000703a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100000000000000000000000000000000005505d456",
    ];

    fn epoch(byte: u8) -> Epoch {
        Epoch::from_slice(&[byte; 16]).unwrap()
    }

    const TRIED: Moment = Moment {
        wall: UnixTime::from_secs(1_741_011_292),
        monotonic: Duration::from_millis(90_061_500),
        boot_id: BootId::from_bytes([0xc3; 16]),
    };

    #[test]
    fn the_layout_is_that_of_the_format() {
        let mut state = GuardState {
            generation: 7,
            tries: 3,
            epoch: epoch(0xa1),
            next_epoch: Some(epoch(0xb2)),
            tried: Some(TRIED),
        };
        assert_eq!(*state.encode(), hex(FULL));
        (state.next_epoch, state.tried) = (None, None);
        assert_eq!(*state.encode(), hex(EMPTY));
    }

    #[test]
    fn the_format_before_is_read_and_knows_no_moment() {
        let [with_next, without] = OLD.map(|old| GuardState::decode(&hex(old)).unwrap());

        assert_eq!(*without.encode(), hex(EMPTY));
        assert_eq!((with_next.generation, with_next.tries, with_next.tried), (7, 3, None));
        assert_eq!(*with_next.next_epoch.unwrap().expose(), [0xb2; 16]);
    }

    #[test]
    fn every_bit_that_is_changed_is_noticed() {
        for blob in [FULL, EMPTY, OLD[0], OLD[1]].map(hex) {
            assert!(GuardState::decode(&blob).is_some());
            for bit in 0..blob.len() * 8 {
                let mut other = blob.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                assert!(GuardState::decode(&other).is_none(), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_blob_of_another_length_or_format_is_none() {
        let blob = hex(EMPTY);
        for length in 0..blob.len() {
            assert!(GuardState::decode(&blob[..length]).is_none(), "{length}");
        }
        let state = &blob[..76];
        assert!(GuardState::decode(&with_checksum(state)).is_some());
        assert!(GuardState::decode(&with_checksum(&state[..75])).is_none());
        assert!(GuardState::decode(&with_checksum(&[state, &[0]].concat())).is_none());
        // Another format, a flag that is none, a field that is said not to be there.
        for (place, value) in [(0, 0), (0, 1), (0, 3), (26, 2), (42, 1), (43, 2), (75, 1)] {
            let mut other = state.to_vec();
            other[place] = value;
            assert!(GuardState::decode(&with_checksum(&other)).is_none(), "{place}");
        }
    }

    #[test]
    fn an_epoch_does_not_print() {
        let next_epoch = Some(Epoch::make().unwrap());
        let state = GuardState { next_epoch, ..GuardState::new(7).unwrap() };

        let shown = format!("{state:?}");
        assert!(shown.contains("epoch: Epoch(..), next_epoch: Some(Epoch(..))"), "{shown}");
        assert_ne!(state.epoch.expose(), state.next_epoch.as_ref().unwrap().expose());
    }

    proptest! {
        #[test]
        fn every_state_is_read_back(
            generation: u64,
            tries: u8,
            epoch: [u8; 16],
            next: Option<[u8; 16]>,
            tried: bool,
        ) {
            let next_epoch = next.as_ref().map(|next| Epoch::from_slice(next).unwrap());
            let epoch = Epoch::from_slice(&epoch).unwrap();
            let tried = tried.then_some(TRIED);
            let blob = GuardState { generation, tries, epoch, next_epoch, tried }.encode();

            prop_assert_eq!(blob.len(), LEN);
            let state = GuardState::decode(&blob).unwrap();
            prop_assert_eq!(state.generation, generation);
            prop_assert_eq!((state.tries, state.tried), (tries, tried));
            prop_assert_eq!(state.next_epoch.as_ref().map(|epoch| *epoch.expose()), next);
            prop_assert_eq!(state.encode(), blob);
        }

        #[test]
        fn any_bytes_are_read_or_refused(blob in proptest::collection::vec(any::<u8>(), 0..90)) {
            for blob in [with_checksum(&blob), blob] {
                let state = GuardState::decode(&blob).filter(|_| blob[0] == FORMAT);
                if let Some(state) = state {
                    prop_assert_eq!(&*state.encode(), &blob);
                }
            }
        }
    }
}
