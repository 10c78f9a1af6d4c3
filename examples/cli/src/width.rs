//! How wide text is on a terminal, and what is shown of it where it is too wide.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that `text` takes.
///
/// Terminals disagree on emoji that are joined of several: some draw one, some
/// each part. The wider answer is taken, so that nothing is ever overwritten.
pub(crate) fn of(text: &str) -> usize {
    let parts = text.chars().map(|character| character.width().unwrap_or(0)).sum();
    text.width().max(parts)
}

/// `text` within `columns`, with `…` at its end if a part of it is missing.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if of(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let end = text
        .char_indices()
        .map(|(index, character)| index + character.len_utf8())
        .take_while(|&end| of(&text[..end]) < columns)
        .last()
        .unwrap_or(0);
    // A joiner without its second half would join the dots.
    let kept = text[..end].trim_end_matches(['\u{200d}', ' ']);
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_count_twice_and_marks_not_at_all() {
        for (text, width) in [("", 0), ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("😀", 2)] {
            assert_eq!(of(text), width, "{text}");
        }
    }

    #[test]
    fn what_is_too_wide_ends_in_dots_within_the_columns() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("日本銀行", 4), "日…");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn no_text_is_wider_than_its_columns() {
        for text in ["👩\u{200d}💻👩\u{200d}💻 dev", "ａｂｃ e\u{301}e\u{301}", "🇨🇭🇨🇭", "x y z"]
        {
            for columns in 0..20 {
                assert!(of(&fit(text, columns)) <= columns, "{text} {columns}");
            }
        }
    }
}
