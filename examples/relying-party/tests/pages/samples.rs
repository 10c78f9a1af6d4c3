//! Every page in every state, filled with texts that the caller gives.

use relying_party::pages::*;

/// What people would see, and what somebody evil would have them see.
pub(crate) struct Texts {
    pub(crate) service: &'static str,
    pub(crate) csrf: &'static str,
    pub(crate) name: &'static str,
    pub(crate) device: &'static str,
    pub(crate) id: &'static str,
    pub(crate) place: &'static str,
    pub(crate) link: &'static str,
    pub(crate) otpauth: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) number: &'static str,
    pub(crate) code: &'static str,
}

pub(crate) const USUAL: Texts = Texts {
    service: "Harbour Bank",
    csrf: "kq3yWvCSRFtoken7d",
    name: "ada.lovelace@harbour.example",
    device: "Ada’s Pixel 8",
    id: "cr-5fJ1_q",
    place: "Firefox on Linux, Zürich",
    link: "approval://enrol?v=1&iss=https%3A%2F%2Fbank.example&code=Zm9vYmFyYmF6cXV1eHF1dXg&key=NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs&exp=1790000000&account=ada.lovelace",
    otpauth: "otpauth://totp/Harbour%20Bank:ada.lovelace?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Harbour%20Bank",
    secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    number: "+41 44 555 01 23",
    code: "hf7k-29qd-xm4t",
};

pub(crate) const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{7*7}}";

pub(crate) const EVIL: Texts = Texts {
    service: HOSTILE,
    csrf: HOSTILE,
    name: HOSTILE,
    device: HOSTILE,
    id: HOSTILE,
    place: HOSTILE,
    link: "javascript:alert(1)//\"'><script>",
    otpauth: HOSTILE,
    secret: HOSTILE,
    number: HOSTILE,
    code: HOSTILE,
};

/// A page by the name of its file.
pub(crate) struct Sample {
    pub(crate) file: &'static str,
    pub(crate) title: String,
    pub(crate) html: String,
}

fn sample(file: &'static str, page: &impl Page) -> Sample {
    Sample { file, title: page.title(), html: page.html() }
}

impl Texts {
    fn out(&self) -> Frame {
        Frame { service: self.service.into(), csrf: self.csrf.into(), ..Frame::default() }
    }

    fn signed_in(&self) -> Frame {
        let signed_in = Some(SignedIn { name: self.name.into(), administrator: false });
        Frame { signed_in, ..self.out() }
    }

    fn administrator(&self) -> Frame {
        let signed_in = Some(SignedIn { name: self.name.into(), administrator: true });
        Frame { signed_in, ..self.out() }
    }

    fn wrong(&self, problem: Problem) -> Frame {
        Frame { problem: Some(problem), ..self.out() }
    }

    fn done(&self, notice: Notice) -> Frame {
        Frame { notice: Some(notice), ..self.signed_in() }
    }

    fn devices(&self) -> Vec<Device> {
        let device = |name: &str, method, state, last_used: Option<&str>| Device {
            id: self.id.into(),
            name: name.into(),
            method,
            added: "3 March 2026".into(),
            last_used: last_used.map(Into::into),
            state,
        };
        vec![
            device(self.device, Method::Notifications, DeviceState::Active, Some("today, 12:04")),
            device("Old phone", Method::Notifications, DeviceState::Locked, None),
            device("Work phone", Method::Notifications, DeviceState::Suspended, Some(self.place)),
            device("Tablet", Method::Notifications, DeviceState::PinDisabled, None),
            device(self.number, Method::Text, DeviceState::Active, None),
        ]
    }

    fn recent(&self) -> Vec<Event> {
        let event = |what: &str, when: &str| Event {
            when: when.into(),
            what: what.into(),
            place: self.place.into(),
        };
        vec![
            event("Signed in, approved on the phone", "today, 12:04"),
            event("A request was not answered", "today, 12:01"),
            event(self.device, self.place),
        ]
    }

    fn approval(&self, frame: Frame, matching: Matching) -> Approval {
        Approval {
            frame,
            purpose: Purpose::SignIn,
            devices: vec![self.device.into()],
            matching,
            seconds_left: 60,
            again_in: 0,
            code_allowed: true,
            recovery_allowed: true,
        }
    }
}

/// All of them.
pub(crate) fn all(t: &Texts) -> Vec<Sample> {
    [sign_in(t), ends(t), enrolment(t), account(t), administration(t)]
        .into_iter()
        .flatten()
        .collect()
}

fn sign_in(t: &Texts) -> Vec<Sample> {
    let name = || t.name.to_owned();
    let code =
        |frame| EnterCode { frame, sent_to: None, approval_allowed: true, recovery_allowed: true };
    let out = Frame { notice: Some(Notice::LockedByOwner), ..t.out() };
    let six = Matching::Number("048213".into());
    let two = Matching::Number(if t.service == HOSTILE { HOSTILE } else { "07" }.into());
    let mut many = t.approval(t.wrong(Problem::NotAnswered), Matching::Nothing);
    many.devices = vec!["one".into(), t.device.into(), "three".into()];
    many.again_in = 30;
    let mut added = t.approval(t.signed_in(), Matching::Number("61".into()));
    added.purpose = Purpose::AddDevice { name: t.device.into() };
    added.code_allowed = false;
    added.recovery_allowed = false;
    vec![
        sample("sign-in", &SignIn { frame: t.out(), name: String::new() }),
        sample("sign-in-wrong", &SignIn { frame: t.wrong(Problem::WrongPassword), name: name() }),
        sample(
            "sign-in-throttled",
            &SignIn { frame: t.wrong(Problem::Throttled { seconds: 300 }), name: name() },
        ),
        sample("sign-in-locked", &SignIn { frame: out, name: String::new() }),
        sample("approval-two", &t.approval(t.out(), two)),
        sample("approval-six", &t.approval(t.out(), six)),
        sample("approval-scan", &t.approval(t.out(), Matching::Scan(t.link.into()))),
        sample("approval-nothing", &many),
        sample("approval-add-device", &added),
        sample("code", &code(t.out())),
        sample("code-wrong", &code(t.wrong(Problem::WrongCode))),
        sample(
            "code-sent",
            &EnterCode { sent_to: Some(t.number.into()), ..code(t.wrong(Problem::NotDelivered)) },
        ),
        sample("recovery", &RecoveryCode { frame: t.out() }),
        sample("recovery-wrong", &RecoveryCode { frame: t.wrong(Problem::WrongRecoveryCode) }),
    ]
}

fn ends(t: &Texts) -> Vec<Sample> {
    let outcome = |file, outcome| {
        sample(
            file,
            &Outcome { frame: t.out(), purpose: Purpose::SignIn, outcome, code_allowed: true },
        )
    };
    let not_added = Outcome {
        frame: t.signed_in(),
        purpose: Purpose::AddDevice { name: t.device.into() },
        outcome: OutcomeOf::Denied,
        code_allowed: false,
    };
    let ended = |file, end| sample(file, &EnrolmentEnded { frame: t.out(), end });
    let failure = |file, status| sample(file, &Failure { frame: t.signed_in(), status });
    vec![
        sample("outcome-add-device", &not_added),
        outcome("outcome-denied", OutcomeOf::Denied),
        outcome("outcome-reported", OutcomeOf::Reported),
        outcome("outcome-expired", OutcomeOf::Expired),
        outcome("outcome-wrong-number", OutcomeOf::WrongNumber),
        outcome("outcome-cancelled", OutcomeOf::Cancelled),
        outcome("outcome-locked", OutcomeOf::Locked),
        outcome("outcome-too-many", OutcomeOf::TooMany { seconds: 900 }),
        ended("enrolment-expired", EnrolmentEnd::Expired),
        ended("enrolment-wrong-codes", EnrolmentEnd::WrongCodes),
        ended("enrolment-second-device", EnrolmentEnd::SecondDevice),
        ended("enrolment-not-fitting", EnrolmentEnd::NotFitting),
        ended("enrolment-cancelled", EnrolmentEnd::Cancelled),
        ended("enrolment-administrator", EnrolmentEnd::Administrator),
        failure("failure-400", 400),
        failure("failure-403", 403),
        failure("failure-404", 404),
        failure("failure-405", 405),
        failure("failure-413", 413),
        failure("failure-429", 429),
        failure("failure-500", 500),
    ]
}

fn enrolment(t: &Texts) -> Vec<Sample> {
    let choices = vec![Choice::Notifications, Choice::Code, Choice::Phone];
    let choose = |frame, choices, chosen| ChooseMethod { frame, choices, chosen };
    let app = |frame, revealed| EnrolApp { frame, link: t.link.into(), revealed, pin: revealed };
    let code = |frame| EnrolCode {
        frame,
        link: t.otpauth.into(),
        secret: t.secret.into(),
        account: t.name.into(),
    };
    let phone = |frame| EnrolPhone {
        frame,
        number: t.number.into(),
        chosen: Method::Text,
        allowed: vec![Method::Text, Method::Call],
    };
    let sent = |call| EnrolPhoneCode { frame: t.out(), number: t.number.into(), call };
    let enrolled = |method, recovery_next| Enrolled {
        frame: t.out(),
        method,
        name: t.device.into(),
        recovery_next,
    };
    let test = TestApproval {
        frame: t.out(),
        number: "42".into(),
        device: t.device.into(),
        pin: true,
        seconds_left: 60,
    };
    let wrong = t.wrong(Problem::WrongPairingCode { tries_left: 1 });
    vec![
        sample("more-information", &MoreInformation { frame: t.out() }),
        sample("choose", &choose(t.out(), choices.clone(), Some(Choice::Notifications))),
        sample("choose-nothing", &choose(t.wrong(Problem::NothingChosen), choices, None)),
        sample("choose-none-allowed", &choose(t.out(), vec![], None)),
        sample("app", &app(t.out(), false)),
        sample("app-revealed", &app(t.out(), true)),
        sample("app-wrong", &app(wrong, true)),
        sample("app-test", &test),
        sample("enrol-code", &code(t.out())),
        sample("enrol-code-used", &code(t.wrong(Problem::UsedCode))),
        sample("enrol-phone", &phone(t.out())),
        sample("enrol-phone-bad", &phone(t.wrong(Problem::BadNumber))),
        sample("enrol-phone-code", &sent(false)),
        sample("enrol-phone-call", &sent(true)),
        sample("enrolled", &enrolled(Method::Code, false)),
        sample("enrolled-first", &enrolled(Method::Notifications, true)),
    ]
}

fn account(t: &Texts) -> Vec<Sample> {
    let (id, name) = (|| t.id.to_owned(), || t.device.to_owned());
    let home = |frame, recovery_left| Home {
        frame,
        this_time: format!("You signed in today, 12:04, {}.", t.place),
        last_time: Some(t.place.into()),
        recovery_left,
    };
    let security = |frame| Security {
        frame,
        default: Some(Method::Notifications),
        methods: vec![Method::Notifications, Method::Text],
        devices: t.devices(),
        recovery_left: 8,
        recent: t.recent(),
    };
    let empty = Security {
        default: None,
        methods: vec![],
        devices: vec![],
        recent: vec![],
        ..security(t.signed_in())
    };
    let confirm =
        |file, action| sample(file, &Confirm { frame: t.signed_in(), action, password: true });
    let again = Confirm {
        frame: Frame { problem: Some(Problem::WrongPasswordAgain), ..t.signed_in() },
        action: Action::NotMe,
        password: true,
    };
    let last = Frame { problem: Some(Problem::LastMethod), ..t.signed_in() };
    vec![
        sample("home", &home(t.signed_in(), 8)),
        sample("home-recovery", &home(t.done(Notice::RecoveryCodeUsed), 0)),
        sample("security", &security(t.signed_in())),
        sample("security-added", &security(t.done(Notice::Added))),
        sample("security-last", &security(last)),
        sample("security-empty", &empty),
        sample(
            "recovery-codes",
            &RecoveryCodes { frame: t.signed_in(), codes: vec![t.code.into(); 10] },
        ),
        confirm("confirm-remove", Action::RemoveDevice { id: id(), name: name() }),
        confirm("confirm-lost", Action::LostDevice { id: id(), name: name() }),
        confirm("confirm-recovery", Action::NewRecoveryCodes),
        confirm("confirm-not-me", Action::NotMe),
        sample("confirm-wrong", &again),
        confirm("confirm-reset", Action::ResetUser { id: id(), name: t.name.into() }),
        confirm("confirm-unlock", Action::UnlockUser { id: id(), name: t.name.into() }),
    ]
}

fn administration(t: &Texts) -> Vec<Sample> {
    let row = |name: &str, state, methods: &[Method], last: Option<&str>| UserRow {
        id: t.id.into(),
        name: name.into(),
        state,
        methods: methods.to_vec(),
        last_sign_in: last.map(Into::into),
    };
    let paging = || Paging { newer: Some("after=1".into()), older: Some("before=40".into()) };
    let rows = vec![
        row(t.name, UserState::Active, &[Method::Notifications, Method::Code], Some(t.place)),
        row("grace.hopper", UserState::Locked, &[Method::Text], Some("yesterday, 9:12")),
        row("alan.turing", UserState::NotSetUp, &[], None),
    ];
    let users =
        |users, paging| Users { frame: t.administrator(), search: t.name.into(), users, paging };
    let user = |state| User {
        frame: t.administrator(),
        id: t.id.into(),
        name: t.name.into(),
        state,
        devices: if state == UserState::NotSetUp { vec![] } else { t.devices() },
        recovery_left: 3,
        recent: t.recent(),
    };
    let policies = |frame, allowed| Policies {
        frame,
        pin: PinPolicy::Optional,
        match_mode: MatchMode::Enter2,
        allowed,
    };
    let entry = |what: &str| AuditEntry {
        when: "23 November 2026, 12:04:31".into(),
        who: t.name.into(),
        what: what.into(),
        about: t.device.into(),
        place: t.place.into(),
    };
    let entries = vec![entry("Sign-in approved"), entry("Wrong number"), entry(t.device)];
    let none = Frame { problem: Some(Problem::NoMethodAllowed), ..t.administrator() };
    vec![
        sample("users", &users(rows, paging())),
        sample("users-none", &users(vec![], Paging::default())),
        sample("user", &user(UserState::Active)),
        sample("user-locked", &user(UserState::Locked)),
        sample("user-not-set-up", &user(UserState::NotSetUp)),
        sample("policies", &policies(t.administrator(), Method::ALL.to_vec())),
        sample("policies-none", &policies(none, vec![])),
        sample("audit", &Audit { frame: t.administrator(), entries, paging: paging() }),
        sample(
            "audit-empty",
            &Audit { frame: t.administrator(), entries: vec![], paging: Paging::default() },
        ),
    ]
}
