//! How large a world is, and what is wrong with it.

/// Sign-ins, at most.
pub(crate) const SIGN_INS: usize = 3;

/// What is explored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// One or two, each with a credential of the same account.
    pub(crate) phones: u8,
    /// Sign-ins that the person began: they see the number of each on its page.
    pub(crate) own: usize,
    /// Sign-ins that somebody else began, who sees their numbers.
    pub(crate) foreign: usize,
    /// Whether the first sign-in is a `rotate` of the first phone's keys.
    pub(crate) rotates: bool,
    /// Whether somebody may copy the first phone.
    pub(crate) has_clone: bool,
    /// Whether the person may type another number than the page shows.
    pub(crate) mistypes: bool,
    /// Whether the person may give a wrong PIN.
    pub(crate) misproves: bool,
    /// Whether the page may give up, and the service revoke credentials.
    pub(crate) ends: bool,
    /// Whether phones have a clock: without one they do not know that a challenge is over.
    pub(crate) clocks: bool,
    pub(crate) flaw: Option<Flaw>,
}

/// A rule that somebody leaves out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    /// The service does not compare the number.
    NumberIgnored,
    /// The service does not look whether the challenge is open.
    StateIgnored,
    /// The service leaves siblings open.
    SiblingsIgnored,
    /// The service does not look at the chain.
    HeadIgnored,
    /// The service has no receipt of what it has answered once.
    ReceiptsForgotten,
    /// The phone sends before it writes, and crashes: the person decides once more.
    DecisionForgotten,
    /// The phone takes a head over that it did not sign.
    AnyHeadTaken,
    /// The phone signs an approve while the outcome of another is unknown.
    SeveralOutstanding,
    /// The phone believes the service that a credential is active in which it has seen
    /// another's answers.
    SignForgotten,
    /// The phone keeps to itself that it has seen another's answers, but for those that it proves
    /// anew.
    CopyNotReported,
    /// The phone keeps what its old key signed, after a rotation.
    OldKeyKept,
}

impl Plan {
    pub(crate) fn sign_ins(&self) -> usize {
        self.own + self.foreign
    }

    pub(crate) fn is_own(&self, sign_in: usize) -> bool {
        sign_in < self.own
    }

    pub(crate) fn is_rotation(&self, sign_in: usize) -> bool {
        self.rotates && sign_in == 0
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    pub(crate) fn with(&self, flaw: Flaw) -> Self {
        Self { flaw: Some(flaw), ..self.clone() }
    }
}
