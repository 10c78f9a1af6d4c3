//! What was doubtful about an account that was read all the same.

use super::Parameter;

/// Something doubtful, to be shown before the account is kept. No variant holds a
/// secret.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The issuer is Steam and the parameters are not Steam's: read as ordinary
    /// numeric codes.
    AmbiguousSteam,
    /// A parameter was empty, missing or `null` and has its default value.
    DefaultedParameter(Parameter),
    /// The query was escaped for HTML (`&amp;`) and was read as it was meant.
    HtmlEscapedQuery,
    /// A parameter that has no meaning here was left out, by its name. A name that
    /// may be a secret in the wrong place is replaced by `?`.
    IgnoredParameter(String),
    /// The issuer is Steam, so that Steam's codes are given although the type says TOTP.
    InferredSteam,
    /// Label and parameter name different issuers; the parameter's is kept.
    IssuerMismatch,
    /// Control characters or marks of writing direction were taken out of a name.
    MisleadingCharacters,
    /// There is no label, so that the account has no name.
    MissingLabel,
    /// The secret's last character has bits that belong to no byte. Every reader
    /// drops them; a character may be missing.
    NonCanonicalSecret,
    /// The secret is shorter than the 128 bits that [RFC 4226, section 4], R6 demands.
    ///
    /// [RFC 4226, section 4]: https://www.rfc-editor.org/rfc/rfc4226#section-4
    ShortSecret,
    /// A name is not UTF-8; what could not be read is shown as U+FFFD.
    UndecodableText,
    /// A `#` stands unescaped. A strict reader ends the URI there; it was kept.
    UnescapedHash,
    /// A second `?` stands unescaped. It was kept as part of a value, where it may be
    /// meant to begin another parameter, whose meaning would be lost.
    UnescapedQuestionMark,
    /// A number is written in an unusual way (`6.0`, `06`) and was read as it was meant.
    UnusualNumber(Parameter),
    /// The period is below 10 or above 300 seconds.
    UnusualPeriod,
}
