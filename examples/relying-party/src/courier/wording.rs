//! What a text message and a call say.

use super::{Channel, Code};

/// What `code` is said in, by the service that calls itself `name`.
///
/// One who is asked for a code by a caller is told here not to give it, since nothing else can.
pub(super) fn wording(name: &str, code: &Code<'_>) -> String {
    match code.channel {
        Channel::Text => format!(
            "{name}: your code is {}. Never tell it to anybody: we will never ask for it.",
            code.code
        ),
        Channel::Call => {
            let spoken = spoken(code.code);
            format!(
                "This is {name}. Your code is: {spoken}. Once more: {spoken}. \
                 Never tell it to anybody: we will never ask for it."
            )
        }
    }
}

/// One by one, with a pause after each: as a number, nobody could type along.
fn spoken(code: &str) -> String {
    let digits: Vec<String> = code.chars().map(String::from).collect();
    digits.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_the_service_and_warns_within_one_message() {
        let name = "A bank of a rather long name".to_owned();
        let code = Code { channel: Channel::Text, to: "+12025550123", code: "01234567" };

        let text = wording(&name, &code);

        assert_eq!(
            text,
            "A bank of a rather long name: your code is 01234567. \
             Never tell it to anybody: we will never ask for it."
        );
        // One message of seven-bit characters (3GPP TS 23.038); more are paid for each.
        assert!(text.len() <= 160);
    }

    #[test]
    fn a_call_reads_digit_by_digit_twice() {
        let code = Code { channel: Channel::Call, to: "+12025550123", code: "001942" };

        assert_eq!(
            wording("Example", &code),
            "This is Example. Your code is: 0, 0, 1, 9, 4, 2. Once more: 0, 0, 1, 9, 4, 2. \
             Never tell it to anybody: we will never ask for it."
        );
    }
}
