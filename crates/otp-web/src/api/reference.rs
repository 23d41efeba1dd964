//! The description of the API for programs, and its reference page for people.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use poem::endpoint::make_sync;
use poem::http::header;
use poem::{Response, Route, get};
use poem_openapi::OpenApiService;
use sha2::{Digest as _, Sha256};

use super::Api;
use crate::pages::takes_only;

/// Adds `/openapi.json` and `/docs`.
pub(super) fn mount(route: Route, service: &OpenApiService<Api, ()>) -> Route {
    // Over a megabyte of script: made when somebody asks for it.
    let page: OnceLock<Page> = OnceLock::new();
    let described = service.clone();
    let page = make_sync(move |_| {
        page.get_or_init(|| Page::around(described.swagger_ui_html()))
            .response()
    });
    let description = Bytes::from(service.spec());
    let description = make_sync(move |_| {
        Response::builder()
            .content_type("application/json")
            .body(description.clone())
    });
    route
        .at("/openapi.json", takes_only("GET, HEAD", get(description)))
        .at("/docs", takes_only("GET, HEAD", get(page)))
}

/// Swagger UI in one piece, and the policy that lets exactly this piece run.
struct Page {
    /// Shared by all answers: whoever asks often and reads nothing holds no copies.
    html: Bytes,
    policy: String,
}

impl Page {
    fn around(html: String) -> Self {
        let scripts = digests(&html, "<script", "</script>");
        let styles = digests(&html, "<style", "</style>");
        let policy = format!(
            "default-src 'none'; script-src{scripts}; style-src{styles}; img-src data:; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        Self {
            html: html.into(),
            policy,
        }
    }

    fn response(&self) -> Response {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, &self.policy)
            .body(self.html.clone())
    }
}

/// Lists the digests of all elements between `open` and `close` as sources of CSP (level 3 section 2.3.1).
fn digests(html: &str, open: &str, close: &str) -> String {
    let mut sources = String::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once(open) {
        let Some((content, after)) = after
            .split_once('>')
            .and_then(|(_, content)| content.split_once(close))
        else {
            break;
        };
        let digest = STANDARD.encode(Sha256::digest(content));
        sources.extend([" 'sha256-", &digest, "'"]);
        rest = after;
    }
    sources
}
