//! Accounts of an unlocked vault as lists show them: names in memory, secrets not.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::EntryId;
use super::entry::Usage;
use super::record::AccountView;
use crate::UnixTime;
use crate::otp::Kind;

/// An account as a list shows it, without its secret.
///
/// Cheap to clone: it points into memory that it shares with the vault and with other
/// accounts of the list, and that is wiped when the last of them is dropped. So let go
/// of it when the vault locks.
#[derive(Clone)]
pub struct Item {
    batch: Arc<Batch>,
    row: usize,
    pub(super) usage: Usage,
}

impl Item {
    #[expect(clippy::indexing_slicing, reason = "a batch in an item does not change any more")]
    fn row(&self) -> &Row {
        &self.batch.rows[self.row]
    }

    fn optional(&self, text: Option<Span>) -> Option<&str> {
        text.map(|text| self.batch.text(text))
    }

    /// What it is known by.
    pub fn id(&self) -> EntryId {
        self.row().id
    }

    /// Who issued the secret.
    pub fn issuer(&self) -> Option<&str> {
        self.optional(self.row().issuer)
    }

    /// Whose account it is.
    pub fn name(&self) -> &str {
        self.batch.text(self.row().name)
    }

    /// How its codes are computed. The counter of an HOTP account is that of the next
    /// code.
    pub fn kind(&self) -> Kind {
        self.row().kind
    }

    /// What the person wrote about it.
    pub fn note(&self) -> Option<&str> {
        self.optional(self.row().note)
    }

    /// Its labels.
    pub fn tags(&self) -> Vec<&str> {
        let tags = self.batch.tags.get(self.row().tags.range()).unwrap_or_default();
        tags.iter().map(|tag| self.batch.text(*tag)).collect()
    }

    /// The group that it stands in.
    pub fn group(&self) -> Option<&str> {
        self.optional(self.row().group)
    }

    /// Whether it stands before the others.
    pub fn is_pinned(&self) -> bool {
        self.row().pinned
    }

    /// When it was added.
    pub fn created(&self) -> UnixTime {
        self.row().created
    }

    /// When it was put into the trash; `None` if it is not there.
    pub fn trashed(&self) -> Option<UnixTime> {
        self.row().trashed
    }

    /// Whether the person gave it a picture.
    pub fn has_icon(&self) -> bool {
        self.row().has_icon
    }

    /// How many recovery codes are left.
    pub fn recovery_codes_left(&self) -> usize {
        self.row().recovery_codes_left.into()
    }

    /// How often it was used.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn position(&self) -> u64 {
        self.row().position
    }

    /// What a search looks at.
    pub(super) fn searchable(&self) -> Zeroizing<String> {
        let texts = [self.issuer(), Some(self.name()), self.group(), self.note()];
        in_lower_case(texts.into_iter().flatten().chain(self.tags()))
    }
}

/// Each text in lower case on a line of its own: no word that is searched for has one.
pub(super) fn in_lower_case<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<String> {
    // No letter is twice as long in lower case. Grown, it would leave names behind.
    let room = texts.clone().map(|text| 2 * text.len() + 1).sum();
    let mut lines = Zeroizing::new(String::with_capacity(room));
    for text in texts {
        // Letter by letter: a sigma is the same one at the end of a word and inside it.
        lines.extend(text.chars().flat_map(char::to_lowercase));
        lines.push('\n');
    }
    lines
}

/// Shows the id alone: whose account it is belongs in no log.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// Accounts that were read one after the other: their texts in one piece of memory, since
/// a vault has thousands, each of which would be asked for, wiped and given back.
pub(super) struct Batch {
    texts: Zeroizing<String>,
    tags: Vec<Span>,
    rows: Vec<Row>,
}

/// Where something is in its batch: in half the memory that an account would take with the
/// addresses of the processor, and a cold start has to be given each page of it.
#[derive(Clone, Copy)]
struct Span(u32, u32);

impl Span {
    /// A batch has less than 4 GiB, as its file has.
    fn new(range: Range<usize>) -> Self {
        let narrow = |place| u32::try_from(place).unwrap_or(u32::MAX);
        Self(narrow(range.start), narrow(range.end))
    }

    fn range(self) -> Range<usize> {
        let wide = |place| usize::try_from(place).unwrap_or(usize::MAX);
        wide(self.0)..wide(self.1)
    }
}

struct Row {
    id: EntryId,
    issuer: Option<Span>,
    name: Span,
    note: Option<Span>,
    group: Option<Span>,
    tags: Span,
    kind: Kind,
    pinned: bool,
    has_icon: bool,
    recovery_codes_left: u8,
    created: UnixTime,
    trashed: Option<UnixTime>,
    position: u64,
}

/// So much text in a batch, and no more: as long as one of its accounts is in a list, the
/// names of all are in memory.
const BATCH_LEN: usize = 8 * 1024;

impl Batch {
    fn new(room: usize) -> Self {
        let texts = Zeroizing::new(String::with_capacity(room));
        Self { texts, tags: Vec::new(), rows: Vec::new() }
    }

    fn text(&self, text: Span) -> &str {
        self.texts.get(text.range()).unwrap_or_default()
    }

    fn push_text(&mut self, text: &str) -> Span {
        let start = self.texts.len();
        self.texts.push_str(text);
        Span::new(start..self.texts.len())
    }

    /// `None` if the record makes no sense.
    fn push(&mut self, id: EntryId, view: &AccountView<'_>) -> Option<()> {
        let (kind, created) = (view.kind()?, view.stamps.created()?);
        let first_tag = self.tags.len();
        for tag in view.tags() {
            let tag = self.push_text(tag);
            self.tags.push(tag);
        }
        let row = Row {
            id,
            issuer: view.issuer.map(|text| self.push_text(text)),
            name: self.push_text(view.name),
            note: view.note.map(|text| self.push_text(text)),
            group: view.group.map(|text| self.push_text(text)),
            tags: Span::new(first_tag..self.tags.len()),
            kind,
            pinned: view.pinned,
            has_icon: view.has_icon(),
            recovery_codes_left: view.recovery_codes_left().try_into().unwrap_or(u8::MAX),
            created,
            trashed: view.trashed,
            position: view.position,
        };
        self.rows.push(row);
        Some(())
    }
}

/// Accounts on their way into the index.
#[derive(Default)]
pub(super) struct Batches(Vec<Batch>);

impl Batches {
    /// Takes over an account; `None` if its record makes no sense.
    pub(super) fn push(&mut self, id: EntryId, view: &AccountView<'_>) -> Option<()> {
        let length = view.texts_len();
        let mut room = 0;
        if let Some(batch) = self.0.last_mut() {
            room = batch.texts.capacity();
            if room - batch.texts.len() >= length {
                return batch.push(id, view);
            }
        }
        // A change brings one account, an unlock thousands. Never grown: that would leave
        // names behind.
        let mut batch = Batch::new((2 * room).min(BATCH_LEN).max(length));
        batch.push(id, view)?;
        self.0.push(batch);
        Some(())
    }

    /// How many accounts there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|batch| batch.rows.len()).sum()
    }

    /// The accounts, in the order in which they came.
    pub(super) fn freeze(&mut self) -> impl Iterator<Item = Item> {
        self.0.drain(..).flat_map(|batch| {
            let batch = Arc::new(batch);
            let rows = 0..batch.rows.len();
            rows.map(move |row| Item { batch: Arc::clone(&batch), row, usage: Usage::default() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::otp::Account;
    use crate::vault::Entry;
    use crate::vault::cbor::RecordKind;
    use crate::vault::record::Stored;

    fn pushed(batches: &mut Batches, number: u8, name: &str, tags: &[&str]) {
        let secret = Secret::new(vec![1; 20]);
        let account = Account::from_parts("Ex", name, Kind::totp(), secret).unwrap().account;
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let entry = Entry { tags, ..Entry::new(account) };
        let record = Stored::new(entry, number.into(), UnixTime::from_secs(7), &[0; 16]).encode();
        let (_, reader, pairs) = RecordKind::read(&record).unwrap();
        let view = AccountView::read(reader, pairs).unwrap();
        batches.push(EntryId::from_bytes([number; 16]), &view).unwrap();
    }

    #[test]
    fn accounts_share_memory_that_is_never_grown() {
        let mut batches = Batches::default();
        let name = "n".repeat(200);
        for number in 0..200 {
            pushed(
                &mut batches,
                number,
                &format!("{name}{number}"),
                &["work", "x"][..usize::from(number % 3)],
            );
        }

        let capacities: Vec<usize> = batches.0.iter().map(|batch| batch.texts.capacity()).collect();
        assert!(capacities.len() < 20, "{capacities:?}");
        assert!(capacities.iter().all(|capacity| *capacity <= BATCH_LEN), "{capacities:?}");
        let items: Vec<Item> = batches.freeze().collect();
        assert_eq!(items.len(), 200);
        for (number, item) in (0..200).zip(&items) {
            assert_eq!(item.id(), EntryId::from_bytes([number; 16]));
            assert_eq!(item.name(), format!("{name}{number}"));
            assert_eq!((item.issuer(), item.note(), item.group()), (Some("Ex"), None, None));
            assert_eq!(item.tags(), ["work", "x"][..usize::from(number % 3)]);
        }
    }

    #[test]
    fn a_long_text_has_a_batch_with_room_for_it() {
        let mut batches = Batches::default();
        pushed(&mut batches, 1, "al", &[]);
        pushed(&mut batches, 2, &"n".repeat(500), &[]);
        pushed(&mut batches, 3, "bo", &[]);

        let names: Vec<String> = batches.freeze().map(|item| item.name().to_owned()).collect();
        assert_eq!(names, ["al".to_owned(), "n".repeat(500), "bo".to_owned()]);
        assert_eq!(batches.freeze().count(), 0);
    }

    #[test]
    fn lower_case_fits_the_room_that_was_made_for_it() {
        // The letters that become longest, of one and of several characters.
        for text in ["Ⱥ", "İ", "ΣΟΦΟΣ", "STRASSE", "ẞ", "\u{1e9e}", "𐐀"] {
            let texts = [&*text.repeat(50), text];
            let lines = in_lower_case(texts.into_iter());
            let room: usize = texts.iter().map(|text| 2 * text.len() + 1).sum();
            assert_eq!(lines.capacity(), room, "{text}: never grown");
            assert_eq!(lines.lines().count(), 2);
        }
        let letters = (0..=u32::from(char::MAX)).filter_map(char::from_u32);
        let longer = |letter: &char| {
            letter.to_lowercase().map(char::len_utf8).sum::<usize>() > 2 * letter.len_utf8()
        };
        assert_eq!(letters.filter(longer).count(), 0);
    }
}
