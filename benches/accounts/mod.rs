//! The accounts that both sides of the comparison keep: made up, the same each time, and
//! about as long as those of people.

/// What a person has of one account.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) issuer: String,
    pub(crate) name: String,
    pub(crate) secret: Vec<u8>,
    /// The number in the hash's name: 1, 256 or 512.
    pub(crate) algorithm: u16,
    pub(crate) digits: u8,
    pub(crate) period: u32,
    pub(crate) note: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) group: Option<String>,
    pub(crate) pinned: bool,
}

const ISSUERS: [&str; 16] = [
    "GitHub",
    "Google",
    "Amazon Web Services",
    "Microsoft",
    "Cloudflare",
    "Dropbox",
    "Bitwarden",
    "Stadtwerke München",
    "PayPal",
    "GitLab",
    "Proton",
    "Raiffeisenbank",
    "npm",
    "DigitalOcean",
    "Nintendo Account",
    "Hetzner Online",
];
const PEOPLE: [&str; 8] = [
    "alice.anderson",
    "bob",
    "c.fernandez",
    "dmitri.volkov",
    "erika.mustermann",
    "f.oconnor",
    "grace",
    "hiroshi.tanaka",
];
const DOMAINS: [&str; 4] = ["example.com", "example.org", "mail.example.net", "corp.example"];
const TAGS: [&str; 6] = ["work", "private", "bank", "shared", "servers", "old phone"];
const NOTE: &str = "Recovery codes are in the blue folder; ask Erika for the second key.";

/// The account of this number: one in four has labels, one in five a group, one in ten a
/// note, as three of four accounts are SHA-1 with 20 bytes.
pub(crate) fn sample(number: u64) -> Sample {
    let mut random = Random(number);
    let person = random.one_of(&PEOPLE);
    let domain = random.one_of(&DOMAINS);
    let algorithm = [1, 1, 1, 1, 1, 1, 256, 512][random.below(8)];
    let length = if algorithm == 1 { [20, 20, 20, 10][random.below(4)] } else { 32 };
    Sample {
        issuer: random.one_of(&ISSUERS).to_owned(),
        name: format!("{person}+{number}@{domain}"),
        secret: (0..length).map(|_| random.next().to_le_bytes()[0]).collect(),
        algorithm,
        digits: [6, 6, 6, 6, 6, 6, 6, 8][random.below(8)],
        period: 30,
        note: (random.below(10) == 0).then(|| NOTE.to_owned()),
        tags: match random.below(8) {
            0 => vec![random.one_of(&TAGS).to_owned(), "imported".to_owned()],
            1 => vec![random.one_of(&TAGS).to_owned()],
            _ => Vec::new(),
        },
        group: (random.below(5) == 0).then(|| random.one_of(&TAGS).to_owned()),
        pinned: random.below(50) == 0,
    }
}

/// SplitMix64: no secret of anybody's.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len())]
    }
}
