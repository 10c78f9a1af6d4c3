//! Names as they may be shown: without what could mislead the reader.

use std::borrow::Cow;

/// `text` without white space around it, control characters and marks that change
/// the direction of writing, and whether any of these marks was in it.
///
/// A bidirectional override makes `moc.knab` read as `bank.com`
/// ([UAX #9, section 2.7]), and a line feed makes one account look like two.
///
/// [UAX #9, section 2.7]: https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
pub(crate) fn clean<'a>(text: impl Into<Cow<'a, str>>) -> (Cow<'a, str>, bool) {
    let text = trim(text.into());
    // Without a way out the loop becomes vector instructions.
    let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    if plain || !text.contains(is_misleading) {
        return (text, false);
    }
    let kept: String = text.chars().filter(|&character| !is_misleading(character)).collect();
    // What stood behind a character that is gone may be white space.
    (trim(Cow::Owned(kept)), true)
}

/// `text` without white space around it.
pub(crate) fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    // Nearly every text; `str::trim` decodes characters at both ends.
    let visible = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if visible(text.as_bytes().first()) && visible(text.as_bytes().last()) {
        return text;
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
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
        assert_eq!(clean(" Ex \t"), ("Ex".into(), false));
        assert_eq!(clean("\u{202e}moc.knab"), ("moc.knab".into(), true));
        assert_eq!(clean("Ex\r\nal"), ("Exal".into(), true));
        assert_eq!(clean("\u{feff} Ex"), ("Ex".into(), true));
        for text in ["Ünïcode", "بنك", "👩‍💻", "日本"] {
            assert_eq!(clean(text), (text.into(), false));
        }
    }

    proptest! {
        #[test]
        fn clean_text_stays_as_it_is(text: String) {
            let (once, _) = clean(text);

            prop_assert_eq!(clean(&*once), (once.clone(), false));
        }
    }
}
