//! Approvals: credentials, from their enrolment to their end, and what is carried for them.

use std::sync::Arc;

use authenticator_core::approval::{CredentialId, PushTarget as CorePushTarget};

use super::AuthenticatorHandle;
use crate::approval::{answered, link_text, new_approval_pin, typed_approval_pin};
use crate::{
    ApprovalCredential, ApprovalEnrolment, ApprovalExchange, ApprovalProblem, AuthenticatorError,
    DeviceDescription, HttpResponse, Moment, Outcome, PreviewKey, PushTarget, ReceivedResponse,
    RevocationReason,
};

#[uniffi::export]
impl AuthenticatorHandle {
    /// Begins to enrol this phone with what was scanned or opened, and gives the enrolment's id.
    /// Nothing is confirmed yet: the next exchange fetches the service's configuration, and the person
    /// is asked then. UTF-8; a link that is none, or is over, is `NotBelieved`.
    pub fn begin_enrolment(&self, link: &[u8], now: Moment) -> Outcome<String> {
        let now = now.read()?;
        let link = link_text(link)?;
        Ok(answered(self.0.begin_enrolment(link, now), now)?.to_string())
    }

    /// Makes the keys and the enrolment message, once the person has confirmed origin and account. It
    /// is sent with the next exchange. `pin` is the new approval PIN, UTF-8; empty for none.
    pub fn confirm_enrolment(
        &self,
        id: String,
        device: DeviceDescription,
        pin: &[u8],
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        let pin = if pin.is_empty() { None } else { Some(new_approval_pin(pin)?) };
        let id = credential_id(&id)?;
        answered(self.0.confirm_enrolment(id, &device.into(), pin.as_ref(), now), now)
    }

    /// Gives an enrolment up, at any stage before it is active. Keys that were made are deleted; the
    /// service notices when the link is over. Where the test was approved, and no receipt has come, it may
    /// be active at the service: have the person remove it on the service's page.
    pub fn cancel_enrolment(&self, id: String, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        answered(self.0.cancel_enrolment(credential_id(&id)?, now), now)
    }

    /// Enrolments that the service has made no offer for yet.
    pub fn enrolments(&self, now: Moment) -> Outcome<Vec<ApprovalEnrolment>> {
        let now = now.read()?;
        let enrolments = answered(self.0.enrolments(now), now)?;
        Ok(enrolments.into_iter().map(Into::into).collect())
    }

    /// The credentials of this phone, also those that are still enrolled, and those that the service
    /// has ended.
    pub fn credentials(&self, now: Moment) -> Outcome<Vec<ApprovalCredential>> {
        let now = now.read()?;
        let credentials = answered(self.0.credentials(now), now)?;
        Ok(credentials.into_iter().map(Into::into).collect())
    }

    /// What a notification extension needs in order to show what a push of this credential says.
    pub fn preview_key(&self, id: String, now: Moment) -> Outcome<PreviewKey> {
        let now = now.read()?;
        Ok(PreviewKey(answered(self.0.preview_key(credential_id(&id)?, now), now)?))
    }

    /// Has the service send pushes elsewhere from now on, or nowhere: when the push service gave the
    /// app another token. It is sent with the next exchange.
    pub fn change_push(&self, id: String, target: Option<PushTarget>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        let target: Option<CorePushTarget> = target.map(Into::into);
        answered(self.0.change_push(credential_id(&id)?, target.as_ref(), now), now)
    }

    /// Ends a credential: this phone's own, or that of `otherDevice`, by the id in the account's list
    /// of devices. It is sent with the next exchange, also after a restart; this phone's keys stay
    /// until the service has said that it is done.
    pub fn remove_credential(
        &self,
        id: String,
        other_device: Option<String>,
        reason: RevocationReason,
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        let (id, other) = (credential_id(&id)?, other_device.as_deref());
        answered(self.0.remove_credential(id, other, reason.into(), now), now)
    }

    /// Forgets a credential that the service has ended, or that it does not know any more. The history
    /// stays.
    pub fn forget_credential(&self, id: String, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        answered(self.0.forget_credential(credential_id(&id)?, now), now)
    }

    /// Changes the approval PIN. It is sent with the next exchange; which of the two counts, the
    /// service says (`PinChange`). UTF-8.
    pub fn change_approval_pin(
        &self,
        id: String,
        old: &[u8],
        new: &[u8],
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        let (old, new) = (typed_approval_pin(old)?, new_approval_pin(new)?);
        answered(self.0.change_approval_pin(credential_id(&id)?, &old, &new, now), now)
    }

    /// Everything that has to be sent now. Send each, hand what came to `receive`, or call `notSent`;
    /// then ask again, until there is nothing. Dropping one loses nothing, nor does sending it twice.
    pub fn exchanges(&self, now: Moment) -> Outcome<Vec<Arc<ApprovalExchange>>> {
        let now = now.read()?;
        let exchanges = answered(self.0.exchanges(now), now)?;
        Ok(exchanges.into_iter().map(ApprovalExchange::of).collect())
    }

    /// Asks what is new for a credential: requests, requests that are over, its own state. Once after
    /// every push, and every few seconds while the app is open (`pollDelayMillis`).
    pub fn poll(&self, id: String, now: Moment) -> Outcome<Arc<ApprovalExchange>> {
        let now = now.read()?;
        answered(self.0.poll(credential_id(&id)?, now), now).map(ApprovalExchange::of)
    }

    /// Asks which devices the account has.
    pub fn ask_devices(&self, id: String, now: Moment) -> Outcome<Arc<ApprovalExchange>> {
        let now = now.read()?;
        answered(self.0.ask_devices(credential_id(&id)?, now), now).map(ApprovalExchange::of)
    }

    /// Notes that an exchange could not be sent, or that nothing came back. It is made again, later
    /// each time.
    pub fn not_sent(&self, exchange: Arc<ApprovalExchange>, now: Moment) -> Outcome<()> {
        self.0.not_sent(&exchange.0, now.read()?);
        Ok(())
    }

    /// Takes what came back for an exchange. What it brings about is durable on return. After an error
    /// the exchange can be made again.
    pub fn receive(
        &self,
        exchange: Arc<ApprovalExchange>,
        response: HttpResponse,
        now: Moment,
    ) -> Outcome<ReceivedResponse> {
        let now = now.read()?;
        answered(self.0.receive(&exchange.0, &response.into(), now), now).map(Into::into)
    }
}

/// What has another form than an id is no credential's.
fn credential_id(id: &str) -> Outcome<CredentialId> {
    let problem = ApprovalProblem::NotFound;
    CredentialId::parse(id).ok_or(AuthenticatorError::ApprovalFailed { problem })
}
