//! What attackers type, in a real browser that tells of every script that runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::mailbox::Mailbox;
use crate::markup::MARKUP;
use crate::service::{Service, wait};

/// Runs in each document before anything of its own does.
const WATCH: &str = "
    top.ran ??= [];
    top.stopped ??= [];
    for (const name of ['alert', 'confirm', 'prompt', 'print']) {
        window[name] = () => top.ran.push(name);
    }
    document.addEventListener('securitypolicyviolation', (event) => top.stopped.push(event.effectiveDirective));
";

/// Sends the form of a field, past what the page itself would not let anybody type, and ends with its page.
const SUBMIT: &str = "
    const [name, text] = arguments;
    const field = document.querySelector(`[name='${name}']`);
    field.type = 'text';
    field.value = text;
    field.form.noValidate = true;
    field.form.requestSubmit();
    return new Promise(() => {});
";

/// Once the page has come and was drawn: what ran in it, what its policy stopped, and where it is.
const SEEN: &str = "
    return new Promise((done) => {
        const tell = () => setTimeout(() => done([ran, stopped, location.origin]));
        const draw = () => requestAnimationFrame(tell);
        if (document.readyState === 'complete') draw(); else addEventListener('load', draw);
    });
";

/// What a browser saw in a page.
#[derive(Debug, PartialEq)]
struct Seen {
    ran: Value,
    stopped: Value,
    origin: Value,
}

async fn seen(browser: &Browser) -> Seen {
    let told = wait(Duration::from_secs(10), async || {
        let told = browser.ask(SEEN, Vec::new()).await?;
        told.as_array().cloned()
    });
    let [ran, stopped, origin] =
        <[Value; 3]>::try_from(told.await.expect("a page")).expect("three");
    Seen {
        ran,
        stopped,
        origin,
    }
}

/// A30: forty payloads in each field that people type in, and one that is stored. None becomes anything but text, so
/// that the pages' policy has nothing to stop; and it stands all the same.
#[tokio::test]
async fn nothing_that_is_typed_runs_in_a_browser() {
    let service = Service::start().await;
    let mailbox = Mailbox::new("markup");
    let stored = r#"<script>alert(1)</script>"><img src=x onerror=alert(1)>"#;
    service.add_customer(stored, mailbox.address());
    let browser = Browser::open().await;
    let watch = json!({ "source": WATCH });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", watch)
        .await;
    let nothing = || Seen {
        ran: json!([]),
        stopped: json!([]),
        origin: json!(service.url("")),
    };

    browser.go(&service.url("/otp/admin/login/")).await;
    type_all(&browser, "api_key", &nothing()).await;
    browser.go(&service.url("/otp/request/")).await;
    type_all(&browser, "contact_value", &nothing()).await;
    browser.choose("contact_type", "email").await;
    browser.fill("contact_value", mailbox.address()).await;
    browser.press("Request OTP").await;
    type_all(&browser, "otp_code", &nothing()).await;
    browser.fill("otp_code", mailbox.mail().await.code()).await;
    browser.press("Verify & Login").await;
    browser.until_path("/otp/done/").await;
    assert!(browser.text().await.contains(stored), "shown as it is");
    assert_eq!(seen(&browser).await, nothing());

    // Had it become markup, the policy would have stopped it; and without the policy we would have seen it run.
    let insert = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')";
    browser.script(insert).await;
    let stopped = json!(["script-src-attr"]);
    until_seen(
        &browser,
        &Seen {
            stopped,
            ..nothing()
        },
    )
    .await;
    let bypass = json!({ "enabled": true });
    browser.devtools("Page.setBypassCSP", bypass).await;
    browser.reload().await;
    browser.script(insert).await;
    let ran = json!(["alert"]);
    until_seen(&browser, &Seen { ran, ..nothing() }).await;
    browser.close().await;
    service.stop().await;
}

async fn until_seen(browser: &Browser, expected: &Seen) {
    let came = wait(Duration::from_secs(10), async || {
        (seen(browser).await == *expected).then_some(())
    });
    let came = came.await;
    assert!(
        came.is_some(),
        "{:?}, not {expected:?}",
        seen(browser).await
    );
}

/// Sends forty forms with a payload in this field, each from the answer to the one before.
async fn type_all(browser: &Browser, field: &str, expected: &Seen) {
    for attack in MARKUP {
        let gone = browser.ask(SUBMIT, vec![json!(field), json!(attack)]).await;
        assert_eq!(gone, None);
        assert_eq!(&seen(browser).await, expected, "{attack} in {field}");
    }
}
