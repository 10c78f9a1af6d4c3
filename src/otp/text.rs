//! Names as they may be shown: without what could mislead the reader.

use std::borrow::Cow;

/// `text` without white space around it, control characters and marks that change
/// the direction of writing.
///
/// A bidirectional override makes `moc.knab` read as `bank.com`
/// ([UAX #9, section 2.7]), and a line feed makes one account look like two.
/// [`Cow::Owned`] exactly if something besides white space was taken out.
///
/// [UAX #9, section 2.7]: https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if is_plain(text) || !text.contains(is_misleading) {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().filter(|&character| !is_misleading(character)).collect();
    // What stood behind a character that is gone may be white space.
    Cow::Owned(kept.trim().to_owned())
}

/// Whether `text` has nothing but the visible characters of ASCII and spaces.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

fn is_misleading(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'                         // Arabic letter mark
            | '\u{200e}' | '\u{200f}'         // left-to-right and right-to-left marks
            | '\u{2028}' | '\u{2029}'         // line and paragraph separators
            | '\u{202a}'..='\u{202e}'         // embeddings and overrides
            | '\u{2066}'..='\u{2069}'         // isolates
            | '\u{feff}'                      // byte order mark
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_misleads_is_taken_out_and_what_only_looks_foreign_stays() {
        assert_eq!(clean(" Ex \t"), Cow::<str>::Borrowed("Ex"));
        assert_eq!(clean("\u{202e}moc.knab"), "moc.knab");
        assert_eq!(clean("Ex\r\nal"), "Exal");
        assert_eq!(clean("\u{feff} Ex"), "Ex");
        for text in ["Ünïcode", "بنك", "👩‍💻", "日本"] {
            assert!(matches!(clean(text), Cow::Borrowed(_)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn clean_text_stays_as_it_is(text: String) {
            let once = clean(&text);

            prop_assert!(matches!(clean(&once), Cow::Borrowed(same) if same == once));
        }
    }
}
