//! The cookies: their names and attributes.

use std::time::Duration;

use poem::web::cookie::{Cookie, SameSite};

use super::Browser;
use crate::pages::ADMIN;
use crate::site::Site;

/// What a cookie is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// The browser's own secret: codes are bound to it, and form tokens are derived from it.
    Browser,
    /// The handle of the code that is waited for.
    Flow,
    /// The session id.
    Session,
    /// The secret of a device that signed in before.
    Device,
    /// A word for the next page.
    Notice,
    /// The path to go to after the sign-in.
    Next,
    /// The id of an administrator's session.
    Admin,
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
            (Self::Device, false) => "otp_device",
            (Self::Device, true) => "__Host-otp_device",
            (Self::Notice, false) => "otp_notice",
            (Self::Notice, true) => "__Host-otp_notice",
            (Self::Next, false) => "otp_next",
            (Self::Next, true) => "__Host-otp_next",
            (Self::Admin, false) => "otp_admin",
            (Self::Admin, true) => "__Host-otp_admin",
        }
    }

    /// `Lax` where people come through a link in their mail: a `Strict` cookie is missing then, the page would give the
    /// browser a new secret, and the code that the person just read would not open any more. No POST from another site
    /// carries a `Lax` cookie, and every form has its token besides. Administrators come through no such link.
    const fn same_site(self) -> SameSite {
        match self {
            Self::Browser
            | Self::Flow
            | Self::Session
            | Self::Device
            | Self::Notice
            | Self::Next => SameSite::Lax,
            Self::Admin => SameSite::Strict,
        }
    }

    /// The pages that are sent the cookie; the prefix `__Host-` allows no narrower path than all of them.
    fn path(self, site: &Site) -> String {
        match self {
            Self::Admin if !site.is_https() => format!("{}{ADMIN}", site.base_path()),
            _ => "/".to_owned(),
        }
    }
}

impl Browser<'_> {
    pub(super) fn get(&self, slot: Slot) -> Option<String> {
        let cookie = self.jar.get(slot.name(self.site.is_https()))?;
        Some(cookie.value_str().to_owned())
    }

    pub(super) fn set(&self, slot: Slot, value: &str, max_age: Option<Duration>) {
        let https = self.site.is_https();
        let mut cookie = Cookie::new_with_str(slot.name(https), value);
        cookie.set_http_only(true);
        cookie.set_same_site(slot.same_site());
        cookie.set_path(slot.path(self.site));
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
