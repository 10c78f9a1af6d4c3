//! From grey to dark and light: the plane that codes are looked for in.

use super::qr::Luminance;
use zeroize::Zeroizing;

/// The side of the squares, in pixels, that share one threshold.
const BLOCK: usize = 8;

/// A block whose grey values lie closer together than this shows one colour.
const CONTRAST: u8 = 24;

/// A place in a picture, in pixels; it may lie outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    pub(super) fn plus(self, other: Self, factor: f64) -> Self {
        Self { x: self.x + factor * other.x, y: self.y + factor * other.y }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(other, -1.0)
    }

    pub(super) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    pub(super) fn length(self) -> f64 {
        self.x.hypot(self.y)
    }
}

/// Grey values, tightly packed; wiped on drop, since they show a secret.
pub(super) struct Grey {
    width: usize,
    height: usize,
    pixels: Zeroizing<Vec<u8>>,
}

impl Grey {
    pub(super) fn new(picture: &Luminance<'_>) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let mut pixels = Zeroizing::new(Vec::with_capacity(width * height));
        picture.rows().for_each(|row| pixels.extend_from_slice(row));
        Self { width, height, pixels }
    }

    /// The shorter side, in pixels.
    pub(super) fn side(&self) -> usize {
        self.width.min(self.height)
    }

    /// Light for dark and dark for light.
    pub(super) fn invert(&mut self) {
        self.pixels.iter_mut().for_each(|pixel| *pixel = !*pixel);
    }

    /// The same picture at half the size, each pixel the mean of four.
    ///
    /// A last odd row or column is left out.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut pixels = Zeroizing::new(Vec::with_capacity(width * height));
        for pair in self.pixels.chunks_exact(2 * self.width.max(1)) {
            let (upper, lower) = pair.split_at(self.width);
            let quads = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            pixels.extend(quads.map(|(a, b)| {
                let sum: u16 = a.iter().chain(b).copied().map(u16::from).sum();
                u8::try_from((sum + 2) / 4).unwrap_or(u8::MAX)
            }));
        }
        Self { width, height, pixels }
    }

    /// Parts dark from light by what is dark and light near each pixel.
    ///
    /// One threshold for a whole photo fails under a shadow. Here each block of
    /// 8 × 8 pixels has its own, the mean over the 25 blocks around it.
    pub(super) fn binarised(&self) -> Bitmap {
        let levels = Levels::new(self);
        let mut dark = Zeroizing::new(Vec::with_capacity(self.pixels.len()));
        for (row, strip) in self.pixels.chunks(BLOCK * self.width.max(1)).enumerate() {
            let thresholds: Vec<u8> =
                (0..levels.columns).map(|c| levels.threshold(c, row)).collect();
            for line in strip.chunks_exact(self.width.max(1)) {
                for (pixels, &threshold) in line.chunks(BLOCK).zip(&thresholds) {
                    dark.extend(pixels.iter().map(|&pixel| pixel <= threshold));
                }
            }
        }
        Bitmap { width: self.width, height: self.height, dark }
    }
}

/// For each block the grey that parts dark from light in it.
struct Levels {
    columns: usize,
    values: Vec<u8>,
}

impl Levels {
    fn new(grey: &Grey) -> Self {
        let columns = grey.width.div_ceil(BLOCK);
        let mut levels = Self { columns, values: Vec::new() };
        for (row, strip) in grey.pixels.chunks(BLOCK * grey.width.max(1)).enumerate() {
            let mut blocks = vec![Block::EMPTY; columns];
            for line in strip.chunks_exact(grey.width.max(1)) {
                for (block, pixels) in blocks.iter_mut().zip(line.chunks(BLOCK)) {
                    pixels.iter().for_each(|&pixel| block.add(pixel));
                }
            }
            for (column, block) in blocks.iter().enumerate() {
                let level = block.level(levels.known_around(column, row));
                levels.values.push(level);
            }
        }
        levels
    }

    fn at(&self, column: usize, row: usize) -> Option<u32> {
        if column >= self.columns {
            return None;
        }
        self.values.get(row * self.columns + column).copied().map(u32::from)
    }

    /// What the blocks to the left and above, which came first, agree on.
    fn known_around(&self, column: usize, row: usize) -> Option<u8> {
        let (left, above) = (column.checked_sub(1)?, row.checked_sub(1)?);
        let sum = self.at(column, above)? + 2 * self.at(left, row)? + self.at(left, above)?;
        u8::try_from(sum / 4).ok()
    }

    fn threshold(&self, column: usize, row: usize) -> u8 {
        let (mut sum, mut count) = (0, 0);
        for y in row.saturating_sub(2)..=row + 2 {
            for x in column.saturating_sub(2)..=column + 2 {
                if let Some(level) = self.at(x, y) {
                    sum += level;
                    count += 1;
                }
            }
        }
        u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)
    }
}

#[derive(Clone, Copy)]
struct Block {
    darkest: u8,
    lightest: u8,
    sum: u32,
    count: u32,
}

impl Block {
    const EMPTY: Self = Self { darkest: u8::MAX, lightest: 0, sum: 0, count: 0 };

    fn add(&mut self, pixel: u8) {
        self.darkest = self.darkest.min(pixel);
        self.lightest = self.lightest.max(pixel);
        self.sum += u32::from(pixel);
        self.count += 1;
    }

    fn level(&self, known_around: Option<u8>) -> u8 {
        if self.lightest.saturating_sub(self.darkest) > CONTRAST {
            return u8::try_from(self.sum / self.count.max(1)).unwrap_or(u8::MAX);
        }
        // One colour only: background, unless the neighbours saw lighter ones,
        // as inside a module that is larger than a block.
        known_around.filter(|&known| self.darkest < known).unwrap_or(self.darkest / 2)
    }
}

/// Dark and light; wiped on drop, since it shows a secret.
pub(super) struct Bitmap {
    width: usize,
    height: usize,
    dark: Zeroizing<Vec<bool>>,
}

impl Bitmap {
    pub(super) fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks_exact(self.width.max(1))
    }

    /// The colour of a pixel, `None` outside.
    pub(super) fn pixel(&self, x: i32, y: i32) -> Option<bool> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x >= self.width || y >= self.height {
            return None;
        }
        self.dark.get(y * self.width + x).copied()
    }

    /// Whether `point` is dark; outside is light.
    pub(super) fn is_dark(&self, point: Point) -> bool {
        let dark = || self.pixel(whole(point.x)?, whole(point.y)?);
        dark().unwrap_or(false)
    }
}

/// The pixel that a coordinate lies in, `None` far outside any picture.
#[expect(
    clippy::as_conversions,
    reason = "there is no other way from a float to an integer, and the range is checked"
)]
fn whole(coordinate: f64) -> Option<i32> {
    (0.0..65_536.0).contains(&coordinate).then_some(coordinate as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_does_not_hide_the_dark_half_of_each_block() {
        // Stripes of 4 pixels on a ground that falls from 250 to 122.
        let pixels: Vec<u8> = (0..64 * 64u32)
            .map(|i| {
                let (x, y) = (i % 64, i / 64);
                u8::try_from((250 - 2 * y) / if x / 4 % 2 == 0 { 1 } else { 2 }).unwrap()
            })
            .collect();
        let picture = Luminance::new(64, 64, &pixels).unwrap();

        let bitmap = Grey::new(&picture).binarised();

        for row in bitmap.rows() {
            assert!(row.iter().enumerate().all(|(x, &dark)| dark == (x / 4 % 2 == 1)));
        }
    }

    #[test]
    fn a_half_is_the_mean_of_four() {
        let pixels: Vec<u8> = [10, 20].repeat(21 * 11).into_iter().chain([30; 22]).collect();
        let picture = Luminance::new(22, 22, &pixels).unwrap();

        let half = Grey::new(&picture).halved();

        assert_eq!((half.width, half.height, half.pixels.len()), (11, 11, 121));
        assert_eq!(half.pixels[0], 15);
    }

    #[test]
    fn no_coordinate_is_too_wild_to_look_at() {
        let picture = [0; 441];
        let bitmap = Grey::new(&Luminance::new(21, 21, &picture).unwrap()).binarised();

        for wild in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -0.5, 21.0] {
            assert!(!bitmap.is_dark(Point { x: wild, y: 3.0 }));
            assert!(!bitmap.is_dark(Point { x: 3.0, y: wild }));
        }
    }
}
