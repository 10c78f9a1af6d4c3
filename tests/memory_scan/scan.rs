//! What is searched for, and the search through the memory of another process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;

/// So many bytes in a row tell that a secret, or a piece of one, lies there: by chance
/// they stand nowhere in a thousand million times the memory of a process.
const PIECE: usize = 8;

/// The least that memory is given in.
const PAGE: usize = 4096;

/// What reading a page that nobody may touch gives.
const EIO: i32 = 5;

/// Secrets under the names by which a test reports them, in every form that each may lie
/// in memory.
#[derive(Clone, Default)]
pub(crate) struct Needles(BTreeSet<(String, Vec<u8>)>);

impl Needles {
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= PIECE, "{name} is too short to be told from chance");
        self.0.insert((name.to_owned(), bytes.to_vec()));
    }

    /// The state of a hash: its words in the order of either end, and, as the processors'
    /// instructions for SHA want them, the last word first.
    pub(crate) fn add_words<const N: usize>(&mut self, name: &str, words: &[[u8; N]]) {
        let native = || words.iter().map(|word| word.iter().rev().copied());
        self.add(name, &native().flatten().collect::<Vec<u8>>());
        self.add(name, &words.concat());
        self.add(name, &native().rev().flatten().collect::<Vec<u8>>());
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

/// How often each secret was found, whole or in pieces.
pub(crate) type Found = BTreeMap<String, usize>;

/// Searches all memory that the process can write to.
///
/// # Errors
///
/// The system does not let this process look into the other one.
pub(crate) fn scan(process: u32, needles: &Needles) -> io::Result<Found> {
    let search = Search::new(needles);
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let mut copies = Copies::new();
    let mut searched = 0;
    for line in fs::read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let Some((range, rest)) = line.split_once(' ') else { continue };
        if !rest.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        searched += read(&memory, &mut bytes, start)?;
        search.through(&bytes, start, &mut copies);
    }
    // A process has a stack and a heap: less was not looked at.
    assert!(searched > 1 << 20, "only {searched} bytes were searched");
    let mut found = Found::new();
    let names: Vec<&String> = needles.0.iter().map(|(name, _)| name).collect();
    for (needle, _) in copies {
        *found.entry(names[needle].clone()).or_default() += 1;
    }
    Ok(found)
}

/// Reads what begins at `start`; says how much could be read. The guard pages of a stack,
/// which newer systems have in the middle of what can be written to, stay zeros.
fn read(memory: &File, bytes: &mut [u8], start: u64) -> io::Result<usize> {
    if memory.read_exact_at(bytes, start).is_ok() {
        return Ok(bytes.len());
    }
    let mut read = 0;
    for (page, place) in bytes.chunks_mut(PAGE).zip((start..).step_by(PAGE)) {
        match memory.read_exact_at(page, place) {
            Ok(()) => read += page.len(),
            Err(error) if error.raw_os_error() == Some(EIO) => page.fill(0),
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// A needle, and where it would begin: pieces of one copy have one beginning.
type Copies = BTreeSet<(usize, u64)>;

struct Search {
    /// Whether any piece begins with these two bytes.
    first: Vec<bool>,
    pieces: HashMap<[u8; PIECE], Vec<(usize, usize)>>,
}

impl Search {
    fn new(needles: &Needles) -> Self {
        let mut search = Self { first: vec![false; 1 << 16], pieces: HashMap::new() };
        for (needle, (_, bytes)) in needles.0.iter().enumerate() {
            for at in (0..=bytes.len() - PIECE).step_by(4) {
                let piece: [u8; PIECE] = bytes[at..at + PIECE].try_into().unwrap();
                // A run of one byte is found everywhere.
                if piece.iter().any(|byte| *byte != piece[0]) {
                    search.first[usize::from(u16::from_le_bytes([piece[0], piece[1]]))] = true;
                    search.pieces.entry(piece).or_default().push((needle, at));
                }
            }
        }
        search
    }

    fn through(&self, bytes: &[u8], start: u64, copies: &mut Copies) {
        for (at, window) in (start..).zip(bytes.array_windows::<PIECE>()) {
            if self.first[usize::from(u16::from_le_bytes([window[0], window[1]]))]
                && let Some(places) = self.pieces.get(window)
            {
                for (needle, offset) in places {
                    copies.insert((*needle, at.wrapping_sub(*offset as u64)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(memory: &[u8], needles: &Needles) -> usize {
        let mut copies = Copies::new();
        Search::new(needles).through(memory, 4096, &mut copies);
        copies.len()
    }

    #[test]
    fn a_secret_is_found_whole_and_in_pieces() {
        let secret: Vec<u8> = (1..=32).collect();
        let mut needles = Needles::default();
        needles.add("key", &secret);
        let around = |bytes: &[u8]| [&[0; 3], bytes, &[0; 3]].concat();

        assert_eq!(found_in(&around(&secret), &needles), 1);
        assert_eq!(found_in(&[around(&secret), around(&secret)].concat(), &needles), 2);
        assert_eq!(found_in(&around(&secret[20..]), &needles), 1);
        assert_eq!(found_in(&around(&secret[..8]), &needles), 1);
        assert_eq!(found_in(&around(&secret[..7]), &needles), 0);
        assert_eq!(found_in(&[0; 4096], &needles), 0);
    }

    #[test]
    fn a_state_is_found_in_the_order_of_either_end_and_of_the_processor() {
        let words = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]];
        let mut needles = Needles::default();
        needles.add_words("state", &words);

        assert_eq!(found_in(&[1, 2, 3, 4, 5, 6, 7, 8], &needles), 1);
        assert_eq!(found_in(&[4, 3, 2, 1, 8, 7, 6, 5], &needles), 1);
        assert_eq!(found_in(&[8, 7, 6, 5, 4, 3, 2, 1], &needles), 1);
    }
}
