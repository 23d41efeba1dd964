//! A browser: it keeps cookies, and sends forms as a browser sends them.

use std::collections::BTreeMap;

use otp_core::OtpId;
use poem::http::{HeaderValue, Method, header};
use poem::{Body, Request, RequestBuilder};
use url::form_urlencoded;

use crate::house::{House, Page};

pub(crate) struct Browser<'a> {
    house: &'a House,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What the last page's forms carry.
    pub(crate) form_token: String,
    /// What it sends as `Accept-Language`, if anything.
    pub(crate) language: Option<HeaderValue>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(house: &'a House) -> Self {
        Self {
            house,
            cookies: BTreeMap::new(),
            form_token: String::new(),
            language: None,
        }
    }

    /// A browser that asks for these languages.
    pub(crate) fn speaking(house: &'a House, languages: &[u8]) -> Self {
        let language = Some(HeaderValue::from_bytes(languages).unwrap());
        Self {
            language,
            ..Self::new(house)
        }
    }

    /// A browser that stands on the verify page.
    pub(crate) async fn waiting(house: &'a House) -> Self {
        let mut browser = Self::new(house);
        browser.open("/otp/request/").await;
        browser
            .request("email", "test@example.com")
            .await
            .leads_to("/otp/verify/");
        assert_eq!(browser.open("/otp/verify/").await.status, 200);
        browser
    }

    /// A browser whose owner is signed in.
    pub(crate) async fn signed_in(house: &'a House) -> Self {
        let mut browser = Self::waiting(house).await;
        let code = house.code(browser.flow()).await;
        browser.verify(&code).await.leads_to("/otp/done/");
        assert_eq!(browser.open("/otp/done/").await.status, 200);
        browser
    }

    /// An administrator's browser, signed in with this key.
    pub(crate) async fn of_admin(house: &'a House, api_key: &str) -> Self {
        let mut browser = Self::new(house);
        browser.open("/otp/admin/login/").await;
        browser.log_in(api_key).await.leads_to("/otp/admin/");
        assert_eq!(browser.open("/otp/admin/").await.status, 200);
        browser
    }

    pub(crate) async fn log_in(&mut self, api_key: &str) -> Page {
        self.submit("/otp/admin/login/", &[("api_key", api_key)])
            .await
    }

    pub(crate) async fn open(&mut self, path: &str) -> Page {
        let request = Request::builder()
            .method(Method::GET)
            .uri(path.parse().unwrap());
        self.send(
            request
                .header(header::COOKIE, self.cookie_header())
                .finish(),
        )
        .await
    }

    pub(crate) async fn request(&mut self, contact_type: &str, contact_value: &str) -> Page {
        let fields = [
            ("contact_type", contact_type),
            ("contact_value", contact_value),
        ];
        self.submit("/otp/request/", &fields).await
    }

    pub(crate) async fn verify(&mut self, otp_code: &str) -> Page {
        self.submit("/otp/verify/", &[("otp_code", otp_code)]).await
    }

    /// Sends a form of the last page.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = [("csrf_token", self.form_token.as_str())];
        let body = encode(token.iter().chain(fields));
        let headers = [
            ("origin", self.house.public_url),
            ("sec-fetch-site", "same-origin"),
        ];
        self.post(path, &headers, body).await
    }

    /// Sends this body with these headers and the browser's cookies.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Page {
        let mut request = self.builder(path, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body)).await
    }

    /// Sends this form with these headers only, its `Host` included.
    pub(crate) async fn post_as_is(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Page {
        let mut request = self.builder(path, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.house.send_as_is(request.body(body)).await
    }

    /// Sends a body of another type.
    pub(crate) async fn post_as(
        &mut self,
        path: &str,
        media_type: &str,
        body: &'static str,
    ) -> Page {
        let request = self.builder(path, media_type);
        self.send(request.body(body)).await
    }

    /// Sends a body of any type from a page at `origin`.
    pub(crate) async fn post_from(
        &self,
        path: &str,
        origin: &str,
        media_type: &str,
        body: impl Into<Body>,
    ) -> Page {
        let request = self.builder(path, media_type).header("origin", origin);
        self.house.send(request.body(body)).await
    }

    fn builder(&self, path: &str, media_type: &str) -> RequestBuilder {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path.parse().unwrap());
        request
            .content_type(media_type)
            .header(header::COOKIE, self.cookie_header())
    }

    async fn send(&mut self, mut request: Request) -> Page {
        if let Some(language) = self.language.clone() {
            request
                .headers_mut()
                .insert(header::ACCEPT_LANGUAGE, language);
        }
        let page = self.house.send(request).await;
        for cookie in page.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        self.form_token = page
            .form_token()
            .unwrap_or(std::mem::take(&mut self.form_token));
        page
    }

    fn cookie_header(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// The handle of the code that this browser waits for.
    pub(crate) fn flow(&self) -> OtpId {
        let named = self
            .cookies
            .iter()
            .find(|(name, _)| name.ends_with("otp_flow"));
        OtpId::from_uuid(named.expect("a running code").1.parse().unwrap())
    }
}

pub(crate) fn encode<'a>(fields: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
