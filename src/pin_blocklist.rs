//! PINs and passwords that are tried first (NIST SP 800-63B-4, section 3.1.1.2).

/// What people choose who are asked for a word, in lower case.
const WORDS: &str = "\
    access admin administrator amour baseball batman changeme computer contraseña dragon \
    football freedom fussball geheim hallo hello iloveyou internet letmein liebe login \
    loveme master monkey motdepasse mustang ninja parola passphrase passw0rd password \
    passwort princess qazwsx samsung schatz secret senha shadow starwars sunshine superman \
    test tequiero trustno welcome whatever wachtwoord";

/// Rows of keyboards and the alphabet.
const ROWS: &str = "\
    abcdefghijklmnopqrstuvwxyz qwertyuiop qwertzuiop azertyuiop asdfghjkl qsdfghjklm zxcvbnm \
    yxcvbnm";

/// Figures on a keypad, and numbers that everybody knows. What a rule finds is not here.
const NUMBERS: &str = "\
    123654 135246 142536 147258 147852 147896 159357 159753 258369 271828 314159 321654 \
    456123 789456 963852 31415926";

/// Whether `text`, spelled as a vault spells it, is among the first that anybody tries.
pub(crate) fn is_common(text: &str) -> bool {
    let text = zeroize::Zeroizing::new(text.to_lowercase());
    if repeats(text.as_bytes()) {
        return true;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return is_common_number(text.as_bytes());
    }
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    WORDS.split(' ').any(|common| common == word) || [&**text, word].into_iter().any(is_in_a_row)
}

/// Whether it is one block several times: `aaaaaa`, `121212`, `123123`.
fn repeats(text: &[u8]) -> bool {
    let blocks = 1..=text.len() / 2;
    blocks
        .filter(|length| text.len().is_multiple_of(*length))
        .any(|length| text.chunks(length).all(|chunk| text.starts_with(chunk)))
}

/// Whether all of it, at least four letters, stands in a row of keys, in either direction.
fn is_in_a_row(text: &str) -> bool {
    // Grown, it would leave copies behind.
    let mut backwards = zeroize::Zeroizing::new(String::with_capacity(text.len()));
    backwards.extend(text.chars().rev());
    let stands = |row: &str| row.contains(text) || row.contains(backwards.as_str());
    text.len() >= 4 && ROWS.split(' ').any(stands)
}

fn is_common_number(digits: &[u8]) -> bool {
    let pairs = digits.chunks(2).all(|pair| pair.first() == pair.last());
    let halved: zeroize::Zeroizing<Vec<u8>> =
        zeroize::Zeroizing::new(digits.iter().copied().step_by(2).collect());
    let mirrored = digits.iter().eq(digits.iter().rev());
    let is_known = NUMBERS.split(' ').any(|number| number.as_bytes() == digits);
    let has_two = |digits: &[u8]| (b'0'..=b'9').filter(|digit| digits.contains(digit)).count() < 3;
    is_run(digits)
        || (pairs && is_run(&halved))
        || mirrored
        || has_two(digits)
        || is_known
        || is_date(digits)
}

/// Whether each digit follows the one before at the same distance: `123456`, `975319`.
fn is_run(digits: &[u8]) -> bool {
    let steps = digits.iter().zip(digits.iter().skip(1));
    let mut steps = steps.map(|(first, second)| (10 + second - first) % 10);
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

/// Whether it is a day, in any of the usual orders: with two digits of the year, or with
/// four between 1900 and 2099.
fn is_date(digits: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let digits = digits.get(range)?;
        digits.iter().try_fold(0_u32, |number, digit| Some(10 * number + u32::from(digit - b'0')))
    };
    let is_day = |month: usize, day: usize| {
        let (Some(month), Some(day)) = (number(month..month + 2), number(day..day + 2)) else {
            return false;
        };
        (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    let is_year = |year: usize| number(year..year + 4).is_some_and(|y| (1900..2100).contains(&y));
    match digits.len() {
        6 => is_day(2, 0) || is_day(0, 2) || is_day(2, 4),
        8 => {
            (is_year(4) && (is_day(2, 0) || is_day(0, 2)))
                || (is_year(0) && (is_day(4, 6) || is_day(6, 4)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_common() {
        for text in [
            "000000",
            "111111",
            "123456",
            "654321",
            "890123",
            "246802",
            "121212",
            "123123",
            "112233",
            "998877",
            "123321",
            "112112",
            "112221",
            "778787",
            "147258",
            "159753",
            "12345678",
            "1234567890",
            "password",
            "Password",
            "PASSWORD1",
            "password123!",
            "qwerty",
            "ytrewq",
            "asdfgh",
            "qwertz12",
            "azerty",
            "abcdef",
            "zyxwvu",
            "letmein",
            "iloveyou",
            "trustno1",
            "aaaaaa",
            "abcabc",
            "xyxyxy",
            "passwort",
            "geheim",
            "äöäöäö",
        ] {
            assert!(is_common(text), "{text}");
        }
    }

    #[test]
    fn days_are_common_in_every_order() {
        for text in ["310785", "073185", "850731", "31071985", "07311985", "19850731", "19853107"] {
            assert!(is_common(text), "{text}");
        }
        // No 32nd, no thirteenth month, no year 1899.
        for text in ["320785", "311385", "13321899", "31071899", "21000731"] {
            assert!(!is_common(text), "{text}");
        }
    }

    #[test]
    fn what_takes_more_than_a_list_is_not_common() {
        for text in [
            "482913",
            "739105",
            "8204617",
            "904726",
            // Three digits; a run at every other place; pairs that are no run.
            "778789",
            "152738",
            "114488",
            "74920385",
            "correct horse",
            "tr0mbone",
            "passing",
            "qwart",
            "hellooo there",
            "mypassword",
            "zebra9",
            "käsekuchen",
        ] {
            assert!(!is_common(text), "{text}");
        }
    }

    #[test]
    fn most_numbers_of_six_digits_may_be_chosen() {
        let common = (0..1_000_000).filter(|number| is_common(&format!("{number:06}"))).count();

        assert!((50_000..110_000).contains(&common), "{common}");
    }

    #[test]
    fn the_lists_hold_nothing_that_a_rule_finds_by_itself() {
        for number in NUMBERS.split(' ') {
            let digits = number.as_bytes();
            assert!(!is_run(digits) && !repeats(digits) && !is_date(digits), "{number}");
        }
        for word in WORDS.split(' ') {
            assert_eq!(word, word.to_lowercase());
            assert!(!is_in_a_row(word) && !repeats(word.as_bytes()), "{word}");
        }
        assert!(WORDS.split(' ').chain(NUMBERS.split(' ')).all(is_common));
    }
}
