//! Finder patterns: the three squares in the corners of a code
//! (ISO/IEC 18004, section 6.3.3).

use super::qr_bitmap::{Bitmap, Point};

/// More than this is noise: a picture of codes has three for each.
const MOST_FINDERS: usize = 64;

/// While scanning, more are kept: noise comes first, a code may come last.
const MOST_CANDIDATES: usize = 1_024;

/// A square in a square, cut by any line as 1 : 1 : 3 : 1 : 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder {
    pub(super) centre: Point,
    /// A seventh of its cut along the picture's axes, in pixels: larger than a
    /// module, by up to √2, if the code is turned.
    pub(super) cut: f64,
    /// How many rows of the picture agree on it.
    rows: u32,
}

/// The finder patterns of a picture, the surest first, at most 64.
pub(super) fn find(bitmap: &Bitmap) -> Vec<Finder> {
    let mut finders: Vec<Finder> = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    for (y, row) in (0..).zip(bitmap.rows()) {
        split_into_runs(row, &mut runs);
        for window in runs.windows(5) {
            let &[a, b, middle, c, d] = window else { continue };
            let lengths = [a.length, b.length, middle.length, c.length, d.length];
            if !middle.dark || !is_finder_cut(lengths, 2) {
                continue;
            }
            let x = middle.start + middle.length / 2;
            if let Some(found) = confirmed(bitmap, x, y, lengths.iter().sum()) {
                merge(&mut finders, found);
            }
        }
    }
    finders.sort_by_key(|finder| std::cmp::Reverse(finder.rows));
    finders.truncate(MOST_FINDERS);
    finders
}

#[derive(Clone, Copy)]
struct Run {
    start: i32,
    length: i32,
    dark: bool,
}

fn split_into_runs(row: &[bool], runs: &mut Vec<Run>) {
    runs.clear();
    let mut current = Run { start: 0, length: 0, dark: false };
    for (x, &dark) in (0..).zip(row) {
        if dark == current.dark {
            current.length += 1;
        } else {
            runs.push(current);
            current = Run { start: x, length: 1, dark };
        }
    }
    runs.push(current);
}

/// Whether five runs are 1 : 1 : 3 : 1 : 1, each module within 1/`strictness`.
fn is_finder_cut(runs: [i32; 5], strictness: i32) -> bool {
    let total: i32 = runs.iter().sum();
    // In sevenths of a pixel, so that small patterns lose nothing to rounding.
    runs.iter().zip([1, 1, 3, 1, 1]).all(|(&run, modules)| {
        run > 0 && (7 * run - modules * total).abs() * strictness < modules * total
    })
}

/// Cuts the pattern through its middle downwards, across and aslant.
fn confirmed(bitmap: &Bitmap, x: i32, y: i32, width: i32) -> Option<Finder> {
    let down = Cut::new(bitmap, (x, y), (0, 1), 2 * width)?;
    let y = y + down.shift() / 2;
    let across = Cut::new(bitmap, (x, y), (1, 0), 2 * width)?;
    let x = x + across.shift() / 2;
    let (width, height) = (across.total(), down.total());
    if !is_finder_cut(down.runs, 2)
        || !is_finder_cut(across.runs, 2)
        || 5 * (width - height).abs() > 2 * width.max(height)
    {
        return None;
    }
    let aslant = Cut::new(bitmap, (x, y), (1, 1), 2 * width)?;
    if !is_finder_cut(aslant.runs, 1) {
        return None;
    }
    // Halves that the whole pixels above dropped are added here.
    let half = |shift: i32| f64::from(shift % 2) / 2.0 + 0.5;
    Some(Finder {
        centre: Point {
            x: f64::from(x) + half(across.shift()),
            y: f64::from(y) + half(down.shift()),
        },
        cut: f64::from(width + height) / 14.0,
        rows: 1,
    })
}

/// Five runs along a line through a dark pixel, its run in the middle.
struct Cut {
    runs: [i32; 5],
    before: i32,
    after: i32,
}

impl Cut {
    fn new(bitmap: &Bitmap, from: (i32, i32), step: (i32, i32), longest: i32) -> Option<Self> {
        if !bitmap.pixel(from.0, from.1)? {
            return None;
        }
        let [after, light_after, dark_after] = half_cut(bitmap, from, step, longest)?;
        let back = (-step.0, -step.1);
        let [before, light_before, dark_before] = half_cut(bitmap, from, back, longest)?;
        let runs = [dark_before, light_before, before + 1 + after, light_after, dark_after];
        Some(Self { runs, before, after })
    }

    fn total(&self) -> i32 {
        self.runs.iter().sum()
    }

    /// How far the middle lies from where the cut began, in half pixels.
    fn shift(&self) -> i32 {
        self.after - self.before
    }
}

/// The rest of the first dark run, then a light one, then a dark one.
fn half_cut(
    bitmap: &Bitmap,
    (mut x, mut y): (i32, i32),
    step: (i32, i32),
    longest: i32,
) -> Option<[i32; 3]> {
    let mut runs = [0; 3];
    let mut expected = true;
    for run in &mut runs {
        while bitmap.pixel(x + step.0, y + step.1) == Some(expected) {
            (x, y) = (x + step.0, y + step.1);
            *run += 1;
            if *run > longest {
                return None;
            }
        }
        expected = !expected;
    }
    Some(runs)
}

/// Rows that cut the same pattern share one entry, the mean of them.
fn merge(finders: &mut Vec<Finder>, found: Finder) {
    let same = |known: &&mut Finder| {
        let apart = known.centre.minus(found.centre);
        apart.x.abs() <= known.cut
            && apart.y.abs() <= known.cut
            && (known.cut - found.cut).abs() <= (known.cut / 4.0).max(1.0)
    };
    match finders.iter_mut().find(same) {
        Some(known) => {
            known.rows += 1;
            let weight = 1.0 / f64::from(known.rows);
            known.centre = known.centre.plus(found.centre.minus(known.centre), weight);
            known.cut += (found.cut - known.cut) * weight;
        }
        None => {
            if finders.len() >= MOST_CANDIDATES {
                // Half of them go, those that the fewest rows agree on.
                finders.sort_by_key(|finder| std::cmp::Reverse(finder.rows));
                finders.truncate(MOST_CANDIDATES / 2);
            }
            finders.push(found);
        }
    }
}
