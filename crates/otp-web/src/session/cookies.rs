//! The cookies: their names and attributes.

use std::time::Duration;

use poem::web::cookie::{Cookie, SameSite};

use super::Browser;

/// What a cookie is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// The browser's own secret: codes are bound to it, and form tokens are derived from it.
    Browser,
    /// The handle of the code that is waited for.
    Flow,
    /// The session id.
    Session,
    /// A word for the next page.
    Notice,
}

impl Slot {
    /// Under https the prefix makes browsers refuse the cookie from a sibling domain, without `Secure`, or with
    /// another path (RFC 6265bis section 4.1.3.2).
    const fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Browser, false) => "otp_browser",
            (Self::Browser, true) => "__Host-otp_browser",
            (Self::Flow, false) => "otp_flow",
            (Self::Flow, true) => "__Host-otp_flow",
            (Self::Session, false) => "otp_session",
            (Self::Session, true) => "__Host-otp_session",
            (Self::Notice, false) => "otp_notice",
            (Self::Notice, true) => "__Host-otp_notice",
        }
    }
}

impl Browser<'_> {
    pub(super) fn get(&self, slot: Slot) -> Option<String> {
        let cookie = self.jar.get(slot.name(self.site.is_https()))?;
        Some(cookie.value_str().to_owned())
    }

    /// `Lax` for all: a `Strict` one is missing when somebody comes through a link in their mail, the page would then
    /// give the browser a new secret, and the code that the person just read would not open any more. No POST from
    /// another site carries a `Lax` cookie, and every form has its token besides.
    pub(super) fn set(&self, slot: Slot, value: &str, max_age: Option<Duration>) {
        let https = self.site.is_https();
        let mut cookie = Cookie::new_with_str(slot.name(https), value);
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_path("/");
        cookie.set_secure(https);
        if let Some(max_age) = max_age {
            cookie.set_max_age(max_age);
        }
        self.jar.add(cookie);
    }

    /// Removes it with the attributes it was set with: browsers refuse a `__Host-` cookie without them, also to delete.
    pub(super) fn clear(&self, slot: Slot) {
        self.set(slot, "", Some(Duration::ZERO));
    }
}
