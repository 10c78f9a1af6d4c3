//! What the rollback guard keeps about a vault (`docs/vault-format.md`, "The rollback
//! guard").

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto::digest::sha256;
use crate::crypto::random::{self, NoRandomness};

const FORMAT: u8 = 1;
const LEN: usize = 47;
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

    fn from_array(bytes: &[u8; EPOCH_LEN]) -> Self {
        let mut epoch = Self(Box::new([0; EPOCH_LEN]));
        epoch.0.copy_from_slice(bytes);
        epoch
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
}

impl GuardState {
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
        let check = checksum(&blob);
        blob.extend_from_slice(&check);
        blob
    }

    /// `None` if `blob` is not what [`GuardState::encode`] makes, bit by bit.
    pub(crate) fn decode(blob: &[u8]) -> Option<Self> {
        let (state, check) = blob.split_last_chunk()?;
        if checksum(state) != *check {
            return None;
        }
        let (format, rest) = state.split_first()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (tries, rest) = rest.split_first()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (has_next, rest) = rest.split_first()?;
        let next: &[u8; EPOCH_LEN] = rest.try_into().ok()?;
        let next_epoch = match has_next {
            0 if *next == [0; EPOCH_LEN] => None,
            1 => Some(Epoch::from_array(next)),
            _ => return None,
        };
        (*format == FORMAT).then(|| Self {
            generation: u64::from_be_bytes(*generation),
            tries: *tries,
            epoch: Epoch::from_array(epoch),
            next_epoch,
        })
    }
}

fn checksum(state: &[u8]) -> [u8; CHECK_LEN] {
    *sha256(&[state]).first_chunk().unwrap_or(&[0; CHECK_LEN])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn with_checksum(state: &[u8]) -> Vec<u8> {
        [state, &checksum(state)].concat()
    }

    /// As another program wrote them from the format's page.
    const WITH_NEXT: &str = "01000000000000000703a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a101b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2ad1a6ec2";
    const WITHOUT_NEXT: &str = "01000000000000000703a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100000000000000000000000000000000005505d456";

    #[test]
    fn the_blob_is_what_the_format_says() {
        let mut state = GuardState {
            generation: 7,
            tries: 3,
            epoch: Epoch::from_array(&[0xa1; 16]),
            next_epoch: Some(Epoch::from_array(&[0xb2; 16])),
        };
        assert_eq!(*state.encode(), hex(WITH_NEXT));
        state.next_epoch = None;
        assert_eq!(*state.encode(), hex(WITHOUT_NEXT));
    }

    #[test]
    fn every_bit_that_is_changed_is_noticed() {
        for blob in [hex(WITH_NEXT), hex(WITHOUT_NEXT)] {
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
        let blob = hex(WITHOUT_NEXT);
        for length in 0..blob.len() {
            assert!(GuardState::decode(&blob[..length]).is_none(), "{length}");
        }
        let state = &blob[..43];
        assert!(GuardState::decode(&with_checksum(state)).is_some());
        assert!(GuardState::decode(&with_checksum(&state[..42])).is_none());
        assert!(GuardState::decode(&with_checksum(&[state, &[0]].concat())).is_none());
        // Another format, a flag that is none, a next epoch that is said not to be there.
        for (place, value) in [(0, 0), (0, 2), (26, 2), (42, 1)] {
            let mut other = state.to_vec();
            other[place] = value;
            assert!(GuardState::decode(&with_checksum(&other)).is_none(), "{place}");
        }
    }

    #[test]
    fn an_epoch_does_not_print() {
        let state = GuardState {
            generation: 7,
            tries: 3,
            epoch: Epoch::make().unwrap(),
            next_epoch: Some(Epoch::make().unwrap()),
        };

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
        ) {
            let next_epoch = next.as_ref().map(Epoch::from_array);
            let epoch = Epoch::from_array(&epoch);
            let blob = GuardState { generation, tries, epoch, next_epoch }.encode();

            prop_assert_eq!(blob.len(), LEN);
            let state = GuardState::decode(&blob).unwrap();
            prop_assert_eq!(state.generation, generation);
            prop_assert_eq!(state.tries, tries);
            prop_assert_eq!(state.next_epoch.as_ref().map(|epoch| *epoch.expose()), next);
            prop_assert_eq!(state.encode(), blob);
        }

        #[test]
        fn any_bytes_are_read_or_refused(blob in proptest::collection::vec(any::<u8>(), 0..64)) {
            for blob in [with_checksum(&blob), blob] {
                if let Some(state) = GuardState::decode(&blob) {
                    prop_assert_eq!(&*state.encode(), &blob);
                }
            }
        }
    }
}
