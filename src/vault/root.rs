//! The root MAC: that the rows are all there, and each is the newest.

use super::SlotId;
use super::by_row::ByRow;
use super::sealed::Tag;
use crate::crypto::key::{Key, Mac, equal};

const DOMAIN: &[u8] = b"authcore/1/root";

/// The version and the tag of every record: what a change has to know of those that it
/// does not touch.
pub(super) type Tags = ByRow<(u64, Tag)>;

/// The root MAC, `docs/vault-format.md`, "Root MAC".
pub(super) fn root(
    key: &Key,
    header: &[u8],
    slots: &[(SlotId, [u8; 32])],
    tags: &Tags,
) -> [u8; 32] {
    let mut mac = Mac::new(key);
    mac.update(DOMAIN);
    mac.update(header);
    mac.update(&count(slots.len()));
    for (id, digest) in slots {
        mac.update(id);
        mac.update(digest);
    }
    mac.update(&count(tags.len()));
    for (id, (version, tag)) in tags.iter() {
        // One update a row, and whole parts: a vault has thousands of them.
        let mut row = [0; 40];
        let (row_id, rest) = row.split_at_mut(16);
        let (row_version, row_tag) = rest.split_at_mut(8);
        row_id.copy_from_slice(id.as_bytes());
        row_version.copy_from_slice(&version.to_be_bytes());
        row_tag.copy_from_slice(tag);
        mac.update(&row);
    }
    mac.finish()
}

/// Whether `found` is the root MAC.
pub(super) fn holds(expected: &[u8; 32], found: &[u8]) -> bool {
    equal(expected, found)
}

fn count(length: usize) -> [u8; 4] {
    // There is no room in a file for more.
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
