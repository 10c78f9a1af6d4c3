//! The service without its page, on a store of its own, and an account.

use relying_party::approval::{Approvals, Ask, Asked, Fault, Policy, Request, Response, Seen};
use relying_party::store::{Store, Tx};

use crate::phone::NOW;
use crate::support::on_each;

pub(crate) const ORIGIN: &str = "https://sign-in.example.com";
/// The hash that names the browser session.
pub(crate) const SESSION: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

pub(crate) struct Site {
    pub(crate) approvals: Approvals,
    pub(crate) store: Store,
}

/// Runs a test at a service on either store.
pub(crate) fn at_each(policy: &Policy, test: impl Fn(&Site)) {
    on_each(|store| test(&Site::new(store, policy)));
}

impl Site {
    fn new(store: Store, policy: &Policy) -> Self {
        let site = Self { approvals: Approvals::new(ORIGIN, "Example", &[7; 32]), store };
        site.with(|approvals, tx| {
            approvals.prepare(tx, NOW)?;
            tx.execute(
                "INSERT INTO accounts VALUES ('a', 'ann@example.com', '', 0, 0, NULL, 0)",
                &[],
            )?;
            approvals.set_policy(tx, policy, NOW)
        })
        .unwrap();
        site
    }

    pub(crate) fn with<T>(
        &self,
        act: impl Fn(&Approvals, &mut dyn Tx) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.store.transact(|tx| act(&self.approvals, tx))
    }

    pub(crate) fn handle(&self, request: &Request<'_>, now: u64) -> Response {
        self.approvals.handle(&self.store, request, now).unwrap()
    }

    pub(crate) fn ask(&self, kind: &'static str, now: u64) -> Result<Asked, Fault> {
        let mut context = vec![("app", "Mail".to_owned())];
        if kind == "sign-in" {
            context.push(("place", "Berlin".to_owned()));
        }
        let ask = Ask { kind, context, matching: "enter2".to_owned(), session: SESSION.to_owned() };
        self.with(|approvals, tx| approvals.ask(tx, "a", &ask, now))
    }

    pub(crate) fn end_of_enrolment(&self, id: &str, now: u64) -> Result<Seen, Fault> {
        self.with(|approvals, tx| approvals.end_of_enrolment(tx, (id, SESSION), false, now))
    }

    pub(crate) fn seen(&self, txn: &str, now: u64) -> Seen {
        self.with(|approvals, tx| approvals.seen(tx, txn, SESSION, now)).unwrap().unwrap()
    }
}
