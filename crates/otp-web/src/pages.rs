//! The pages: request a code, type it, be signed in. Complete without JavaScript.

mod admin;
mod assets;
mod done;
mod error;
mod form;
mod notice;
mod origin;
mod reader;
mod refused;
mod request;
mod verify;
mod view;
mod words;

use std::sync::Arc;

use otp_notify::Language;
use poem::endpoint::make_sync;
use poem::error::MethodNotAllowedError;
use poem::http::{StatusCode, header};
use poem::middleware::CookieJarManager;
use poem::{
    Endpoint, EndpointExt as _, IntoResponse as _, Response, Route, RouteMethod, get, post,
};

pub(crate) use self::admin::ADMIN;
pub(crate) use self::error::PageError;
pub(crate) use self::notice::Notice;
pub(crate) use self::origin::OwnOrigins;
pub(crate) use self::reader::{PagesIn, language_of};
pub(crate) use self::view::{MessagePage, ProblemPage};
use self::view::{View, Views};
pub(crate) use self::words::Sentence;
use crate::hosts::OwnHosts;
use crate::site::Site;

/// Where a code is asked for.
const REQUEST: &str = "/otp/request/";
/// Where a code is typed.
const VERIFY: &str = "/otp/verify/";
/// Where one arrives.
const DONE: &str = "/otp/done/";

/// What every page works with.
pub(crate) struct Pages {
    site: Arc<Site>,
    views: Views,
    hosts: OwnHosts,
    origins: OwnOrigins,
}

impl Pages {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        let hosts = OwnHosts::of(&site.public_url, &site.hosts);
        Self {
            views: Views::new(&site.app_name, site.base_path()),
            origins: OwnOrigins::of(&hosts),
            hosts,
            site,
        }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    pub(crate) fn hosts(&self) -> &OwnHosts {
        &self.hosts
    }

    pub(crate) fn origins(&self) -> &OwnOrigins {
        &self.origins
    }

    /// Writes a page that is there in English only: those for administrators and programmers.
    pub(crate) fn show(&self, status: StatusCode, view: &impl View) -> Response {
        self.views.render(Language::English, status, view)
    }

    pub(crate) const fn in_language(&self, language: Language) -> PagesIn<'_> {
        PagesIn::new(self, language)
    }

    /// Sends the browser to another page; after a POST, so that a reload posts nothing twice.
    fn go(&self, path: &str) -> Response {
        see(format!("{}{path}", self.site.base_path()))
    }
}

/// Sends the browser to another path of our origin.
fn see(path: String) -> Response {
    StatusCode::SEE_OTHER
        .with_header(header::LOCATION, path)
        .into_response()
}

/// Adds `/`, `/otp/…` and `/static/…`.
pub(crate) fn mount(route: Route, pages: &Arc<Pages>) -> Route {
    let page = |methods, endpoint: RouteMethod| {
        let endpoint = endpoint.with(CookieJarManager::new()).data(pages.clone());
        takes_only(methods, endpoint)
    };
    let elsewhere = |path| {
        let pages = pages.clone();
        page("GET, HEAD", get(make_sync(move |_| pages.go(path))))
    };
    admin::mount(route, pages)
        .at("/", elsewhere(REQUEST))
        .at("/otp/request", elsewhere(REQUEST))
        .at("/otp/verify", elsewhere(VERIFY))
        .at("/otp/done", elsewhere(DONE))
        .at(
            REQUEST,
            page("GET, HEAD, POST", get(request::show).post(request::submit)),
        )
        .at(
            VERIFY,
            page("GET, HEAD, POST", get(verify::show).post(verify::submit)),
        )
        .at("/otp/resend/", page("POST", post(verify::resend)))
        .at("/otp/change/", page("POST", post(verify::change)))
        .at(DONE, page("GET, HEAD", get(done::show)))
        .at("/otp/logout/", page("POST", post(done::log_out)))
        .at("/static/:name", page("GET, HEAD", get(assets::serve)))
}

/// Answers other methods with 405 and the `Allow` that RFC 9110 section 15.5.6 asks for.
pub(crate) fn takes_only(
    methods: &'static str,
    endpoint: impl Endpoint<Output = Response>,
) -> impl Endpoint {
    endpoint.catch_error(move |_: MethodNotAllowedError| async move {
        StatusCode::METHOD_NOT_ALLOWED
            .with_header(header::ALLOW, methods)
            .into_response()
    })
}
