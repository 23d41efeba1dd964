//! The browser on the other side of a request: its own secret, its running code, and who is signed in.

mod admin;
mod cookies;
mod token;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use otp_core::ports::SecretError;
use otp_core::{Caller, DeviceSecret, Handle, Issued, OtpId, StoreError, Verified};
use otp_storage::Session;
use poem::web::Data;
use poem::web::cookie::CookieJar;
use poem::{FromRequest, Request, RequestBody};

use self::cookies::Slot;
pub(crate) use self::token::Token;
use crate::client_address::ClientAddress;
use crate::next::{LocalPath, Wanted};
use crate::pages::{Notice, PageError, Pages};
use crate::site::Site;

/// Sets the digests of web sessions apart from those of administrators.
const LABEL: &str = "session";
/// How long a session lives without a request (ASVS 7.3.1).
pub(crate) const IDLE: TimeDelta = TimeDelta::minutes(30);
/// How long a session lives in all (ASVS 7.3.2).
pub(crate) const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How long a device stays known after its last sign-in.
const KNOWN_FOR: Duration =
    Duration::from_secs(DeviceSecret::KNOWN_FOR.num_seconds().unsigned_abs());
/// How stale `seen_at` may become before it is written again: not each page view needs a write.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);
/// How long the browser still names a code after its end, so that the page can say that it is over.
const AFTERLIFE: TimeDelta = TimeDelta::minutes(10);
/// How long the browser remembers where to go after the sign-in: the longest code, and asking for another.
const PATIENCE: Duration = Duration::from_mins(20);

/// The browser on the other side of one request: what its cookies say, and what they are to say next.
pub(crate) struct Browser<'a> {
    site: &'a Site,
    jar: &'a CookieJar,
}

impl<'a> FromRequest<'a> for Browser<'a> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let Data(pages) = <Data<&Arc<Pages>>>::from_request_without_body(request).await?;
        Ok(Self {
            site: pages.site(),
            jar: request.cookie(),
        })
    }
}

impl Browser<'_> {
    /// Returns the browser's own secret, if it came with one.
    pub(crate) fn secret(&self) -> Option<Token> {
        Token::decode(&self.get(Slot::Browser)?)
    }

    /// Returns the browser's own secret, and gives it one if it came without.
    pub(crate) fn secret_or_new(&self) -> Result<Token, SecretError> {
        match self.secret() {
            Some(secret) => Ok(secret),
            None => self.renew_secret(),
        }
    }

    /// Returns the handle of the code that this browser waits for.
    pub(crate) fn flow(&self) -> Option<OtpId> {
        let uuid = self.get(Slot::Flow)?.parse().ok()?;
        Some(OtpId::from_uuid(uuid))
    }

    /// Remembers the code that this browser waits for.
    pub(crate) fn start_flow(&self, issued: &Issued) {
        let life = issued.expires_at - self.site.clock.now() + AFTERLIFE;
        let id = issued.id.as_uuid().to_string();
        self.set(Slot::Flow, &id, Some(life.to_std().unwrap_or_default()));
    }

    /// Forgets the code.
    pub(crate) fn end_flow(&self) {
        self.clear(Slot::Flow);
    }

    /// Remembers where to go after the sign-in; a place that is none of ours is forgotten with any before it.
    pub(crate) fn wants(&self, wanted: Wanted) {
        match wanted {
            Wanted::Nothing => {}
            Wanted::Elsewhere => self.clear(Slot::Next),
            // A path may hold what no cookie does.
            Wanted::Here(path) => {
                let value = URL_SAFE_NO_PAD.encode(path.as_str());
                self.set(Slot::Next, &value, Some(PATIENCE));
            }
        }
    }

    /// Takes where to go after the sign-in. It is checked anew: a sibling domain may have set the cookie.
    pub(crate) fn take_next(&self) -> Option<LocalPath> {
        let text = self.get(Slot::Next)?;
        self.clear(Slot::Next);
        let path = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        LocalPath::parse(&path)
    }

    /// Leaves a word for the next page.
    pub(crate) fn leave(&self, notice: Notice) {
        self.set(Slot::Notice, notice.as_str(), Some(Duration::from_mins(1)));
    }

    /// Takes the word that was left.
    pub(crate) fn take_notice(&self) -> Option<Notice> {
        let notice = self.get(Slot::Notice)?;
        self.clear(Slot::Notice);
        Notice::parse(&notice)
    }

    /// Returns who is signed in; an id that is unknown, idle or over is nobody.
    pub(crate) async fn session(&self) -> Result<Option<Session>, StoreError> {
        let Some(id) = self.session_id() else {
            return Ok(None);
        };
        let now = self.site.clock.now();
        let sessions = &self.site.sessions;
        let digests = self.digests(LABEL, &id);
        let found = sessions.find(&digests, now, IDLE).await?;
        if let Some(session) = &found
            && now - session.seen_at >= SEEN_EVERY
        {
            sessions.touch(&session.digest, now).await?;
        }
        Ok(found)
    }

    /// Signs in who proved a contact: always under a new id (ASVS 7.2.4), and the browser's secret is new as well.
    ///
    /// The device is known from now on, so that what strangers do to the contact does not concern it.
    pub(crate) async fn sign_in(&self, verified: Verified) -> Result<(), PageError> {
        let otps = &self.site.otps;
        let device = match self.device() {
            Some(known)
                if otps
                    .knows_device(&known.device_secret(), &verified.contact)
                    .await? =>
            {
                known
            }
            _ => Token::draw(self.site.secrets.as_ref())?,
        };
        otps.remember_device(&device.device_secret(), &verified)
            .await?;
        self.set(Slot::Device, &device.encode(), Some(KNOWN_FOR));
        let customer = self.site.customers.find(&verified.contact).await?;
        self.close_session().await?;
        let id = Token::draw(self.site.secrets.as_ref())?;
        let now = self.site.clock.now();
        self.site
            .sessions
            .open(&Session {
                digest: id.session_digest(LABEL, &self.site.keys),
                contact: verified.contact,
                customer_id: customer.map(|customer| customer.id),
                created_at: now,
                seen_at: now,
                expires_at: now + LONGEST,
            })
            .await?;
        self.set(Slot::Session, &id.encode(), None);
        self.renew_secret()?;
        self.end_flow();
        Ok(())
    }

    /// Signs out: the row is gone, and so is every cookie.
    pub(crate) async fn sign_out(&self) -> Result<(), StoreError> {
        self.close_session().await?;
        for slot in [Slot::Session, Slot::Flow, Slot::Browser] {
            self.clear(slot);
        }
        Ok(())
    }

    /// Says who asks, as far as budgets are concerned.
    pub(crate) fn caller(&self, client: ClientAddress) -> Caller {
        Caller {
            client: self.site.charged(client),
            device: self.device().map(|device| device.device_secret()),
        }
    }

    /// Names the code that this browser waits for, as this browser.
    pub(crate) fn handle(&self, id: OtpId, secret: &Token, client: ClientAddress) -> Handle {
        let mut handle = Handle::from(id);
        handle.binding = Some(secret.binding());
        handle.caller = self.caller(client);
        handle
    }

    fn device(&self) -> Option<Token> {
        Token::decode(&self.get(Slot::Device)?)
    }

    async fn close_session(&self) -> Result<(), StoreError> {
        if let Some(id) = self.session_id() {
            let digests = self.digests(LABEL, &id);
            self.site.sessions.close(&digests).await?;
        }
        Ok(())
    }

    /// The digests that a session id may be stored under, by the keys that still open.
    fn digests(&self, label: &'static str, id: &Token) -> Vec<[u8; 32]> {
        let keys = self.site.keys.at(self.site.clock.now());
        id.session_digests(label, &keys)
    }

    fn session_id(&self) -> Option<Token> {
        Token::decode(&self.get(Slot::Session)?)
    }

    fn renew_secret(&self) -> Result<Token, SecretError> {
        let secret = Token::draw(self.site.secrets.as_ref())?;
        self.set(Slot::Browser, &secret.encode(), None);
        Ok(secret)
    }
}
