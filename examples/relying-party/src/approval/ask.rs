//! "Challenge": what the service asks, and when it does not.

use approval_jose::{self as jose, digits, encode, identifier, message_hash, random};
use serde_json::{Map, Value, json};

use super::credential::{Credential, CredentialState};
use super::members::text;
use super::{Approvals, Fault};
use crate::store::Tx;

/// For how long a challenge lives, seconds.
const LIVES: u64 = 90;
/// How many of an account may be open.
const MAX_OPEN: usize = 3;
/// How long to wait before each further one of an account that was not approved, seconds.
const WAITS: [u64; 5] = [0, 0, 5, 30, 120];
/// What was asked that long ago says nothing any more, seconds.
const FORGOTTEN: u64 = 3_600;
/// The longest challenge, in bytes.
const MAX_CHALLENGE: usize = 2_048;

/// A question, before it is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// `sign-in`, `transaction`, `add-device`, `rotate` or `test`.
    pub kind: &'static str,
    /// What the person is shown, but for the account: texts by their names.
    pub context: Vec<(&'static str, String)>,
    /// `enter2`, `enter6`, `scan` or `none`.
    pub matching: String,
    /// The hash of what the browser session holds.
    pub session: String,
}

/// A sign-in that was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the challenges of all its phones share.
    pub txn: String,
    /// Each challenge's credential, and the challenge as it is pushed.
    pub pushes: Vec<(String, String)>,
    /// Until when it can be answered.
    pub exp: u64,
}

impl Approvals {
    /// Asks every phone of an account that can say something to it. Where it was asked often and not
    /// approved, the next one has to wait.
    ///
    /// # Errors
    ///
    /// - [`Fault::UnknownCredential`]: no phone of the account approves.
    /// - [`Fault::Reported`]: somebody else has asked, and nobody has looked yet.
    /// - [`Fault::SlowDown`]: in so many seconds.
    /// - [`Fault::Malformed`]: the context says too much.
    /// - [`Fault::Store`].
    pub fn ask(&self, tx: &mut dyn Tx, account: &str, ask: &Ask, now: u64) -> Result<Asked, Fault> {
        let to = self.credentials_of(tx, account)?;
        if to.iter().all(|credential| credential.state != CredentialState::Active) {
            return Err(Fault::UnknownCredential);
        }
        self.expire(tx, now)?;
        self.check_pace(tx, account, now)?;
        let (txn, number) = (identifier(), number(&ask.matching));
        let mut pushes = Vec::new();
        for credential in &to {
            let push = self.ask_one(tx, credential, ask, (&txn, &number), now)?;
            pushes.push((credential.id.clone(), push));
        }
        Ok(Asked { txn, pushes, exp: now + LIVES })
    }

    /// "Prompts that nobody asked for".
    fn check_pace(&self, tx: &mut dyn Tx, account: &str, now: u64) -> Result<(), Fault> {
        let row = tx.row("SELECT is_reported FROM accounts WHERE id = $1", &[account.into()])?;
        if row.ok_or(Fault::UnknownCredential)?.is()? {
            return Err(Fault::Reported);
        }
        let rows = tx.rows(
            "SELECT MAX(made), SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END),
             SUM(CASE WHEN state = 'approved' THEN 1 ELSE 0 END)
             FROM challenges WHERE account = $1 AND made > $2 AND kind <> 'test'
             GROUP BY txn ORDER BY 1 DESC",
            &[account.into(), now.saturating_sub(FORGOTTEN).into()],
        )?;
        let (mut open, mut refused, mut newest, mut is_counting) = (0, 0, 0, true);
        for mut row in rows {
            let (made, open_ones, approved) = (row.number()?, row.number()?, row.number()?);
            newest = newest.max(made);
            open += usize::from(open_ones > 0);
            // Those that were not approved since one was.
            is_counting &= approved == 0;
            refused += usize::from(is_counting);
        }
        let wait = WAITS.get(refused).or(WAITS.last()).copied().unwrap_or_default();
        let until = newest + if open >= MAX_OPEN { LIVES } else { wait };
        if refused > 0 && now < until { Err(Fault::SlowDown(until - now)) } else { Ok(()) }
    }

    /// The test that ends an enrolment.
    pub(super) fn ask_test(
        &self,
        tx: &mut dyn Tx,
        credential: &Credential,
        session: &str,
        now: u64,
    ) -> Result<(), Fault> {
        let ask = Ask {
            kind: "test",
            context: vec![("app", self.name.clone())],
            matching: "enter2".to_owned(),
            session: session.to_owned(),
        };
        let number = number(&ask.matching);
        self.ask_one(tx, credential, &ask, (&identifier(), &number), now)?;
        Ok(())
    }

    fn ask_one(
        &self,
        tx: &mut dyn Tx,
        credential: &Credential,
        ask: &Ask,
        (txn, number): (&str, &str),
        now: u64,
    ) -> Result<String, Fault> {
        let jti = identifier();
        let mut context = Map::new();
        for (name, said) in &ask.context {
            // What a browser calls itself may be of no use, and is left out then.
            context.extend(text(said).map(|said| ((*name).to_owned(), Value::from(said))));
        }
        let name =
            tx.row("SELECT name FROM accounts WHERE id = $1", &[(&credential.account).into()])?;
        context.insert("account".to_owned(), name.ok_or(Fault::Malformed)?.text()?.into());
        // A PIN that the phone has is asked for; whoever has none is verified by what there is.
        let verifications: &[&str] = match (&credential.pin, &credential.verification) {
            (Some(_), Some(_)) => &["pin", "biometric"],
            (Some(_), None) => &["pin"],
            (None, Some(_)) => &["biometric", "presence"],
            (None, None) => &["presence"],
        };
        let exp = now + LIVES;
        let claims = json!({
            "iss": self.origin,
            "aud": credential.id,
            "jti": jti,
            "txn": txn,
            "iat": now,
            "exp": exp,
            "kind": ask.kind,
            "ctx": context,
            "match": ask.matching,
            "uv": verifications,
            "sess": ask.session,
        });
        let message = self.sign(tx, "approval-challenge+jwt", &claims)?;
        if message.len() > MAX_CHALLENGE {
            return Err(Fault::Malformed);
        }
        tx.execute(
            "INSERT INTO challenges (jti, txn, account, credential, kind, hash, message, matching,
             number, verifications, session, made, exp, state, is_redeemed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', 0)",
            &[
                jti.into(),
                txn.into(),
                (&credential.account).into(),
                (&credential.id).into(),
                ask.kind.into(),
                message_hash(&message).into(),
                (&message).into(),
                (&ask.matching).into(),
                number.into(),
                verifications.join(" ").into(),
                (&ask.session).into(),
                now.into(),
                exp.into(),
            ],
        )?;
        self.pushed(tx, credential, &message)
    }

    /// A challenge as it travels.
    pub(super) fn pushed(
        &self,
        tx: &mut dyn Tx,
        credential: &Credential,
        message: &str,
    ) -> Result<String, Fault> {
        if self.policy(tx)?.encrypted {
            return Ok(jose::seal(&credential.envelope, message)?);
        }
        Ok(message.to_owned())
    }
}

/// What is carried over from the page.
fn number(matching: &str) -> String {
    match matching {
        "enter2" => digits(2),
        "enter6" => digits(6),
        "scan" => encode(&random::<16>()),
        _ => String::new(),
    }
}
