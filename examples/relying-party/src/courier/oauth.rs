//! Leave to send by FCM: an access token for a service account's signed word (RFC 7523).

use std::fmt;
use std::sync::Mutex;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::Failure;
use super::http::{HttpRequest, HttpResponse, Reach, Transport};
use super::token::{Header, Rs256Key, WrongKey};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// For how long Google takes the signed word, at most.
const ASSERTION_LIFE: u64 = 3_600;
/// So long before an access token is over, another is fetched: it has to last until it is read.
const MARGIN: u64 = 120;

/// A service account: who sends, as Google's console gives it in a file.
pub struct ServiceAccount {
    project: String,
    email: String,
    token_uri: String,
    key_id: String,
    key: Rs256Key,
}

#[derive(Deserialize)]
struct File {
    project_id: String,
    private_key_id: String,
    private_key: String,
    client_email: String,
    token_uri: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl ServiceAccount {
    /// From the JSON of its file.
    ///
    /// # Errors
    ///
    /// [`WrongKey`]: it is not such a file, or its key is not one.
    pub fn parse(json: &[u8]) -> Result<Self, WrongKey> {
        let file: File = serde_json::from_slice(json).map_err(|_| WrongKey)?;
        Ok(Self {
            key: Rs256Key::from_pem(file.private_key.as_bytes())?,
            project: file.project_id,
            email: file.client_email,
            token_uri: file.token_uri,
            key_id: file.private_key_id,
        })
    }

    pub(super) fn project(&self) -> &str {
        &self.project
    }

    fn request(&self, now: u64) -> Result<HttpRequest, Failure> {
        let header = Header { typ: Some("JWT"), alg: "RS256", kid: Some(&self.key_id) };
        let exp = now.saturating_add(ASSERTION_LIFE);
        let (iss, aud) = (self.email.as_str(), self.token_uri.as_str());
        let assertion =
            self.key.sign(&header, &Claims { iss, scope: SCOPE, aud, iat: now, exp })?;
        // Of the assertion nothing needs escaping: base64url and dots.
        let grant = utf8_percent_encode(GRANT, NON_ALPHANUMERIC);
        Ok(HttpRequest {
            method: "POST",
            url: self.token_uri.clone(),
            headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
            body: format!("grant_type={grant}&assertion={assertion}").into_bytes(),
            reach: Reach::Chosen,
        })
    }
}

/// The access token, kept until shortly before it is over.
#[derive(Default)]
pub(super) struct Access(Mutex<Option<Kept>>);

#[derive(Clone)]
struct Kept {
    token: String,
    until: u64,
}

/// Why there is no access token: nothing came back, or this did.
pub(super) enum Denied {
    Failure(Failure),
    Response(HttpResponse),
}

impl Access {
    pub(super) fn token(
        &self,
        account: &ServiceAccount,
        transport: &impl Transport,
        now: u64,
    ) -> Result<String, Denied> {
        // The lock is held while one is fetched: who comes in between waits for the same one.
        let mut kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.token.clone());
        }
        let response = transport.send(&account.request(now)?).map_err(Failure::from)?;
        if response.status != 200 {
            return Err(Denied::Response(response));
        }
        let granted: Granted =
            serde_json::from_slice(&response.body).map_err(|_| Failure::Fault)?;
        let until = now.saturating_add(granted.expires_in).saturating_sub(MARGIN);
        *kept = Some(Kept { token: granted.access_token.clone(), until });
        Ok(granted.access_token)
    }

    /// Forgets `token`, which was not taken, unless another has replaced it.
    pub(super) fn forget(&self, token: &str) {
        let mut kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        kept.take_if(|kept| kept.token == token);
    }
}

impl From<Failure> for Denied {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("project", &self.project).finish_non_exhaustive()
    }
}
