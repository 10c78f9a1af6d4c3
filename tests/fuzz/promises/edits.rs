//! What an input does to the two files of a vault. The input is a list of edits, so that
//! fuzzing begins behind SQLite's header and not in front of it.

const PAGE: usize = 4096;
/// Of the log: its header, and what stands before each page.
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
/// Longer files only cost time.
const MAX_LEN: usize = 128 * 1024;
/// Op, place, value and size of an edit.
const EDIT_LEN: usize = 8;

/// `files` (the vault, its log) after the edits that `input` is.
pub(crate) fn edited(mut files: [Vec<u8>; 2], input: &[u8]) -> [Vec<u8>; 2] {
    for edit in input.as_chunks::<EDIT_LEN>().0 {
        let [op, a, b, c, d, e, f, value] = *edit;
        let [first, second] = [[a, b, c], [d, e, f]].map(|[low, middle, high]| {
            usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16
        });
        let which = usize::from(op >> 7);
        let other = files[1 - which].clone();
        apply(&mut files[which], which == 1, &other, (op & 0x7f) % 12, (first, second), value);
        files[which].truncate(MAX_LEN);
    }
    files
}

fn apply(
    file: &mut Vec<u8>,
    is_log: bool,
    other: &[u8],
    op: u8,
    (first, second): (usize, usize),
    value: u8,
) {
    let length = file.len();
    let within = |place: usize| place % length.max(1);
    match op {
        0 => put(file, within(first), &[value]),
        1 => {
            let old = file.get(within(first)).copied().unwrap_or(0);
            put(file, within(first), &[old ^ value.max(1)]);
        }
        // A number, as both files hold them.
        2 => put(file, within(first), &u32::try_from(second).unwrap_or(0).to_be_bytes()),
        3 => file.truncate(within(first)),
        4 => file.resize(length + first % (2 * PAGE), value),
        5 => put(file, within(first), &vec![value; second % PAGE]),
        6 => copy_page(file, is_log, first, second),
        7 => {
            let from = first % other.len().max(1);
            let until = other.len().min(from + 16 * usize::from(value));
            put(file, within(second), &other[from..until]);
        }
        8 => {
            let from = within(first);
            let until = length.min(from + second % PAGE);
            file.drain(from..until);
        }
        9 => {
            let copy = file[within(first)..].to_vec();
            put(file, within(second), &copy[..copy.len().min(16 * usize::from(value))]);
        }
        10 if !is_log => count_pages(file),
        // Only so does a changed log reach SQLite, which reads none whose sums are wrong. In
        // the vault itself, it scribbles on the header.
        _ => sum(file),
    }
}

/// Writes over what is there, and never longer.
fn put(file: &mut [u8], place: usize, bytes: &[u8]) {
    let room = file.get_mut(place..).unwrap_or_default();
    let length = room.len().min(bytes.len());
    room[..length].copy_from_slice(&bytes[..length]);
}

fn copy_page(file: &mut [u8], is_log: bool, from: usize, to: usize) {
    let (head, size) = if is_log { (LOG_HEAD, FRAME_HEAD + PAGE) } else { (0, PAGE) };
    let pages = file.len().saturating_sub(head) / size;
    let start = |page: usize| head + page % pages.max(1) * size;
    let page = file.get(start(from)..start(from) + size).unwrap_or_default().to_vec();
    put(file, start(to), &page);
}

/// Has the header say how long the file is.
fn count_pages(file: &mut [u8]) {
    let pages = u32::try_from(file.len() / PAGE).unwrap_or(0);
    put(file, 28, &pages.to_be_bytes());
}

/// Has every frame of a log vouch for itself: its salts and sums are those it should have.
fn sum(log: &mut [u8]) {
    if log.len() < LOG_HEAD {
        return;
    }
    let big_endian = log[3] & 1 == 1;
    let salts: [u8; 8] = log[16..24].try_into().unwrap();
    let mut sums = add((0, 0), &log[..24], big_endian);
    put(log, 24, &written(sums));
    for frame in log[LOG_HEAD..].chunks_exact_mut(FRAME_HEAD + PAGE) {
        put(frame, 8, &salts);
        sums = add(sums, &frame[..8], big_endian);
        sums = add(sums, &frame[FRAME_HEAD..], big_endian);
        put(frame, 16, &written(sums));
    }
}

fn written((one, two): (u32, u32)) -> [u8; 8] {
    (u64::from(one) << 32 | u64::from(two)).to_be_bytes()
}

/// The sums of SQLite's log (<https://www.sqlite.org/fileformat2.html#checksum_algorithm>).
fn add((mut one, mut two): (u32, u32), bytes: &[u8], big_endian: bool) -> (u32, u32) {
    let number = |word: [u8; 4]| {
        if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    };
    for [a, b, c, d, e, f, g, h] in bytes.as_chunks().0 {
        one = one.wrapping_add(number([*a, *b, *c, *d])).wrapping_add(two);
        two = two.wrapping_add(number([*e, *f, *g, *h])).wrapping_add(one);
    }
    (one, two)
}
