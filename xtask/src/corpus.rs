//! Which inputs that fuzzing found are worth a place in the repository: few, and small.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// So many inputs to one target are kept,
const MOST: usize = 40;
/// and so many bytes of them.
const MOST_BYTES: u64 = 40_000;

/// What was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    inputs: usize,
    bytes: u64,
    features: usize,
    of: usize,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, bytes, features, of } = self;
        write!(f, "{inputs} inputs, {bytes} bytes, which reach {features} of {of} edges")
    }
}

/// Puts the inputs that reach the most into `folder`, in place of what is there. `features`
/// is what libFuzzer wrote of the inputs when it merged them.
pub(crate) fn replace(folder: &Path, features: &Path) -> io::Result<Kept> {
    let text = fs::read_to_string(features)?;
    let inputs = read(&text).ok_or_else(|| io::Error::other("libFuzzer's list is not read"))?;
    let sized = inputs.into_iter().map(|(path, features)| {
        let bytes = fs::read(path)?;
        Ok((bytes, features))
    });
    let sized = sized.collect::<io::Result<Vec<_>>>()?;
    let of = sized.iter().flat_map(|(_, features)| features).collect::<BTreeSet<_>>().len();
    let chosen = choose(&sized.iter().map(|(bytes, all)| (len(bytes), all)).collect::<Vec<_>>());
    let mut kept = Kept { inputs: chosen.len(), bytes: 0, features: 0, of };
    kept.features = chosen.iter().flat_map(|place| &sized[*place].1).collect::<BTreeSet<_>>().len();

    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for (number, place) in chosen.into_iter().enumerate() {
        let (bytes, _) = &sized[place];
        kept.bytes += len(bytes);
        fs::write(folder.join(format!("{number:02}")), bytes)?;
    }
    Ok(kept)
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The inputs in libFuzzer's list, and what each reaches: the number of inputs, that of the
/// first folder's, their paths, and then `FT`, an input's place and its features.
fn read(text: &str) -> Option<Vec<(PathBuf, BTreeSet<u32>)>> {
    let mut lines = text.lines();
    let count: usize = lines.next()?.parse().ok()?;
    lines.next()?;
    let paths: Vec<PathBuf> = lines.by_ref().take(count).map(PathBuf::from).collect();
    let mut inputs = Vec::new();
    for line in lines.filter_map(|line| line.strip_prefix("FT ")) {
        let (place, features) = line.split_once(' ').unwrap_or((line, ""));
        let features = features.split_whitespace().map(str::parse).collect::<Result<_, _>>();
        inputs.push((paths.get(place.parse::<usize>().ok()?)?.clone(), features.ok()?));
    }
    Some(inputs)
}

/// The places of the inputs that reach the most: each time the one that adds the most to
/// those before it, the smallest of them.
fn choose(inputs: &[(u64, &BTreeSet<u32>)]) -> Vec<usize> {
    let mut chosen = Vec::new();
    let mut reached = BTreeSet::new();
    let mut room = MOST_BYTES;
    while chosen.len() < MOST {
        let added = |place: &usize| inputs[*place].1.difference(&reached).count();
        let fitting = (0..inputs.len()).filter(|place| inputs[*place].0 <= room);
        let best = fitting.max_by_key(|place| (added(place), u64::MAX - inputs[*place].0));
        let Some(best) = best.filter(|best| added(best) > 0) else { break };
        reached.extend(inputs[best].1);
        room -= inputs[best].0;
        chosen.push(best);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_libfuzzer_is_read() {
        let list = "2\n1\na/one\nb/two\nSTARTED 0 3\nFT 0 7 9\nCOV 0 1\nSTARTED 1 4\nFT 1\nCOV 1\n";

        let inputs = read(list).unwrap();

        assert_eq!(inputs[0], (PathBuf::from("a/one"), BTreeSet::from([7, 9])));
        assert_eq!(inputs[1], (PathBuf::from("b/two"), BTreeSet::new()));
        assert!(read("FT 0 7").is_none());
    }

    #[test]
    fn what_adds_nothing_is_not_kept() {
        let [few, many, other] =
            [BTreeSet::from([1, 2]), BTreeSet::from([1, 2, 3]), BTreeSet::from([4])];
        let inputs = [(1, &few), (9, &many), (5, &many), (MOST_BYTES, &other), (2, &other)];

        assert_eq!(choose(&inputs), [2, 4]);
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let features: Vec<BTreeSet<u32>> = (0..100).map(|feature| [feature].into()).collect();
        let small: Vec<_> = features.iter().map(|features| (1, features)).collect();
        let large: Vec<_> = features.iter().map(|features| (MOST_BYTES / 3, features)).collect();

        assert_eq!(choose(&small).len(), MOST);
        assert_eq!(choose(&large).len(), 3);
    }
}
