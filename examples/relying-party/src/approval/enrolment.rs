//! "Enrolment", at the page: the link that it shows, and the pairing code that is typed there.

use approval_jose::{hash, identifier};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ask::Ask;
use super::challenge::{ChallengeState, Seen};
use super::credential::{Credential, CredentialState};
use super::{Approvals, Fault};
use crate::store::{StoreError, Tx};

/// For how long a link is good, seconds.
const LINK_LIVES: u64 = 10 * 60;
/// For how long a phone has time to confirm, and, paired, to answer the test, seconds.
pub(super) const STAGE_LIVES: u64 = 10 * 60;
/// How often a pairing code may be mistyped.
const TRIES: u64 = 3;

/// RFC 3986: what needs no percent.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// "States of an enrolment".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The link is shown.
    Offered,
    /// A phone has answered it.
    Keyed,
    /// It has said its nonce, and shows the pairing code.
    Revealed,
    /// The code was typed.
    Paired,
    /// The test was approved.
    Active,
    /// It is over.
    Void,
}

/// An enrolment that has just begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What the page shows: a link, as it is and as a QR code.
    pub link: String,
    /// What the page asks about it by.
    pub id: String,
    /// Until when.
    pub exp: u64,
}

/// What became of a typed pairing code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Paired {
    /// It is right: the test follows.
    Right,
    /// It is wrong; so many tries are left.
    Wrong(u64),
    /// There is no code to be typed, or not any more.
    Void,
}

pub(super) struct Enrolment {
    pub(super) code: String,
    pub(super) account: String,
    pub(super) session: String,
    pub(super) stage: Stage,
    pub(super) link: String,
    pub(super) exp: u64,
    pub(super) configuration: String,
    pub(super) message: String,
    pub(super) device_key: String,
    pub(super) commitment: String,
    pub(super) credential: String,
    pub(super) offer: String,
    pub(super) digits: String,
    pub(super) tries: u64,
    /// What the account's other phones are asked, where they are.
    pub(super) confirmation: String,
    pub(super) reason: String,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Keyed => "keyed",
            Self::Revealed => "revealed",
            Self::Paired => "paired",
            Self::Active => "active",
            Self::Void => "void",
        }
    }

    fn read(name: &str) -> Result<Self, Fault> {
        let known =
            [Self::Offered, Self::Keyed, Self::Revealed, Self::Paired, Self::Active, Self::Void];
        let found = known.into_iter().find(|stage| stage.name() == name);
        found.ok_or_else(|| Fault::Store(StoreError::Failed(format!("{name} is no stage"))))
    }
}

impl Approvals {
    /// Begins an enrolment, and ends any other that the account has begun. `session` is the hash of
    /// what the browser session holds.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn begin_enrolment(
        &self,
        tx: &mut dyn Tx,
        account: &str,
        session: &str,
        now: u64,
    ) -> Result<Begun, Fault> {
        let name = tx.row("SELECT name FROM accounts WHERE id = $1", &[account.into()])?;
        let name = name.ok_or(Fault::Malformed)?.text()?;
        for mut row in tx.rows(
            "SELECT code FROM enrolments WHERE account = $1 AND state NOT IN ('active', 'void')",
            &[account.into()],
        )? {
            let enrolment = self.enrolment(tx, &row.text()?)?;
            self.end_enrolment(tx, enrolment.ok_or(Fault::Void)?, "another was begun")?;
        }
        let (code, key, exp) = (identifier(), self.signing_kid(tx)?, now + LINK_LIVES);
        let escaped = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let link = format!(
            "approval://enrol?v=1&iss={}&code={code}&key={key}&exp={exp}&account={}",
            escaped(&self.origin),
            escaped(&name),
        );
        let hashed = hash(format!("{}\n{code}\n{key}\n{exp}\n{name}", self.origin).as_bytes());
        let id = hash(code.as_bytes());
        self.keep_enrolment(
            tx,
            &Enrolment {
                code: id.clone(),
                account: account.to_owned(),
                session: session.to_owned(),
                stage: Stage::Offered,
                link: hashed,
                exp,
                configuration: String::new(),
                message: String::new(),
                device_key: String::new(),
                commitment: String::new(),
                credential: String::new(),
                offer: String::new(),
                digits: String::new(),
                tries: 0,
                confirmation: String::new(),
                reason: String::new(),
            },
        )?;
        Ok(Begun { link, id, exp })
    }

    /// The stage that an enrolment of this session is at, and why it is over where it is.
    ///
    /// # Errors
    ///
    /// [`Fault::Void`]: there is none; or [`Fault::Store`].
    pub fn stage(
        &self,
        tx: &mut dyn Tx,
        id: &str,
        session: &str,
        now: u64,
    ) -> Result<(Stage, String), Fault> {
        let enrolment = self.enrolment(tx, id)?.filter(|known| known.session == session);
        let mut enrolment = enrolment.ok_or(Fault::Void)?;
        if enrolment.is_over(now) {
            (enrolment.stage, enrolment.reason) = (Stage::Void, "it took too long".to_owned());
        }
        Ok((enrolment.stage, enrolment.reason))
    }

    /// What the person types into the page, in the session that shows the link. What follows, the
    /// phone is asked by [`Approvals::end_of_enrolment`].
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn pair(
        &self,
        tx: &mut dyn Tx,
        (id, session): (&str, &str),
        typed: &str,
        now: u64,
    ) -> Result<Paired, Fault> {
        let enrolment = self.enrolment(tx, id)?;
        let enrolment = enrolment.filter(|known| known.session == session && !known.is_over(now));
        let Some(mut enrolment) = enrolment.filter(|known| known.stage == Stage::Revealed) else {
            return Ok(Paired::Void);
        };
        if verify_slices_are_equal(enrolment.digits.as_bytes(), typed.as_bytes()).is_ok() {
            (enrolment.stage, enrolment.exp) = (Stage::Paired, now + STAGE_LIVES);
            self.keep_enrolment(tx, &enrolment)?;
            return Ok(Paired::Right);
        }
        enrolment.tries += 1;
        let left = TRIES - enrolment.tries;
        if left == 0 {
            self.end_enrolment(tx, enrolment, "a wrong code was typed three times")?;
            return Ok(Paired::Void);
        }
        self.keep_enrolment(tx, &enrolment)?;
        Ok(Paired::Wrong(left))
    }

    /// Asks what a paired phone's enrolment waits for, where it is not asked already, and gives what
    /// the page shows of it: first the account's other phones, whether they want this one
    /// (`add-device`), unless the session has proved otherwise whose it is (`is_known`); then the
    /// phone itself, its test.
    ///
    /// # Errors
    ///
    /// - [`Fault::Void`]: it waits for nothing of this.
    /// - As [`Approvals::ask`].
    /// - [`Fault::Store`].
    pub fn end_of_enrolment(
        &self,
        tx: &mut dyn Tx,
        (id, session): (&str, &str),
        is_known: bool,
        now: u64,
    ) -> Result<Seen, Fault> {
        let enrolment = self.enrolment(tx, id)?.filter(|known| known.session == session);
        let living = enrolment.filter(|it| it.stage == Stage::Paired && !it.is_over(now));
        let mut enrolment = living.ok_or(Fault::Void)?;
        let credential = self.credential(tx, &enrolment.credential)?.ok_or(Fault::Void)?;
        let others = self.credentials_of(tx, &enrolment.account)?;
        if !is_known && others.iter().any(|it| it.state == CredentialState::Active) {
            let asked = self.seen(tx, &enrolment.confirmation, session, now)?;
            match asked {
                Some(seen) if seen.state == ChallengeState::Approved => {}
                Some(seen) if seen.state == ChallengeState::Open => return Ok(seen),
                _ => {
                    let asked = self.ask(
                        tx,
                        &enrolment.account,
                        &add_device(self, &credential, session),
                        now,
                    )?;
                    enrolment.confirmation = asked.txn;
                    self.keep_enrolment(tx, &enrolment)?;
                    let seen = self.seen(tx, &enrolment.confirmation, session, now)?;
                    return seen.ok_or(Fault::Void);
                }
            }
        }
        self.expire(tx, now)?;
        let open = "SELECT txn FROM challenges WHERE credential = $1 AND state = 'open'";
        if tx.row(open, &[(&credential.id).into()])?.is_none() {
            self.ask_test(tx, &credential, session, now)?;
        }
        let txn = tx.row(open, &[(&credential.id).into()])?.ok_or(Fault::Void)?.text()?;
        self.seen(tx, &txn, session, now)?.ok_or(Fault::Void)
    }

    /// Gives an enrolment of this session up.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn cancel_enrolment(&self, tx: &mut dyn Tx, id: &str, session: &str) -> Result<(), Fault> {
        let enrolment = self.enrolment(tx, id)?.filter(|known| known.session == session);
        let living = enrolment.filter(|it| ![Stage::Active, Stage::Void].contains(&it.stage));
        living.map_or(Ok(()), |it| self.end_enrolment(tx, it, "it was given up"))
    }

    /// Ends an enrolment, and with it the credential.
    pub(super) fn end_enrolment(
        &self,
        tx: &mut dyn Tx,
        mut enrolment: Enrolment,
        reason: &str,
    ) -> Result<(), Fault> {
        if let Some(mut credential) = self.credential(tx, &enrolment.credential)? {
            credential.state = CredentialState::Revoked;
            (credential.pin, credential.push) = (None, None);
            self.cancel_open(tx, &credential.id)?;
            self.keep(tx, &credential)?;
        }
        (enrolment.stage, enrolment.reason) = (Stage::Void, reason.to_owned());
        self.keep_enrolment(tx, &enrolment)
    }

    /// The enrolment that a credential came by, and its stage becomes active.
    pub(super) fn finish_enrolment(&self, tx: &mut dyn Tx, credential: &str) -> Result<(), Fault> {
        tx.execute(
            "UPDATE enrolments SET state = 'active' WHERE credential = $1",
            &[credential.into()],
        )?;
        Ok(())
    }

    /// The stage of the enrolment that a credential came by.
    pub(super) fn stage_of(&self, tx: &mut dyn Tx, credential: &str) -> Result<Stage, Fault> {
        let row =
            tx.row("SELECT state FROM enrolments WHERE credential = $1", &[credential.into()])?;
        row.map_or(Ok(Stage::Void), |mut row| Stage::read(&row.text()?))
    }

    pub(super) fn enrolment(
        &self,
        tx: &mut dyn Tx,
        code: &str,
    ) -> Result<Option<Enrolment>, Fault> {
        let row = tx.row(
            "SELECT code, account, session, state, link, exp, configuration, message, device_key,
             commitment, credential, offer, digits, tries, confirmation, reason FROM enrolments WHERE code = $1",
            &[code.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(Enrolment {
            code: row.text()?,
            account: row.text()?,
            session: row.text()?,
            stage: Stage::read(&row.text()?)?,
            link: row.text()?,
            exp: row.number()?,
            configuration: row.text()?,
            message: row.text()?,
            device_key: row.text()?,
            commitment: row.text()?,
            credential: row.text()?,
            offer: row.text()?,
            digits: row.text()?,
            tries: row.number()?,
            confirmation: row.text()?,
            reason: row.text()?,
        }))
    }

    pub(super) fn keep_enrolment(&self, tx: &mut dyn Tx, it: &Enrolment) -> Result<(), Fault> {
        tx.execute(
            "INSERT INTO enrolments (code, account, session, state, link, exp, configuration, message,
             device_key, commitment, credential, offer, digits, tries, confirmation, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (code) DO UPDATE SET state = excluded.state, exp = excluded.exp,
             configuration = excluded.configuration, message = excluded.message,
             device_key = excluded.device_key, commitment = excluded.commitment,
             credential = excluded.credential, offer = excluded.offer, digits = excluded.digits,
             tries = excluded.tries, confirmation = excluded.confirmation,
             reason = excluded.reason",
            &[
                (&it.code).into(),
                (&it.account).into(),
                (&it.session).into(),
                it.stage.name().into(),
                (&it.link).into(),
                it.exp.into(),
                (&it.configuration).into(),
                (&it.message).into(),
                (&it.device_key).into(),
                (&it.commitment).into(),
                (&it.credential).into(),
                (&it.offer).into(),
                (&it.digits).into(),
                it.tries.into(),
                (&it.confirmation).into(),
                (&it.reason).into(),
            ],
        )?;
        Ok(())
    }
}

/// What the other phones of an account are shown of a new one.
fn add_device(service: &Approvals, it: &Credential, session: &str) -> Ask {
    let context = vec![
        ("app", service.name.clone()),
        ("name", it.name.clone()),
        ("key", it.key.thumbprint()),
    ];
    let (kind, matching) = ("add-device", "enter2".to_owned());
    Ask { kind, context, matching, session: session.to_owned() }
}

impl Enrolment {
    pub(super) fn is_over(&self, now: u64) -> bool {
        self.stage != Stage::Active && self.exp <= now
    }
}
