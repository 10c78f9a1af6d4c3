//! From a place in a picture to the modules of the code that lies there.

use super::qr_bitmap::{Bitmap, Point};
use rqrr::BitGrid;
use zeroize::Zeroizing;

/// The middles of three finder patterns, and the modules a side they span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corners {
    pub(super) top_left: Point,
    pub(super) top_right: Point,
    pub(super) bottom_left: Point,
    pub(super) modules: u16,
}

impl Corners {
    /// One module to the right and one down, in pixels, seen straight on.
    fn axes(&self) -> (Point, Point) {
        let zero = Point { x: 0.0, y: 0.0 };
        let share = 1.0 / f64::from(self.modules.saturating_sub(7).max(1));
        (
            zero.plus(self.top_right.minus(self.top_left), share),
            zero.plus(self.bottom_left.minus(self.top_left), share),
        )
    }

    /// Where the fourth corner lies if the picture was taken straight on.
    pub(super) fn fourth(&self) -> Point {
        self.top_right.plus(self.bottom_left.minus(self.top_left), 1.0)
    }

    /// Finds the alignment pattern near the fourth corner (section 6.3.6).
    ///
    /// It tells how the picture is slanted. `None` where there is none: in the
    /// smallest codes, and in those damaged there.
    pub(super) fn alignment(&self, bitmap: &Bitmap) -> Option<Point> {
        if self.modules < 25 {
            return None;
        }
        let (right, down) = self.axes();
        let guess = self.fourth().plus(right, -3.0).plus(down, -3.0);
        // A slant moves the pattern the further, the larger the code.
        let reach = i32::from((self.modules / 6).clamp(4, 16));
        let near = |middle: Point, reach: i32, step: f64| {
            let mut best = (0, f64::INFINITY, middle);
            for i in -reach..=reach {
                for j in -reach..=reach {
                    let (i, j) = (f64::from(i) * step, f64::from(j) * step);
                    let place = middle.plus(right, i).plus(down, j);
                    let (score, far) = (alignment_score(bitmap, place, right, down), i.hypot(j));
                    if score > best.0 || (score == best.0 && far < best.1) {
                        best = (score, far, place);
                    }
                }
            }
            (best.0, best.2)
        };
        let (score, coarse) = near(guess, 2 * reach, 0.5);
        (score >= 20).then(|| centred(bitmap, near(coarse, 4, 0.125).1, right, down))
    }

    /// Reads the modules, the slant being such that `fourth` lies at
    /// `fourth_at` modules from the top and left.
    pub(super) fn sample(&self, bitmap: &Bitmap, fourth: Point, fourth_at: f64) -> Modules {
        let (near, far) = (3.5, f64::from(self.modules) - 3.5);
        let modules = [
            Point { x: near, y: near },
            Point { x: far, y: near },
            Point { x: fourth_at, y: fourth_at },
            Point { x: near, y: far },
        ];
        let picture = [self.top_left, self.top_right, fourth, self.bottom_left];
        let map = Perspective::onto(picture).after(&Perspective::onto(modules).inverse());
        let mut dark = Zeroizing::new(Vec::with_capacity(usize::from(self.modules).pow(2)));
        for y in 0..self.modules {
            for x in 0..self.modules {
                let middle = Point { x: f64::from(x) + 0.5, y: f64::from(y) + 0.5 };
                dark.push(bitmap.is_dark(map.apply(middle)));
            }
        }
        Modules { side: usize::from(self.modules), dark }
    }
}

/// How many of 25 modules are as in an alignment pattern.
fn alignment_score(bitmap: &Bitmap, middle: Point, right: Point, down: Point) -> u32 {
    let mut score = 0;
    for y in -2..=2_i32 {
        for x in -2..=2_i32 {
            let expected = x.abs().max(y.abs()) != 1;
            let place = middle.plus(right, f64::from(x)).plus(down, f64::from(y));
            score += u32::from(bitmap.is_dark(place) == expected);
        }
    }
    score
}

/// The mean of all places near `place` that look as good.
fn centred(bitmap: &Bitmap, place: Point, right: Point, down: Point) -> Point {
    let best = alignment_score(bitmap, place, right, down);
    let (mut sum, mut count) = (Point { x: 0.0, y: 0.0 }, 0.0);
    for i in -8..=8 {
        for j in -8..=8 {
            let (i, j) = (f64::from(i) / 10.0, f64::from(j) / 10.0);
            if alignment_score(bitmap, place.plus(right, i).plus(down, j), right, down) >= best {
                sum = sum.plus(Point { x: i, y: j }, 1.0);
                count += 1.0;
            }
        }
    }
    place.plus(right, sum.x / f64::max(count, 1.0)).plus(down, sum.y / f64::max(count, 1.0))
}

/// A plane seen at a slant, as a matrix of homogeneous coordinates.
struct Perspective([[f64; 3]; 3]);

impl Perspective {
    /// Takes the corners of the unit square, clockwise, onto `quad`.
    fn onto([p0, p1, p2, p3]: [Point; 4]) -> Self {
        let slant = p0.minus(p1).plus(p2, 1.0).minus(p3);
        let (d1, d2) = (p1.minus(p2), p3.minus(p2));
        let area = d1.x * d2.y - d2.x * d1.y;
        let g = (slant.x * d2.y - d2.x * slant.y) / area;
        let h = (d1.x * slant.y - slant.x * d1.y) / area;
        Self([
            [p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x],
            [p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y],
            [g, h, 1.0],
        ])
    }

    /// The way back, up to a factor, which homogeneous coordinates ignore.
    fn inverse(&self) -> Self {
        let Self([[a, b, c], [d, e, f], [g, h, i]]) = self;
        Self([
            [e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ])
    }

    /// First `first`, then this.
    fn after(&self, first: &Self) -> Self {
        let [r0, r1, r2] = first.0;
        Self(self.0.map(|[a, b, c]| {
            let mut row = [0.0; 3];
            for (sum, ((x, y), z)) in row.iter_mut().zip(r0.iter().zip(&r1).zip(&r2)) {
                *sum = a * x + b * y + c * z;
            }
            row
        }))
    }

    fn apply(&self, point: Point) -> Point {
        let [x, y, w] = self.0.map(|[a, b, c]| a * point.x + b * point.y + c);
        Point { x: x / w, y: y / w }
    }
}

/// The modules of a code; wiped on drop, since they are the secret.
pub(super) struct Modules {
    side: usize,
    dark: Zeroizing<Vec<bool>>,
}

impl BitGrid for Modules {
    fn size(&self) -> usize {
        self.side
    }

    fn bit(&self, y: usize, x: usize) -> bool {
        self.dark.get(y * self.side + x).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slanted_square_goes_there_and_back() {
        let quad =
            [(10.0, 12.0), (90.0, 20.0), (80.0, 95.0), (5.0, 70.0)].map(|(x, y)| Point { x, y });
        let map = Perspective::onto(quad);

        let there = map.apply(Point { x: 1.0, y: 1.0 });
        let back = map.inverse().apply(quad[1]);

        assert!(there.minus(quad[2]).length() < 1e-9);
        assert!(back.minus(Point { x: 1.0, y: 0.0 }).length() < 1e-9);
    }
}
