//! Which three finder patterns belong together, and what their code says.

use super::qr::QrError;
use super::qr_bitmap::{Bitmap, Point};
use super::qr_finder::{self, Finder};
use super::qr_grid::{Corners, Modules};
use crate::SecretString;
use rqrr::DeQRError;
use zeroize::Zeroizing;

/// How many triples are tried in one picture: decoys must not take forever.
const MOST_TRIALS: usize = 256;

/// The longest text a code can hold: 7 089 digits (ISO/IEC 18004, table 7).
const LONGEST_TEXT: usize = 7_089;

/// A code in a picture, read or not.
pub(super) struct Located {
    pub(super) middle: Point,
    /// The length of a side, in pixels.
    pub(super) side: f64,
    pub(super) text: Result<SecretString, QrError>,
}

/// All codes of a picture that hold text, and those that surely are codes.
pub(super) fn locate(bitmap: &Bitmap) -> Vec<Located> {
    let finders = qr_finder::find(bitmap);
    let mut triples = plausible_triples(bitmap, &finders);
    triples.sort_by(|a, b| a.doubt.total_cmp(&b.doubt));
    triples.truncate(MOST_TRIALS);

    let mut taken: Vec<usize> = Vec::new();
    let mut located = Vec::new();
    let mut unread = Vec::new();
    for triple in triples {
        if triple.members.iter().any(|member| taken.contains(member)) {
            continue;
        }
        match triple.read(bitmap) {
            Err(QrError::Damaged) => unread.push(triple),
            text => {
                taken.extend(triple.members);
                located.push(triple.located(text));
            }
        }
    }
    for triple in unread.into_iter().filter(|triple| triple.surely_a_code) {
        if !triple.members.iter().any(|member| taken.contains(member)) {
            taken.extend(triple.members);
            located.push(triple.located(Err(QrError::Damaged)));
        }
    }
    located
}

/// Three finder patterns that may be the corners of one code.
struct Triple {
    members: [usize; 3],
    corners: Corners,
    /// How many modules a side the code may have, the likeliest first.
    sizes: Vec<u16>,
    doubt: f64,
    surely_a_code: bool,
}

fn plausible_triples(bitmap: &Bitmap, finders: &[Finder]) -> Vec<Triple> {
    let mut triples = Vec::new();
    for (i, a) in finders.iter().enumerate() {
        for (j, b) in finders.iter().enumerate().skip(i + 1) {
            for (k, c) in finders.iter().enumerate().skip(j + 1) {
                triples.extend(Triple::new(bitmap, [i, j, k], [*a, *b, *c]));
            }
        }
    }
    triples
}

impl Triple {
    fn new(bitmap: &Bitmap, members: [usize; 3], finders: [Finder; 3]) -> Option<Self> {
        let [corner, right, below] = clockwise(finders);
        let across = right.centre.minus(corner.centre);
        let down = below.centre.minus(corner.centre);
        let (width, height) = (across.length(), down.length());
        let cuts = [corner.cut, right.cut, below.cut];
        let largest = cuts.into_iter().fold(0.0, f64::max);
        let smallest = cuts.into_iter().fold(f64::INFINITY, f64::min);

        let lean = across.dot(down).abs() / (width * height);
        let stretch = (width - height).abs() / width.max(height);
        let unlike = (largest - smallest) / largest;
        // Beyond this slant the far modules are too thin to read anyway.
        if !(lean < 0.5 && stretch < 0.4 && unlike < 0.45) {
            return None;
        }

        // A cut along the picture's axes is longer if the code is turned.
        let turn = |side: Point| side.x.abs().max(side.y.abs()) / side.length();
        let module = |a: Finder, b: Finder, side| (a.cut + b.cut) / 2.0 * turn(side);
        let wide = width / module(corner, right, across) + 7.0;
        let high = height / module(corner, below, down) + 7.0;
        let estimate = (wide + high) / 2.0;
        if !(17.0..=190.0).contains(&estimate) {
            return None;
        }

        let edge = |end: Finder, side, other| {
            alternations(bitmap, [corner, end], (side, other), estimate) + 13
        };
        let (counted_wide, counted_high) = (edge(right, across, down), edge(below, down, across));
        let off = |counted: u16| (f64::from(counted) - estimate).abs() / estimate;
        let agreed = counted_wide == counted_high && counted_wide % 4 == 1;
        let mut sizes = Vec::new();
        let estimated = (17..=177).step_by(4).min_by(|a, b| {
            let far = |size: &u16| (f64::from(*size) - estimate).abs();
            far(a).total_cmp(&far(b))
        });
        let guesses =
            [Some(counted_wide.max(counted_high)), Some(counted_high), Some(counted_wide)];
        for guess in guesses.into_iter().flatten().map(nearest_size).chain(estimated) {
            if (21..=177).contains(&guess) && !sizes.contains(&guess) && off(guess) < 0.35 {
                sizes.push(guess);
            }
        }
        Some(Self {
            members,
            corners: Corners {
                top_left: corner.centre,
                top_right: right.centre,
                bottom_left: below.centre,
                modules: *sizes.first()?,
            },
            sizes,
            doubt: lean + stretch + unlike + off(counted_wide) + off(counted_high),
            surely_a_code: agreed && off(counted_wide) < 0.15,
        })
    }

    /// What the code says, taking each likely size and slant in turn.
    fn read(&self, bitmap: &Bitmap) -> Result<SecretString, QrError> {
        for &modules in &self.sizes {
            let corners = Corners { modules, ..self.corners };
            let far = f64::from(modules) - 3.5;
            let slanted = corners.alignment(bitmap).map(|found| (found, far - 3.0));
            for (fourth, at) in slanted.into_iter().chain([(corners.fourth(), far)]) {
                match decode(corners.sample(bitmap, fourth, at)) {
                    Err(QrError::Damaged) => {}
                    text => return text,
                }
            }
        }
        Err(QrError::Damaged)
    }

    fn located(&self, text: Result<SecretString, QrError>) -> Located {
        let Corners { top_left, top_right, bottom_left, .. } = self.corners;
        let diagonal = bottom_left.minus(top_right);
        Located {
            middle: top_right.plus(diagonal, 0.5),
            side: top_left.minus(top_right).length().max(top_left.minus(bottom_left).length()),
            text,
        }
    }
}

/// The corner opposite the longest side, then the other two, clockwise.
fn clockwise([a, b, c]: [Finder; 3]) -> [Finder; 3] {
    let apart = |p: Finder, q: Finder| p.centre.minus(q.centre).length();
    let (ab, bc, ca) = (apart(a, b), apart(b, c), apart(c, a));
    let [corner, p, q] = if bc >= ab && bc >= ca {
        [a, b, c]
    } else if ca >= ab {
        [b, c, a]
    } else {
        [c, a, b]
    };
    let (to_p, to_q) = (p.centre.minus(corner.centre), q.centre.minus(corner.centre));
    // With y pointing down, this is positive if `q` follows `p` clockwise.
    if to_p.x * to_q.y - to_p.y * to_q.x >= 0.0 { [corner, p, q] } else { [corner, q, p] }
}

/// How often the timing pattern between two finders changes its colour
/// (section 6.3.5): 13 less than the modules of a side.
fn alternations(
    bitmap: &Bitmap,
    [from, to]: [Finder; 2],
    (side, other): (Point, Point),
    estimate: f64,
) -> u16 {
    let zero = Point { x: 0.0, y: 0.0 };
    let turned = |side: Point| side.x.abs().max(side.y.abs()) / side.length();
    let along = zero.plus(side, turned(side) / side.length());
    let inward = zero.plus(other, turned(other) / other.length());
    // The pattern runs in line with the inner edges of the finders' rings.
    let start = from.centre.plus(along, 3.0 * from.cut).plus(inward, 3.0 * from.cut);
    let end = to.centre.plus(along, -3.0 * to.cut).plus(inward, 3.0 * to.cut);
    let way = end.minus(start);

    // Four looks a module: fewer miss one, more count the speckle.
    let mut changes = 0;
    let mut last = true;
    let mut walked = 0.0;
    let step = 0.25 / estimate;
    while walked <= 1.0 {
        let dark = bitmap.is_dark(start.plus(way, walked));
        changes += u16::from(dark != last);
        last = dark;
        walked += step;
    }
    changes
}

/// The size of a version of codes that lies nearest: 21, 25, …
fn nearest_size(counted: u16) -> u16 {
    (counted.saturating_sub(17) + 2) / 4 * 4 + 17
}

/// Corrects the errors and reads the text.
fn decode(modules: Modules) -> Result<SecretString, QrError> {
    // With room for the longest text it never moves, which would leave a copy.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_TEXT));
    match rqrr::Grid::new(modules).decode_to(&mut *bytes) {
        Ok(_) => {}
        Err(
            DeQRError::DataEcc
            | DeQRError::FormatEcc
            | DeQRError::InvalidVersion
            | DeQRError::InvalidGridSize,
        ) => return Err(QrError::Damaged),
        Err(_) => return Err(QrError::NotText),
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| QrError::NotText)?;
    Ok(SecretString::new(text.to_owned()))
}
