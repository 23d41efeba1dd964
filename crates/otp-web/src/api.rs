//! The JSON API under `/api/v1`, its description and its reference page.

mod access;
mod answers;
mod body;
mod client;
mod documented;
mod edge;
mod fields;
mod idempotency;
mod reference;
mod requests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use otp_core::{Handle, Issue, Outcome, Presented, Verify, VerifyContact};
use poem::{EndpointExt as _, Request, Route};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, OpenApiService, Tags};

use self::access::Caller;
use self::answers::{Accepted, Created, OtpBody, Revoked, VerificationBody};
use self::body::Strict;
pub(crate) use self::body::{MAX_BODY, is_hidden};
use self::client::Client;
use self::documented::{Counting, Issuing, Reading, Refused, Resending, Revoking, Verifying};
use self::idempotency::IdempotencyKey;
use self::requests::{NewOtp, PresentedByContact, PresentedCode};
use crate::problems::Problem;
use crate::site::Site;
use crate::statistics::{self, By, Question, ReportBody};

/// Adds `/api`, `/openapi.json` and `/docs`.
///
/// Whatever happens under `/api` is answered here, unknown addresses and methods included.
pub(crate) fn mount(route: Route, site: &Arc<Site>) -> Route {
    let service = OpenApiService::new(
        Api { site: site.clone() },
        "One-time passcodes",
        env!("CARGO_PKG_VERSION"),
    )
    .description(include_str!("api/description.md"))
    .server(format!("{}/api/v1", site.base_path()));
    let route = reference::mount(route, &service);
    let calls = Route::new().nest("/v1", service.data(site.clone()));
    route.nest("/api", edge::answering(calls, site.clone()))
}

/// The calls.
#[derive(Clone)]
struct Api {
    site: Arc<Site>,
}

impl Api {
    /// Returns what was granted; a refusal or a failure becomes its problem.
    fn granted<T, E: Into<Problem>>(&self, answer: Result<Outcome<T>, E>) -> Result<T, Problem> {
        match answer.map_err(Into::into)? {
            Outcome::Granted(granted) => Ok(granted),
            Outcome::Refused(why) => Err(Problem::refused(why, self.site.clock.now())),
        }
    }
}

#[derive(Tags)]
enum Tag {
    /// Send codes and check them.
    #[oai(rename = "One-time passcodes")]
    Otps,
}

#[OpenApi(tag = "Tag::Otps")]
impl Api {
    /// Send a code
    ///
    /// Opens an OTP for a contact and queues its message; both are stored when this is answered.
    /// Keep the `id`: it is the handle for everything else, and as secret as the code.
    #[oai(path = "/otps", method = "post", operation_id = "issue_otp")]
    async fn issue(
        &self,
        caller: Caller<Issuing>,
        /// Makes a repeated request answer with the first one's OTP: 1 to 128 visible ASCII characters of your own.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        /// Of the person you ask for, when that network's budgets are to be charged: an IPv4 or IPv6 address. Taken
        /// from holders of a key only.
        #[oai(name = "Client-Address")]
        client: Client,
        body: Strict<NewOtp>,
    ) -> Result<Created, Refused<Issuing>> {
        let asked = body.0;
        let contact = fields::contact(&self.site, asked.contact_type, &asked.contact_value)?;
        let mut request = Issue::new(contact);
        request.purpose = fields::purpose(&asked.purpose)?;
        request.context = fields::context(asked.context.as_deref())?;
        request.locale = fields::locale(asked.locale)?;
        request.idempotency = key.within(caller);
        request.caller = client.caller();
        let issued = self.granted(self.site.otps.issue(request).await)?;
        let base = self.site.public_url.as_str().trim_end_matches('/');
        let address = format!("{base}/api/v1/otps/{}", issued.id);
        Ok(Created::Otp(Json(issued.into()), address))
    }

    /// Look at an OTP
    #[oai(path = "/otps/:id", method = "get", operation_id = "get_otp")]
    async fn look(
        &self,
        _caller: Caller<Reading>,
        /// The handle.
        id: Path<String>,
    ) -> Result<Json<OtpBody>, Refused<Reading>> {
        let found = self.site.otps.status(fields::handle(&id)?).await;
        let issued = found.map_err(Problem::from)?;
        Ok(Json(issued.ok_or_else(Problem::otp_not_usable)?.into()))
    }

    /// Check a code
    ///
    /// The right code opens the OTP once. Each comparison is charged before its result is told; what cannot be a code
    /// at all is refused without a charge.
    #[oai(
        path = "/otps/:id/verify",
        method = "post",
        operation_id = "verify_otp"
    )]
    async fn verify(
        &self,
        _caller: Caller<Verifying>,
        /// The handle.
        id: Path<String>,
        /// Of the person you ask for, when that network's budgets are to be charged: an IPv4 or IPv6 address. Taken
        /// from holders of a key only.
        #[oai(name = "Client-Address")]
        client: Client,
        body: Strict<PresentedCode>,
    ) -> Result<Json<VerificationBody>, Refused<Verifying>> {
        let presented = Presented {
            code: fields::code(&body.0.otp_code)?,
            purpose: fields::purpose(&body.0.purpose)?,
            context: fields::context(body.0.context.as_deref())?
                .map(|context| context.as_str().to_owned()),
            binding: None,
        };
        let request = Verify {
            id: fields::handle(&id)?,
            presented,
            caller: client.caller(),
        };
        let verified = self.granted(self.site.otps.verify(request).await)?;
        Ok(Json(verified.into()))
    }

    /// Send the message again
    ///
    /// The same code, the same deadline, the same attempts: a message that arrives late stays good.
    #[oai(
        path = "/otps/:id/resend",
        method = "post",
        operation_id = "resend_otp"
    )]
    async fn resend(
        &self,
        _caller: Caller<Resending>,
        /// The handle.
        id: Path<String>,
        /// Of the person you ask for, when that network's budgets are to be charged: an IPv4 or IPv6 address. Taken
        /// from holders of a key only.
        #[oai(name = "Client-Address")]
        client: Client,
    ) -> Result<Accepted, Refused<Resending>> {
        let mut handle = Handle::from(fields::handle(&id)?);
        handle.caller = client.caller();
        let issued = self.granted(self.site.otps.resend(handle).await)?;
        Ok(Accepted::Otp(Json(issued.into())))
    }

    /// Call an OTP back
    ///
    /// Its code never opens again. Calling back what is over or unknown changes nothing and is answered alike.
    #[oai(path = "/otps/:id", method = "delete", operation_id = "revoke_otp")]
    async fn revoke(
        &self,
        _caller: Caller<Revoking>,
        /// The handle.
        id: Path<String>,
    ) -> Result<Revoked, Refused<Revoking>> {
        if let Ok(id) = fields::handle(&id) {
            // Nothing to tell: whether there was anything to call back is not the caller's to learn.
            let _ = self.site.otps.revoke(id).await.map_err(Problem::from)?;
        }
        Ok(Revoked::Done)
    }

    /// Read the statistics
    ///
    /// What became of the OTPs that were issued in a time, the removed ones included: at most 31 days by hour, 366 by
    /// day. The four numbers at the top are about all OTPs ever issued.
    #[oai(path = "/stats", method = "get", operation_id = "get_statistics")]
    async fn statistics(
        &self,
        _caller: Caller<Counting>,
        request: &Request,
        /// The beginning of the time; seven days before its end when it is left out.
        since: Query<Option<DateTime<Utc>>>,
        /// The end of the time; now when it is left out.
        until: Query<Option<DateTime<Utc>>>,
        /// One purpose; all when it is left out.
        #[oai(validator(pattern = "^[a-z][a-z0-9-]{0,31}$"))]
        purpose: Query<Option<String>>,
        /// How `periods` divides the time; by days when it is left out.
        by: Query<Option<By>>,
    ) -> Result<Json<ReportBody>, Refused<Counting>> {
        fields::only(request, &["since", "until", "purpose", "by"])?;
        let now = self.site.clock.now();
        let until = until.0.unwrap_or(now);
        let a_week_before = until.checked_sub_signed(statistics::USUAL);
        let since = since.0.or(a_week_before).unwrap_or(until);
        let question = Question::new(since, until, by.0.unwrap_or(By::Day))
            .map_err(|error| Problem::invalid_field("since", error))?;
        let purpose = purpose.0.as_deref().map(fields::purpose).transpose()?;
        let history = self.site.database.history();
        let report = question.of_purpose(purpose).ask(&history, now).await;
        let report = report.map_err(Problem::from)?;
        Ok(Json(ReportBody::from(&report)))
    }

    /// Check a code by its contact
    ///
    /// For callers that keep no handle: takes the newest OTP of the contact and purpose that is still valid.
    /// Prefer the call with the handle: whoever knows the contact can use up the attempts of this one.
    #[oai(path = "/verify", method = "post", operation_id = "verify_contact")]
    async fn verify_contact(
        &self,
        _caller: Caller<Verifying>,
        /// Of the person you ask for, when that network's budgets are to be charged: an IPv4 or IPv6 address. Taken
        /// from holders of a key only.
        #[oai(name = "Client-Address")]
        client: Client,
        body: Strict<PresentedByContact>,
    ) -> Result<Json<VerificationBody>, Refused<Verifying>> {
        let request = VerifyContact {
            contact: fields::contact(&self.site, body.0.contact_type, &body.0.contact_value)?,
            code: fields::code(&body.0.otp_code)?,
            purpose: fields::purpose(&body.0.purpose)?,
            caller: client.caller(),
        };
        let verified = self.granted(self.site.otps.verify_contact(request).await)?;
        Ok(Json(verified.into()))
    }
}
