//! A damaged file's rows: what SQLite still finds in a copy of it, and what stands in its
//! bare bytes.
//!
//! Whoever can write to the file decides what is read here. So everything has a bound:
//! the bytes that are kept, the rows that SQLite is asked for, and how much is tried to be
//! opened.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use rusqlite::{OptionalExtension, Row};
use zeroize::Zeroizing;

use super::database::Database;
use super::header::{Header, Mode};
use super::sealed::{MAX_ROW, Sealed};
use super::slot::{Slot, SlotKind, SlotRow};
use super::{EntryId, VaultError, beside, migrate};
use crate::crypto::random;

/// The longest file, with its log, that is read.
const MAX_BYTES: u64 = 256 << 20;
/// So many rows are taken from SQLite, from either end: the pages of an altered file can
/// be arranged so that it never comes to one.
const MAX_ROWS: usize = 1 << 18;
/// So many texts that look like a sealed row are looked at.
const MAX_FOUND: usize = 1 << 20;
/// So many of them for one id, the newest.
const MAX_VERSIONS: usize = 64;
/// Those in the bare bytes together claim so many times what was read, and so do those that
/// SQLite gives: whole rows do not overlap.
const MAX_CLAIMED: usize = 4;
const MAX_SLOTS: usize = 64;
const MAX_SLOTS_TRIED: usize = 1 << 16;

/// A damaged vault's rows, sealed, and what they turned out to be.
pub(super) struct Wreck {
    /// Keeps other processes away from the file.
    pub(super) lock: Option<File>,
    /// The file, its log, and rows that only SQLite could put together.
    bytes: Vec<u8>,
    /// Where in them a text stands that looks like a sealed row, newest version first for
    /// each id.
    rows: BTreeMap<EntryId, Vec<Range<usize>>>,
    pub(super) slots: Vec<SlotRow>,
    pub(super) header: Header,
    pub(super) root: [u8; 32],
    /// Whether the header was there. If not, its generation is 0.
    pub(super) has_header: bool,
    /// The rows that proved themselves.
    pub(super) items: BTreeMap<EntryId, Zeroizing<Vec<u8>>>,
    pub(super) lost: Vec<EntryId>,
    /// Whether the root MAC proved the header and that every row is there.
    pub(super) is_proved: bool,
}

/// A text that looks like a sealed row.
struct Found {
    id: EntryId,
    version: u64,
    hash: u64,
    /// Whether it is SQLite that found it.
    is_in_table: bool,
    range: Range<usize>,
}

impl Wreck {
    /// Reads what is left of the file at `path`, whose lock is held.
    pub(super) fn read(path: &Path, lock: Option<File>) -> Result<Self, VaultError> {
        let mut bytes = Vec::new();
        read_bounded(path, &mut bytes)?;
        // Also the log as it was before SQLite took over what it found whole in it.
        for suffix in ["-wal", beside::KEPT_LOG] {
            match read_bounded(&beside::with_suffix(path, suffix), &mut bytes) {
                Ok(()) | Err(VaultError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        // SQLite would write to a file that it opens.
        let copy = beside::with_suffix(path, ".salvage");
        beside::remove_leftovers(path)?;
        let wreck = beside::copy_with_log(path, &copy).and_then(|()| {
            let database = Database::open_unchecked(&copy).ok();
            Self::read_parts(bytes, database.as_ref(), lock)
        });
        beside::remove_leftovers(path)?;
        wreck
    }

    fn read_parts(
        bytes: Vec<u8>,
        database: Option<&Database>,
        lock: Option<File>,
    ) -> Result<Self, VaultError> {
        let mut slots = Vec::new();
        let mut header = None;
        if let Some(database) = database {
            let refused = migrate::refuse_newer(database.connection());
            if let Err(newer @ VaultError::NewerVersion { .. }) = refused {
                return Err(newer);
            }
        }
        let database = database.filter(|database| migrate::is_plain(database.connection()));
        if let Some(database) = database {
            header = header_that_is_left(database);
            slots_that_are_left(database, |row| add_slot(&mut slots, row));
        }
        // What SQLite does not find is no slot, unless it finds none.
        if slots.is_empty() {
            carve_slots(&bytes, &mut slots);
        }
        let has_header = header.is_some();
        let (header, root) = match header {
            Some(found) => found,
            None => (header_of(&slots)?, [0; 32]),
        };
        let mut wreck = Self {
            lock,
            bytes,
            rows: BTreeMap::new(),
            slots,
            header,
            root,
            has_header,
            items: BTreeMap::new(),
            lost: Vec::new(),
            is_proved: false,
        };
        wreck.find_rows(database);
        Ok(wreck)
    }

    /// Looks for sealed rows in the bare bytes and in SQLite's table.
    fn find_rows(&mut self, database: Option<&Database>) {
        let read = self.bytes.len();
        let mut found = carve_rows(&self.bytes, self.header.key_generation);
        let mut ids = BTreeSet::new();
        if let Some(database) = database {
            let mut known: HashSet<u64> = found.iter().map(|found| found.hash).collect();
            // Altered pages can give the same rows again and again.
            let mut room = read.saturating_mul(MAX_CLAIMED).saturating_add(MAX_ROW);
            rows_that_are_left(database, |id, sealed| {
                let Some(left) = room.checked_sub(sealed.len()) else { return false };
                room = left;
                let place = Sealed::parse(sealed).map(|sealed| sealed.place);
                // The seal vouches for the id that is in it, not for the one beside it.
                let id = place.map_or(id, |place| place.id);
                ids.insert(id);
                let hash = hash(sealed);
                let Some(place) = place.filter(|_| known.insert(hash)) else { return true };
                // It stands nowhere in one piece, as a long row does.
                let start = self.bytes.len();
                self.bytes.extend_from_slice(sealed);
                let range = start..self.bytes.len();
                let version = place.version;
                found.push(Found { id, version, hash, is_in_table: true, range });
                self.bytes.len() <= read.saturating_mul(2).saturating_add(MAX_ROW)
            });
        }

        found.sort_by_key(|found| (found.id, Reverse(found.version), found.hash));
        found.dedup_by_key(|found| (found.id, Reverse(found.version), found.hash));
        self.rows = ids.into_iter().map(|id| (id, Vec::new())).collect();
        for Found { id, range, is_in_table, .. } in found {
            let rows = self.rows.entry(id).or_default();
            if is_in_table || rows.len() < MAX_VERSIONS {
                rows.push(range);
            }
        }
    }

    /// Every id that was found, with the texts that may be its row, newest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = (EntryId, impl Iterator<Item = Sealed<'_>>)> {
        self.rows.iter().map(|(id, ranges)| {
            let texts = ranges.iter().filter_map(|range| self.bytes.get(range.clone()));
            (*id, texts.filter_map(Sealed::parse))
        })
    }

    /// Forgets what was opened; what is sealed stays.
    pub(super) fn forget(&mut self) {
        self.items.clear();
        self.lost.clear();
        self.is_proved = false;
    }
}

/// Reads the file at `path` behind what is in `bytes`.
fn read_bounded(path: &Path, bytes: &mut Vec<u8>) -> Result<(), VaultError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => VaultError::NotFound,
        _ => VaultError::StorageLocked,
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    let room = MAX_BYTES.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if length > room {
        return Err(VaultError::TooLarge);
    }
    bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
    let file = File::open(path).map_err(failed)?;
    file.take(room).read_to_end(bytes).map(drop).map_err(failed)
}

/// Looks for sealed rows of this generation of keys in bare bytes.
fn carve_rows(bytes: &[u8], key_generation: u32) -> Vec<Found> {
    let mark = Sealed::mark(key_generation);
    let starts = memchr::memmem::find_iter(bytes, &mark);
    let found = starts.filter_map(|start| {
        let sealed = Sealed::find(bytes.get(start..)?).filter(Sealed::is_plausible)?;
        let range = start..start.checked_add(sealed.len())?;
        Some((sealed.place, range))
    });
    let mut found: Vec<_> = found.take(MAX_FOUND).collect();
    // Before they are read, which would take long if they overlapped. The shortest first: what
    // claims much is the least likely to be a row.
    found.sort_by_key(|(_, range)| range.len());
    let mut budget = bytes.len().saturating_mul(MAX_CLAIMED);
    let found = found.into_iter().filter_map(|(place, range)| {
        budget = budget.checked_sub(range.len())?;
        let hash = hash(bytes.get(range.clone())?);
        Some(Found { id: place.id, version: place.version, hash, is_in_table: false, range })
    });
    found.collect()
}

/// Tells texts apart; whoever makes two alike loses one of them.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Looks for slots in bare bytes.
fn carve_slots(bytes: &[u8], slots: &mut Vec<SlotRow>) {
    let tails = (0..bytes.len()).filter_map(|start| bytes.get(start..));
    let plausible = tails.filter(|tail| SlotRow::is_plausible(tail)).take(MAX_SLOTS_TRIED);
    plausible.filter_map(SlotRow::find).for_each(|row| add_slot(slots, row));
}

fn add_slot(slots: &mut Vec<SlotRow>, row: SlotRow) {
    let has_room = slots.len() < MAX_SLOTS;
    match slots.iter_mut().find(|known| known.id == row.id) {
        // What was destroyed stays destroyed, and tries that were counted stay counted.
        Some(known) => {
            known.tries = known.tries.max(row.tries);
            if row.body.is_none() {
                known.body = None;
            }
        }
        None if has_room => slots.push(row),
        None => {}
    }
}

/// What the slots say of the header that is lost.
fn header_of(slots: &[SlotRow]) -> Result<Header, VaultError> {
    let bodies = slots.iter().filter_map(|row| row.body.as_deref());
    let slots: Vec<_> = bodies.filter_map(|body| Slot::parse(body).ok()).collect();
    let newest = slots.iter().max_by_key(|slot| slot.key_generation);
    let newest = newest.ok_or(VaultError::Damaged)?;
    let both = slots.iter().any(|slot| slot.kind == SlotKind::PlatformAndPin);
    Ok(Header {
        vault: newest.vault,
        device: random::make()?,
        key_generation: newest.key_generation,
        generation: 0,
        mode: if both { Mode::PlatformAndPin } else { Mode::AnySlot },
    })
}

// The lengths are asked for before a value is read: an altered file may claim any.

fn header_that_is_left(database: &Database) -> Option<(Header, [u8; 32])> {
    let sql =
        "SELECT body, root FROM header WHERE id = 1 AND length(body) < 99 AND length(root) < 99";
    let row = |row: &Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?));
    let (body, root) = database.connection().query_row(sql, [], row).optional().ok()??;
    // A root MAC that is no such thing proves nothing.
    Some((Header::decode(&body)?, root.try_into().unwrap_or_default()))
}

fn slots_that_are_left(database: &Database, mut visit: impl FnMut(SlotRow)) {
    let sql = "SELECT CASE WHEN length(id) = 16 THEN id END,
                      CASE WHEN length(digest) = 32 THEN digest END,
                      CASE WHEN length(body) < 9999 THEN body END, tries,
                      CASE WHEN length(tried) < 99 THEN tried END,
                      ifnull(length(body), 0) < 9999
               FROM slot ORDER BY id LIMIT 64";
    let Ok(mut statement) = database.connection().prepare(sql) else { return };
    let Ok(mut rows) = statement.query([]) else { return };
    while let Ok(Some(row)) = rows.next() {
        let read = || -> rusqlite::Result<SlotRow> {
            Ok(SlotRow {
                id: row.get(0)?,
                digest: row.get(1)?,
                body: row.get(2)?,
                // The guard counts them too.
                tries: row.get(3).unwrap_or_default(),
                tried: row.get(4).unwrap_or_default(),
            })
        };
        // One that cannot be read is no reason to leave out the others, and none to take it
        // for destroyed.
        let is_read = row.get(5).unwrap_or(false);
        read().ok().filter(|_| is_read).into_iter().for_each(&mut visit);
    }
}

/// Visits what can be read of the records, from either end, as long as `visit` says so.
fn rows_that_are_left(database: &Database, mut visit: impl FnMut(EntryId, &[u8]) -> bool) {
    for order in ["ASC", "DESC"] {
        let sql = format!(
            "SELECT CASE WHEN length(id) = 16 THEN id END,
                    CASE WHEN length(sealed) <= {MAX_ROW} THEN sealed END
             FROM record ORDER BY id {order} LIMIT {MAX_ROWS}"
        );
        let Ok(mut statement) = database.connection().prepare(&sql) else { continue };
        let Ok(mut rows) = statement.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            let bytes = |column| row.get_ref(column).ok()?.as_blob().ok();
            let (Some(id), Some(sealed)) = (bytes(0), bytes(1)) else { continue };
            let Ok(id) = id.try_into().map(EntryId::from_bytes) else { continue };
            if !visit(id, sealed) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::aead::Aead;
    use crate::crypto::key::Key;
    use crate::vault::VaultId;
    use crate::vault::sealed::{Place, seal};

    const VAULT: VaultId = VaultId::from_bytes([1; 16]);

    /// A slot as its row stands in the bare bytes.
    fn slot() -> Vec<u8> {
        let mut slot = Slot::new(SlotKind::Platform, VAULT, 1).unwrap();
        slot.seal(&[7; 32], &Key::make().unwrap()).unwrap();
        let row = SlotRow::new(&slot);
        [&row.id[..], &row.digest, &row.body.unwrap()].concat()
    }

    #[test]
    fn of_the_texts_for_one_id_the_newest_are_kept() {
        let aead = Aead::new(&Key::make().unwrap());
        let mut bytes = slot();
        for version in 1..=66 {
            let place = Place { id: EntryId::from_bytes([2; 16]), key_generation: 1, version };
            bytes.extend(seal(&aead, &VAULT, place, b"an item").unwrap());
        }
        let wreck = Wreck::read_parts(bytes, None, None).unwrap();
        let texts = wreck.rows().flat_map(|(_, texts)| texts);
        let versions: Vec<u64> = texts.map(|sealed| sealed.place.version).collect();
        assert_eq!(versions, (3..=66).rev().collect::<Vec<_>>());
    }

    #[test]
    fn of_many_slots_the_first_are_kept() {
        let bytes: Vec<Vec<u8>> = (0..66).map(|_| slot()).collect();
        let wreck = Wreck::read_parts(bytes.concat(), None, None).unwrap();
        let found = wreck.slots.iter().map(|slot| &slot.id[..]);
        assert!(found.eq(bytes.iter().take(64).map(|slot| &slot[..16])));
    }

    #[test]
    fn sqlite_is_asked_for_the_longest_row_and_for_nothing_longer() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create(&folder.path().join("vault")).unwrap();
        let aead = Aead::new(&Key::make().unwrap());
        let id = EntryId::from_bytes([2; 16]);
        let place = Place { id, key_generation: 1, version: 1 };
        let longest = seal(&aead, &VAULT, place, &vec![0; 1 << 20]).unwrap();
        let longer = [&longest[..], &[0]].concat();
        let put = "INSERT INTO record VALUES (?1, ?2), (?3, ?4)";
        let rows = (id.as_bytes(), &longest, [3_u8; 16], longer);
        database.connection().execute(put, rows).unwrap();
        let mut found = Vec::new();
        rows_that_are_left(&database, |id, sealed| {
            found.push((id, sealed.len()));
            true
        });
        // From either end.
        assert_eq!(found, [(id, longest.len()), (id, longest.len())]);
    }
}
