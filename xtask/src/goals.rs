//! The goals of the benchmark, and everything that it measures.

use crate::ratio::Bound::{self, AtLeast, AtMost};
use crate::ratio::Goal;
use crate::ratio::Measure::{self, Megabytes, Milliseconds, Ratio};

/// `floor` is the work that no implementation on these hashes can avoid: two
/// compressions, one after the other.
///
/// Of an answer, it is one verification by ring and one signature by p256.
///
/// A cold start is what a person waits for: a program that was just started. Where one
/// opens its vault again, the peer has its key in hand: it is compared with `memory`, in
/// which ours has it too.
pub(crate) const GOALS: [Goal; 19] = [
    goal("SHA-1 code", Ratio("sha1/totp-rs", "sha1/ours"), AtLeast(1.8)),
    goal("SHA-1 code, to the floor", Ratio("sha1/ours", "sha1/floor"), AtMost(1.55)),
    goal("SHA-256 code", Ratio("sha256/totp-rs", "sha256/ours"), AtLeast(1.6)),
    goal("SHA-512 code", Ratio("sha512/totp-rs", "sha512/ours"), AtLeast(1.8)),
    goal("10 000 accounts", Ratio("batch_10000/totp-rs", "batch_10000/ours"), AtLeast(2.3)),
    goal("plain link", Ratio("uri_plain/totp-rs", "uri_plain/ours"), AtLeast(2.0)),
    goal("full link", Ratio("uri_full/totp-rs", "uri_full/ours"), AtLeast(2.0)),
    goal("SHA-512 link", Ratio("uri_sha512/totp-rs", "uri_sha512/ours"), AtLeast(2.0)),
    goal(
        "cold start, 1 000 accounts",
        Ratio("cold_start_1000/sqlcipher", "cold_start_1000/ours"),
        AtLeast(2.8),
    ),
    goal(
        "opened again, 1 000 accounts",
        Ratio("reopen_1000/sqlcipher", "reopen_1000/memory"),
        AtLeast(1.6),
    ),
    goal("unlock, 1 000 accounts", Milliseconds("unlock_1000/files"), AtMost(20.0)),
    goal("codes of 1 000 accounts", Milliseconds("tick_1000/ours"), AtMost(1.0)),
    goal("file of 1 000 accounts", Megabytes("size_1000/ours"), AtMost(1.0)),
    goal("an answer, to the floor", Ratio("approval/answer", "approval/floor"), AtMost(1.3)),
    goal("codes of 100 accounts in Kotlin", Milliseconds("kotlin_tick_100/ours"), AtMost(0.3)),
    goal("codes of 100 accounts in Swift", Milliseconds("swift_tick_100/ours"), AtMost(0.5)),
    goal(
        "codes of 1 000 accounts in Kotlin",
        Ratio("kotlin_tick_1000/baseline", "kotlin_tick_1000/ours"),
        AtLeast(10.0),
    ),
    goal(
        "codes of 1 000 accounts in Swift",
        Ratio("swift_tick_1000/baseline", "swift_tick_1000/ours"),
        AtLeast(10.0),
    ),
    goal("library for phones", Megabytes("library/stripped"), AtMost(3.5)),
];

const fn goal(what: &'static str, measure: Measure, bound: Bound) -> Goal {
    Goal { what, measure, bound }
}

/// What criterion measures in `benches/codes.rs`, `benches/vault.rs` and
/// `benches/approval.rs`, in the order in which it is shown.
pub(crate) const BENCHMARKS: [&str; 44] = [
    "sha1/ours",
    "sha1/totp-rs",
    "sha1/floor",
    "sha256/ours",
    "sha256/totp-rs",
    "sha256/floor",
    "sha512/ours",
    "sha512/totp-rs",
    "sha512/floor",
    "batch_10000/ours",
    "batch_10000/totp-rs",
    "uri_plain/ours",
    "uri_plain/totp-rs",
    "uri_full/ours",
    "uri_full/totp-rs",
    "uri_sha512/ours",
    "uri_sha512/totp-rs",
    "unlock_1000/files",
    "unlock_1000/memory",
    "unlock_10000/files",
    "unlock_10000/memory",
    "list_1000/ours",
    "list_10000/ours",
    "tick_1000/ours",
    "tick_10000/ours",
    "search_1000/ours",
    "search_10000/ours",
    "first_1000/codes",
    "first_1000/search",
    "first_10000/codes",
    "first_10000/search",
    "add_1000/files",
    "add_1000/memory",
    "add_10000/files",
    "add_10000/memory",
    "edit_1000/files",
    "edit_1000/memory",
    "edit_10000/files",
    "edit_10000/memory",
    "durable_write/floor",
    "approval/answer",
    "approval/floor",
    "approval/whole",
    "approval/pin",
];

/// What `benches/cold_start.rs` and `benches/sqlcipher` measure.
pub(crate) const COLD_STARTS: [&str; 18] = [
    "cold_start_1000/ours",
    "cold_start_1000/sqlcipher",
    "cold_start_1000/unchecked",
    "cold_start_1000/wiping",
    "reopen_1000/files",
    "reopen_1000/memory",
    "reopen_1000/sqlcipher",
    "reopen_1000/unchecked",
    "reopen_1000/wiping",
    "cold_start_10000/ours",
    "cold_start_10000/sqlcipher",
    "cold_start_10000/unchecked",
    "cold_start_10000/wiping",
    "reopen_10000/files",
    "reopen_10000/memory",
    "reopen_10000/sqlcipher",
    "reopen_10000/unchecked",
    "reopen_10000/wiping",
];

/// What `benches/door` measures, and the size of the library in bytes.
pub(crate) const DOOR: [&str; 11] = [
    "kotlin_tick_100/ours",
    "kotlin_tick_100/baseline",
    "kotlin_tick_1000/ours",
    "kotlin_tick_1000/baseline",
    "kotlin_call/ours",
    "swift_tick_100/ours",
    "swift_tick_100/baseline",
    "swift_tick_1000/ours",
    "swift_tick_1000/baseline",
    "swift_call/ours",
    "library/stripped",
];

/// The sizes of their files in bytes, with the number of accounts in each.
pub(crate) const SIZES: [(&str, f64); 4] = [
    ("size_1000/ours", 1e3),
    ("size_1000/sqlcipher", 1e3),
    ("size_10000/ours", 1e4),
    ("size_10000/sqlcipher", 1e4),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_compare_what_is_measured() {
        let is_measured = |id: &str| {
            let times = BENCHMARKS.iter().chain(&COLD_STARTS).chain(&DOOR);
            times.chain(SIZES.iter().map(|(id, _)| id)).any(|measured| *measured == id)
        };
        for goal in GOALS {
            let ids = match goal.measure {
                Ratio(over, under) => vec![over, under],
                Milliseconds(id) | Megabytes(id) => vec![id],
            };
            assert!(ids.into_iter().all(is_measured), "{}", goal.what);
        }
    }
}
