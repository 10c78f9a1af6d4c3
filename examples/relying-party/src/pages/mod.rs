//! The pages, as people see them: what each one needs, as plain texts, and how it is drawn.
//! Nothing is decided here. The words are here, too: a handler names what is wrong, and the page
//! says it, with what to do next.
//!
//! Every form is a POST with the `csrf` of its frame. What waits (`wait.js`) reads server-sent
//! events from the path in `data-events`: an event `status`, whose data is a name, says the text
//! in `data-said-<name>`, and an event `decided` sends the form that is named in `data-continue`,
//! which a person without scripts sends by its button.

mod account;
mod administration;
mod enrolment;
mod failure;
mod problem;
mod qr;
mod sign_in;

pub use account::{
    Action, Confirm, Device, DeviceState, Event, Home, Method, RecoveryCodes, Security,
};
pub use administration::{
    Audit, AuditEntry, MatchMode, Paging, PinPolicy, Policies, User, UserRow, UserState, Users,
};
pub use enrolment::{
    Choice, ChooseMethod, EnrolApp, EnrolCode, EnrolPhone, EnrolPhoneCode, Enrolled, EnrolmentEnd,
    EnrolmentEnded, MoreInformation, TestApproval,
};
pub use failure::Failure;
pub use problem::{Notice, Problem};
pub use sign_in::{
    Approval, EnterCode, Matching, Outcome, OutcomeOf, Purpose, RecoveryCode, SignIn,
};

/// What a browser may load and do on a page: nothing that is not ours, and nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `GET /assets/style.css`, `text/css; charset=utf-8`.
pub const STYLE: &str = concat!(
    include_str!("../../assets/style.css"),
    include_str!("../../assets/forms.css"),
    include_str!("../../assets/parts.css")
);

/// `GET /assets/wait.js`, `text/javascript; charset=utf-8`.
pub const WAIT: &str = include_str!("../../assets/wait.js");

/// A page.
pub trait Page: askama::Template {
    /// What it is called, in its heading and in the browser's tab.
    fn title(&self) -> String;

    /// The whole document.
    ///
    /// # Panics
    /// Never: a `String` takes every write, and no template calls what can fail.
    fn html(&self) -> String {
        self.render().expect("a String takes every write")
    }
}

/// What is around every page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// How the service calls itself.
    pub service: String,
    /// The token that every form of the page sends.
    pub csrf: String,
    /// Who is signed in, with everything that was asked for.
    pub signed_in: Option<SignedIn>,
    /// What went wrong with what was just sent.
    pub problem: Option<Problem>,
    /// What was just done.
    pub notice: Option<Notice>,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account's name.
    pub name: String,
    /// Whether the way to users, policies and audit log is shown.
    pub administrator: bool,
}

impl Frame {
    /// What is wrong with the field of this name.
    fn problem_of(&self, field: &str) -> Option<String> {
        self.problem.as_ref().filter(|problem| problem.field() == Some(field)).map(Problem::text)
    }

    /// The ids of what describes the field of this name, for `aria-describedby`.
    fn described_by(&self, field: &str, hint: &str) -> String {
        let hint = if hint.is_empty() { String::new() } else { format!("{field}-hint") };
        match self.problem_of(field) {
            Some(_) => format!("{field}-error {hint}").trim_end().to_owned(),
            None => hint,
        }
    }
}

/// An id as one segment of a path, whatever is in it.
fn segment(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Whether a link may be tapped: it is one that an authenticator opens. Anything else, a script
/// above all, stays text.
fn tappable(link: &str) -> bool {
    ["approval://", "otpauth://", "https://"].iter().any(|scheme| link.starts_with(scheme))
}

/// A time to wait, as it is said: rounded up, so that nobody is told to come back too early.
fn duration(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=90 => (seconds.max(1), "second"),
        91..=5400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// Digits with spaces between them, for those who hear the page: `07` is not "seven".
fn spelled(digits: &str) -> String {
    let mut spelled = String::with_capacity(digits.len() * 2);
    for character in digits.chars() {
        if !spelled.is_empty() {
            spelled.push(' ');
        }
        spelled.push(character);
    }
    spelled
}

/// In groups of four, as a person types it.
fn grouped(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{duration, grouped, segment, spelled, tappable};

    #[test]
    fn texts_are_shaped_for_people() {
        assert_eq!(
            [1, 30, 90, 91, 3600, 7201].map(duration),
            ["1 second", "30 seconds", "90 seconds", "2 minutes", "60 minutes", "3 hours"]
        );
        assert_eq!(spelled("07"), "0 7");
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }

    #[test]
    fn an_id_stays_one_segment_and_only_links_of_authenticators_are_tapped() {
        assert_eq!(segment("../a?b#c\"d"), "%2E%2E%2Fa%3Fb%23c%22d");
        assert!(tappable("approval://enrol?v=1") && tappable("otpauth://totp/a"));
        assert!(!tappable("javascript:alert(1)") && !tappable(" https://x"));
    }
}
