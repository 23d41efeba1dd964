//! A real browser, as a person uses it.

use std::path::Path;
use std::time::Duration;

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::service::{variable, wait};

pub(crate) struct Browser(Client);

/// A way to look at a page.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Look {
    Light,
    Dark,
    Narrow,
}

impl Browser {
    pub(crate) async fn open() -> Self {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ];
        let options = json!({ "binary": variable("OTP_TEST_CHROMIUM"), "args": arguments });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&variable("OTP_TEST_WEBDRIVER_URL"))
            .await;
        Self(client.expect("a browser"))
    }

    pub(crate) async fn close(self) {
        self.0.close().await.expect("the end of the browser");
    }

    pub(crate) async fn go(&self, url: &str) {
        self.0.goto(url).await.expect("a page");
    }

    pub(crate) async fn reload(&self) {
        self.0.refresh().await.expect("a page");
    }

    pub(crate) async fn text(&self) -> String {
        let body = self.0.find(Locator::Css("body")).await.expect("a body");
        body.text().await.expect("text")
    }

    pub(crate) async fn fill(&self, field: &str, text: &str) {
        let selector = format!("input[name='{field}']");
        let field = self.0.find(Locator::Css(&selector)).await.expect("a field");
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a filled field");
    }

    pub(crate) async fn choose(&self, field: &str, value: &str) {
        // The visible label, as a person would.
        let path = format!("//label[.//input[@name='{field}'][@value='{value}']]");
        let label = self.0.find(Locator::XPath(&path)).await.expect("a label");
        label.click().await.expect("a click");
    }

    /// Presses a button and waits until the page it belongs to is gone.
    pub(crate) async fn press(&self, label: &str) {
        let path = format!("//button[normalize-space()='{label}']");
        let button = self.0.find(Locator::XPath(&path)).await.expect("a button");
        button.click().await.expect("a click");
        let gone = wait(Duration::from_secs(10), async || {
            button.text().await.is_err().then_some(())
        });
        gone.await
            .unwrap_or_else(|| panic!("{label} leads nowhere"));
        self.0
            .wait()
            .for_element(Locator::Css("body"))
            .await
            .expect("the next page");
    }

    pub(crate) async fn until_path(&self, path: &str) {
        let arrived = wait(Duration::from_secs(10), async || {
            let url = self.0.current_url().await.ok()?;
            (url.path() == path).then_some(())
        });
        let at = self.0.current_url().await.expect("an address");
        arrived
            .await
            .unwrap_or_else(|| panic!("at {at}, not {path}"));
    }

    pub(crate) async fn until_text(&self, text: &str) {
        let seen = wait(Duration::from_secs(10), async || {
            let body = self.0.find(Locator::Css("body")).await.ok()?;
            body.text().await.ok()?.contains(text).then_some(())
        });
        seen.await.unwrap_or_else(|| panic!("{text} is never seen"));
    }

    /// Asks for all further pages in this language.
    pub(crate) async fn asks_for(&self, language: &str) {
        self.devtools("Network.enable", json!({})).await;
        let headers = json!({ "headers": { "Accept-Language": language } });
        self.devtools("Network.setExtraHTTPHeaders", headers).await;
    }

    /// Runs a script in all further pages, before their own.
    pub(crate) async fn before_each_page(&self, script: &str) {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        self.devtools(command, json!({ "source": script })).await;
    }

    pub(crate) async fn script(&self, script: &str) {
        let done = self.0.execute(script, Vec::new()).await;
        done.expect("a script");
    }

    /// Returns what a script promises; `None` when its page went away first.
    pub(crate) async fn ask(&self, script: &str, arguments: Vec<Value>) -> Option<Value> {
        self.0.execute(script, arguments).await.ok()
    }

    pub(crate) async fn focused_field(&self) -> String {
        let name = self
            .0
            .execute("return document.activeElement.name || ''", Vec::new())
            .await
            .expect("a script");
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Writes screenshots of the page in every look, and sees that it fits and that everybody can use it.
    pub(crate) async fn screens(&self, page: &str) {
        for (look, name) in [
            (Look::Dark, "dark"),
            (Look::Narrow, "narrow"),
            (Look::Light, "light"),
        ] {
            self.look(look).await;
            let width = self.0.execute(
                "return document.documentElement.scrollWidth - window.innerWidth",
                Vec::new(),
            );
            let overflow = width.await.expect("a script").as_i64().expect("a number");
            assert!(
                overflow <= 0,
                "{page} in {name} is {overflow} px wider than the window"
            );
            assert_eq!(self.barriers().await, [""; 0], "{page} in {name}");
            self.screenshot(&format!("{page}-{name}")).await;
        }
    }

    /// Lists what axe-core finds against the page. It is put in from outside, so the page's policy stays as it is.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        let axe = std::fs::read_to_string(variable("OTP_TEST_AXE")).expect("axe-core");
        self.0.execute(&axe, Vec::new()).await.expect("axe-core");
        let run = "const done = arguments[0]; axe.run().then((found) => done(found.violations.flatMap(\
                   (rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}: ${node.failureSummary}`))))";
        let found = self.0.execute_async(run, Vec::new()).await;
        serde_json::from_value(found.expect("a run of axe-core")).expect("a list of texts")
    }

    /// Changes the window and the preferred colours.
    pub(crate) async fn look(&self, look: Look) {
        let (width, scheme) = match look {
            Look::Light => (1000, "light"),
            Look::Dark => (1000, "dark"),
            Look::Narrow => (360, "light"),
        };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        let size =
            json!({ "width": width, "height": 760, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    pub(crate) async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
        std::fs::create_dir_all(&folder).expect("a folder");
        let png = self.0.screenshot().await.expect("a screenshot");
        assert!(png.len() > 2_000, "a picture with something in it");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a file");
    }

    pub(crate) async fn devtools(&self, command: &str, parameters: Value) {
        let command = DevTools {
            command: command.to_owned(),
            parameters,
        };
        self.0
            .issue_cmd(command)
            .await
            .expect("the browser's own protocol");
    }
}

/// ChromeDriver's door to the browser's own protocol.
#[derive(Debug)]
struct DevTools {
    command: String,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}
