//! A browser at the other end of HTTP.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, header};

use crate::process::Manager;

#[derive(Clone)]
pub(crate) struct Person {
    http: reqwest::Client,
    base: String,
    /// Where a trusted proxy on this machine says that it is.
    address: Option<&'static str>,
    pub(crate) cookies: BTreeMap<String, String>,
    token: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) shape: Vec<String>,
    pub(crate) text: String,
}

impl Person {
    pub(crate) async fn at(manager: &Manager, address: Option<&'static str>) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none());
        let mut person = Self {
            http: http.build().unwrap(),
            base: manager.url(""),
            address,
            cookies: BTreeMap::new(),
            token: String::new(),
        };
        assert_eq!(person.open("/otp/request/").await.status, 200);
        person
    }

    /// The same browser at another node.
    pub(crate) fn moved(&self, manager: &Manager) -> Self {
        let base = manager.url("");
        Self {
            base,
            ..self.clone()
        }
    }

    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(self.with_cookies(request)).await
    }

    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.form(path, fields);
        self.send(form).await
    }

    pub(crate) async fn ask(&mut self, contact: &str) -> Answer {
        let fields = [("contact_type", "email"), ("contact_value", contact)];
        self.submit("/otp/request/", &fields).await
    }

    /// A form of the last page, which is not sent yet.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut form = vec![("csrf_token", self.token.as_str())];
        form.extend(fields);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let form = "application/x-www-form-urlencoded";
        let request = self.http.post(format!("{}{path}", self.base));
        let request = request.header(header::CONTENT_TYPE, form).body(body);
        self.with_cookies(request)
    }

    fn with_cookies(&self, request: RequestBuilder) -> RequestBuilder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header(header::COOKIE, cookies.join("; "));
        match self.address {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let told = |name| answer.headers().get(name)?.to_str().ok()?.parse().ok();
        let mut shape: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        shape.extend(told("content-length").map(|length: u64| length.to_string()));
        let (status, retry_after) = (answer.status().as_u16(), told("retry-after"));
        let text = answer.text().await.unwrap();
        if let Some(rest) = text.split("name=\"csrf_token\" value=\"").nth(1) {
            rest.split('"').next().unwrap().clone_into(&mut self.token);
        }
        Answer {
            status,
            retry_after,
            shape,
            text,
        }
    }
}
