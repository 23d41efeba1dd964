//! Somebody at the other end of HTTP, who writes down everything that is answered.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;

pub(crate) struct Person {
    client: Client,
    base: String,
    pub(crate) cookies: BTreeMap<String, String>,
    form_token: String,
    /// Every answer but its cookies, which are where secrets of browsers belong.
    pub(crate) answers: Vec<u8>,
}

impl Person {
    pub(crate) fn at(base: String) -> Self {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            client,
            base,
            cookies: BTreeMap::new(),
            form_token: String::new(),
            answers: Vec::new(),
        }
    }

    pub(crate) async fn open(&mut self, path: &str) -> (u16, String) {
        let request = self.client.get(self.base.clone() + path);
        self.send(request).await
    }

    /// Opens the page and sends its form.
    pub(crate) async fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.open(path).await;
        self.submit(path, fields).await
    }

    /// Sends a form of the last page.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let token = [("csrf_token", self.form_token.as_str())];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(token.iter().chain(fields))
            .finish();
        let request = self.client.post(self.base.clone() + path).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.header("origin", "http://localhost:8000"))
            .await
    }

    /// Makes a call of the API.
    pub(crate) async fn call(&mut self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self
            .client
            .post(self.base.clone() + path)
            .json(body)
            .bearer_auth(key);
        let (status, text) = self.send(request).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Reads a page that asks for a key.
    pub(crate) async fn look(&mut self, key: &str, path: &str) -> (u16, String) {
        let request = self.client.get(self.base.clone() + path).bearer_auth(key);
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> (u16, String) {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request
            .header("cookie", pairs.join("; "))
            .send()
            .await
            .unwrap();
        for (name, value) in answer.headers() {
            if name != "set-cookie" {
                self.answers
                    .extend(format!("{name}: {value:?}\n").into_bytes());
                continue;
            }
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            // Kept when it is taken back: it was a secret all the same.
            if !value.is_empty() {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        self.answers.extend(text.as_bytes());
        let token = text.split("name=\"csrf_token\" value=\"").nth(1);
        if let Some(token) = token.and_then(|rest| rest.split('"').next()) {
            token.clone_into(&mut self.form_token);
        }
        (status, text)
    }
}
