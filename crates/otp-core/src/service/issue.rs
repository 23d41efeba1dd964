//! Issue: open an OTP and queue its message, in one step.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::budget::Asking;
use crate::ports::{Accepted, Opened, Opening};
use crate::{Context, Digest, Locale, OtpState, Seed};

/// A request for a code.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Issue {
    /// Where the code goes.
    pub contact: Contact,
    /// What it is good for; `login` by default.
    pub purpose: Purpose,
    /// What it confirms, such as an amount and a payee; it opens with the same context only.
    pub context: Option<Context>,
    /// The language asked for.
    pub locale: Option<Locale>,
    /// The digest of the browser's own secret, when the code is to open in that browser only.
    pub binding: Option<Digest>,
    /// A lifetime shorter than the policy's.
    pub lifetime: Option<TimeDelta>,
    /// Makes a repeated request answer with the first one's OTP.
    pub idempotency: Option<Idempotency>,
    /// Who asks.
    pub caller: Caller,
}

impl Issue {
    /// Asks for a login code.
    pub fn new(contact: Contact) -> Self {
        Self {
            contact,
            purpose: Purpose::default(),
            context: None,
            locale: None,
            binding: None,
            lifetime: None,
            idempotency: None,
            caller: Caller::default(),
        }
    }

    /// Asks for a code for another purpose.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }
}

impl From<Contact> for Issue {
    fn from(contact: Contact) -> Self {
        Self::new(contact)
    }
}

/// A caller's own name for a request. The OTP's handle is derived from it, so it needs no table and no clean-up.
#[derive(Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Who calls: two callers may use the same key without meeting.
    pub scope: String,
    /// The key.
    pub key: String,
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idempotency(redacted)")
    }
}

/// Why nothing was issued. Nothing was stored and nothing will be sent.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The store failed.
    #[error("the code could not be stored")]
    Store(#[source] StoreError),
    /// The directory of customers failed.
    #[error("the customer could not be looked up")]
    Customers(#[source] StoreError),
    /// There was no randomness.
    #[error("the code could not be drawn")]
    Secrets(#[source] SecretError),
}

impl OtpService {
    /// Opens an OTP for a contact and queues its message; both are committed when this returns.
    ///
    /// Refused with [`Refusal::ChannelOff`], [`Refusal::Lifetime`], [`Refusal::IdempotencyMismatch`], or
    /// [`Refusal::TooMany`] when the client's budget is spent. A contact whose budget is spent gets no message and
    /// nobody is told.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued then.
    pub async fn issue(
        &self,
        request: impl Into<Issue> + Send,
    ) -> Result<Outcome<Issued>, IssueError> {
        let request = request.into();
        let answer = self.open(&request).await?;
        let (purpose, channel) = (request.purpose, request.contact.channel());
        self.note_refusal(UseCase::Issue, Some(purpose), Some(channel), &answer);
        Ok(answer)
    }

    async fn open(&self, request: &Issue) -> Result<Outcome<Issued>, IssueError> {
        let now = self.clock.now();
        let channel = request.contact.channel();
        if !self.channels.contains(&channel) {
            return Ok(Outcome::Refused(Refusal::ChannelOff { channel }));
        }
        let policy_lifetime = self.policies.of(&request.purpose).lifetime();
        let lifetime = request.lifetime.unwrap_or(policy_lifetime);
        if lifetime < TimeDelta::seconds(1) || lifetime > policy_lifetime {
            return Ok(Outcome::Refused(Refusal::Lifetime {
                longest: policy_lifetime,
            }));
        }
        let (id, older) = match &request.idempotency {
            Some(repeatable) => self.keys.handles(&repeatable.scope, &repeatable.key),
            None => (
                OtpId::from_uuid(self.uuid(now).map_err(IssueError::Secrets)?),
                Vec::new(),
            ),
        };
        for earlier in older {
            if let Some(otp) = self.otps.find(earlier).await.map_err(IssueError::Store)? {
                return self.replay(&otp, request, now).await;
            }
        }
        let mut otp = self
            .draw(id, request, now, now + lifetime)
            .map_err(IssueError::Secrets)?;
        if let Some(customers) = &self.customers {
            let is_known = customers.knows(&otp.contact).await;
            otp.decoy = !is_known.map_err(IssueError::Customers)?;
        }
        let asker = self.asker(&request.caller, &otp.contact, now).await;
        let asker = asker.map_err(IssueError::Store)?;
        let asking = Asking::new(&self.limiter, &otp, asker, now);
        let delivery = self.message(&otp, now).map_err(IssueError::Secrets)?;
        let opening = Opening::within(otp, delivery, asking);
        match self.otps.open(&opening).await.map_err(IssueError::Store)? {
            Opened::New(accepted) => {
                self.note_message(&accepted, Happening::Issued, now);
                let Accepted { otp, delivery } = *accepted;
                Ok(Outcome::Granted(self.told(&otp, delivery.state, now)))
            }
            // A repeated request is answered with the first one's OTP, whatever was asked for in between.
            Opened::TooMany(too_many) => match self.first(request, id).await? {
                Some(first) => self.replay(&first, request, now).await,
                None => Ok(Outcome::Refused(too_many.into())),
            },
            Opened::Exists => match self.otps.find(id).await.map_err(IssueError::Store)? {
                Some(first) => self.replay(&first, request, now).await,
                None => Ok(Outcome::Refused(Refusal::NotUsable)),
            },
        }
    }

    /// Finds the OTP that an earlier request with this idempotency key opened.
    async fn first(&self, request: &Issue, id: OtpId) -> Result<Option<Otp>, IssueError> {
        match request.idempotency {
            Some(_) => self.otps.find(id).await.map_err(IssueError::Store),
            None => Ok(None),
        }
    }

    fn draw(
        &self,
        id: OtpId,
        request: &Issue,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Otp, SecretError> {
        let policy = self.policies.of(&request.purpose);
        let key_id = self.keys.current().clone();
        let digest = |context: &Context| {
            let keys = &self.keys;
            keys.context_digest(&key_id, id, context.as_str())
        };
        Ok(Otp {
            id,
            contact_key: self.keys.contact_key(&request.contact),
            contact: request.contact.clone(),
            purpose: request.purpose.clone(),
            format: policy.format(),
            reference: Reference::pick(self.random()?),
            created_at: now,
            expires_at,
            resend_at: now + policy.resend_after(),
            sends: 1,
            attempts: 0,
            max_attempts: policy.max_attempts().into(),
            locale: request.locale.clone(),
            context_digest: request.context.as_ref().and_then(digest),
            context: request.context.clone(),
            binding: request.binding,
            decoy: false,
            state: OtpState::Live(Seed::from_bytes(self.random()?)),
            key_id,
        })
    }

    async fn replay(
        &self,
        first: &Otp,
        again: &Issue,
        now: DateTime<Utc>,
    ) -> Result<Outcome<Issued>, IssueError> {
        let same_context = first.digest_of(again.context.as_ref().map(Context::as_str), &self.keys)
            == first.context_digest;
        if first.contact != again.contact || first.purpose != again.purpose || !same_context {
            return Ok(Outcome::Refused(Refusal::IdempotencyMismatch));
        }
        let delivery = self
            .otps
            .delivery_state(first.id)
            .await
            .map_err(IssueError::Store)?;
        Ok(Outcome::Granted(self.told(
            first,
            delivery.unwrap_or(DeliveryState::Queued),
            now,
        )))
    }
}
