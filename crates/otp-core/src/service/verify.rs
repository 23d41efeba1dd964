//! Verify: check in memory, charge in the store, and only then tell.

use chrono::{DateTime, Utc};

use super::*;
use crate::budget::Guessing;
use crate::ports::{Charge, Charged, Newest};
use crate::{Code, Digest, OtpState, Presented, Seed, Verdict};

/// A code presented for one OTP.
#[derive(Debug, Clone)]
pub struct Verify {
    /// The handle.
    pub id: OtpId,
    /// What is presented.
    pub presented: Presented,
    /// Who presents it.
    pub caller: Caller,
}

impl Verify {
    /// Presents a login code without a context.
    pub fn new(id: OtpId, code: Code) -> Self {
        Self {
            id,
            presented: Presented {
                code,
                purpose: Purpose::default(),
                context: None,
                binding: None,
            },
            caller: Caller::default(),
        }
    }

    /// Presents it for another purpose.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.presented.purpose = purpose;
        self
    }

    /// Presents it with the context that it is to confirm.
    #[must_use]
    pub fn in_context(mut self, context: impl Into<String>) -> Self {
        self.presented.context = Some(context.into());
        self
    }

    /// Presents it from the browser with this secret.
    #[must_use]
    pub fn from_browser(mut self, binding: Digest) -> Self {
        self.presented.binding = Some(binding);
        self
    }

    /// Says who presents it.
    #[must_use]
    pub fn from_caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }
}

/// A code presented with the contact instead of a handle.
#[derive(Debug, Clone)]
pub struct VerifyContact {
    /// Where the code was sent.
    pub contact: Contact,
    /// What was typed.
    pub code: Code,
    /// What it is to open.
    pub purpose: Purpose,
    /// Who presents it.
    pub caller: Caller,
}

/// Proof that the presenter reads what is sent to the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The OTP that opened.
    pub id: OtpId,
    /// The contact that is proven: exactly the one that was sent to.
    pub contact: Contact,
    /// What it is proven for.
    pub purpose: Purpose,
    /// When.
    pub verified_at: DateTime<Utc>,
}

/// Why nothing can be said about a code. Treat it as a refusal.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store failed.
    #[error("the code could not be checked")]
    Store(#[source] StoreError),
    /// There was no randomness.
    #[error("the attempt could not be named")]
    Secrets(#[source] SecretError),
}

impl OtpService {
    /// Says whether a code opens the OTP with this handle: one read, one guarded write.
    ///
    /// Refused with [`Refusal::Malformed`] (nothing charged), [`Refusal::WrongCode`], [`Refusal::NotUsable`], or
    /// [`Refusal::TooMany`] when the client's budget is spent.
    /// Dropping the future before it returns reveals nothing.
    ///
    /// # Errors
    /// [`VerifyError`]; the caller must refuse then.
    pub async fn verify(&self, request: Verify) -> Result<Outcome<Verified>, VerifyError> {
        let now = self.clock.now();
        let handle = Handle {
            id: request.id,
            binding: request.presented.binding,
            caller: request.caller,
        };
        let found = self.find(&handle).await.map_err(VerifyError::Store)?;
        self.judge(found, &request.presented, &handle.caller, now)
            .await
    }

    /// Says whether a code opens the newest valid OTP of a contact: for callers that keep no handle.
    ///
    /// Prefer [`verify`](Self::verify): whoever knows the contact can use up the attempts of this way in.
    ///
    /// # Errors
    /// [`VerifyError`]; the caller must refuse then.
    pub async fn verify_contact(
        &self,
        request: VerifyContact,
    ) -> Result<Outcome<Verified>, VerifyError> {
        let now = self.clock.now();
        let VerifyContact {
            contact,
            code,
            purpose,
            caller,
        } = request;
        let newest = Newest {
            contact_keys: self.keys.contact_keys(&contact),
            purpose: purpose.clone(),
            now,
        };
        let found = self
            .otps
            .find_newest(&newest)
            .await
            .map_err(VerifyError::Store)?;
        let presented = Presented {
            code,
            purpose,
            context: None,
            binding: None,
        };
        self.judge(found, &presented, &caller, now).await
    }

    /// Charge before reveal. An OTP that is not there is judged like one that is over, with the same work.
    async fn judge(
        &self,
        found: Option<Otp>,
        presented: &Presented,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Outcome<Verified>, VerifyError> {
        let channel = found.as_ref().map(|otp| otp.contact.channel());
        let otp = match found {
            Some(otp) => otp,
            None => self.absent(&presented.purpose, now)?,
        };
        let (purpose, since_issue) = (otp.purpose.clone(), now - otp.created_at);
        let answer = self.compare(otp, presented, caller, now).await?;
        if matches!(answer, Outcome::Granted(_)) {
            self.events.record(&Event {
                purpose: Some(purpose),
                channel,
                what: Happening::Verified { since_issue },
            });
        } else {
            self.note_refusal(UseCase::Verify, Some(purpose), channel, &answer);
        }
        Ok(answer)
    }

    async fn compare(
        &self,
        otp: Otp,
        presented: &Presented,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Outcome<Verified>, VerifyError> {
        let id = otp.id;
        let verdict = otp.check(presented, &self.keys, now);
        let consume_as = match verdict {
            Verdict::Malformed => {
                return Ok(Outcome::Refused(Refusal::Malformed {
                    expected: otp.format,
                }));
            }
            Verdict::Opens => Some(self.random().map_err(VerifyError::Secrets)?),
            Verdict::Wrong | Verdict::Closed => None,
        };
        let mut charge = Charge::unlimited(id, now, consume_as);
        // What is closed reveals nothing, so it costs nobody anything.
        if verdict != Verdict::Closed {
            let asker = self.asker(caller, &otp.contact, now).await;
            let asker = asker.map_err(VerifyError::Store)?;
            charge = charge.within(Guessing::new(&self.limiter, &otp, asker, now));
        }
        let charged = self
            .otps
            .charge(&charge)
            .await
            .map_err(VerifyError::Store)?;
        Ok(match (verdict, charged) {
            (Verdict::Opens, Charged::Applied) => Outcome::Granted(Verified {
                id,
                contact: otp.contact,
                purpose: otp.purpose,
                verified_at: now,
            }),
            (Verdict::Wrong, Charged::Applied) => Outcome::Refused(Refusal::WrongCode {
                attempts_left: otp.attempts_left().saturating_sub(1),
            }),
            (_, Charged::TooMany(too_many)) => Outcome::Refused(too_many.into()),
            (Verdict::Closed | Verdict::Malformed, _) | (_, Charged::Refused) => {
                Outcome::Refused(Refusal::NotUsable)
            }
        })
    }

    /// An OTP that never opens, in the place of one that was not found.
    fn absent(&self, purpose: &Purpose, now: DateTime<Utc>) -> Result<Otp, VerifyError> {
        let id = OtpId::from_uuid(self.uuid(now).map_err(VerifyError::Secrets)?);
        let policy = self.policies.of(purpose);
        let contact = Contact::absent();
        Ok(Otp {
            id,
            contact_key: self.keys.contact_key(&contact),
            contact,
            purpose: purpose.clone(),
            format: policy.format(),
            key_id: self.keys.current().clone(),
            reference: Reference::pick([0; 3]),
            created_at: now,
            expires_at: now,
            resend_at: now,
            sends: 0,
            attempts: 0,
            max_attempts: policy.max_attempts().into(),
            locale: None,
            context: None,
            context_digest: None,
            binding: None,
            decoy: false,
            state: OtpState::Live(Seed::from_bytes([0; 32])),
        })
    }
}
