//! The description, the page to try it on, and the pages that explain the problems.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use poem::http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::bodies::sorted;
use crate::desk;

const PROBLEMS: [&str; 11] = [
    "invalid-contact",
    "wrong-code",
    "otp-not-usable",
    "too-many-requests",
    "unauthorized",
    "forbidden",
    "invalid-request",
    "not-found",
    "method-not-allowed",
    "unavailable",
    "internal-error",
];

#[tokio::test]
async fn the_description_is_as_agreed() {
    let desk = desk::open().await;
    let answer = desk.get("/openapi.json").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let mut description = answer.json();
    description["info"]["version"] = json!("(the release)");
    assert_snapshot!("openapi", sorted(&description));
}

#[tokio::test]
async fn every_reference_in_the_description_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let description = desk::open().await.get("/openapi.json").await.json();
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_examples_of_the_description_are_taken() {
    let desk = desk::open().await;
    let description = desk.get("/openapi.json").await.json();
    let example = |name: &str| description["components"]["schemas"][name]["example"].clone();
    let answer = desk.post("/api/v1/otps", &example("NewOtp")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let of_an_answer: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    let of_the_example: Vec<String> = example("Otp")
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(of_an_answer, of_the_example);
    for (path, name) in [
        (desk::verify(answer.id()), "PresentedCode"),
        ("/api/v1/verify".to_owned(), "PresentedByContact"),
    ] {
        desk.post(&path, &example(name))
            .await
            .is_problem(422, "wrong-code");
    }
}

#[tokio::test]
async fn the_page_to_try_it_on_runs_its_own_scripts_and_nothing_else() {
    let desk = desk::open().await;
    let answer = desk.get("/docs").await;
    assert_eq!(answer.status, 200);
    let policies: Vec<_> = answer
        .headers
        .get_all("content-security-policy")
        .iter()
        .collect();
    let [policy] = policies[..] else {
        panic!("one policy: {policies:?}")
    };
    let policy = policy.to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    let scripts: Vec<&str> = answer.text.split("<script").skip(1).collect();
    let own = scripts.last().unwrap().split_once('>').unwrap().1;
    let own = own.split_once("</script>").unwrap().0;
    assert!(own.contains("SwaggerUIBundle("));
    let digest = STANDARD.encode(Sha256::digest(own));
    assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    let loads = ["src=\"http", "src=\"//", "<link", "@import"];
    assert!(loads.iter().all(|load| !answer.text.contains(load)));
}

#[tokio::test]
async fn every_problem_has_a_page() {
    let desk = desk::open().await;
    for name in PROBLEMS {
        let page = desk.get(&format!("/problems/{name}")).await;
        assert_eq!(page.status, 200, "{name}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.text.contains(&format!("<h1>{name}</h1>")),
            "{name}: {}",
            page.text
        );
        assert!(page.text.contains("How to fix it"), "{name}");
    }
    for unknown in [
        "nothing",
        "wrong-code.md",
        "..%2Fhttp-api",
        "%00",
        "Wrong-Code",
    ] {
        assert_eq!(
            desk.get(&format!("/problems/{unknown}")).await.status,
            404,
            "{unknown}"
        );
    }
    let posted = desk::request(Method::POST, "/problems/wrong-code").finish();
    let answer = desk.send(posted).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn the_description_names_no_problem_without_a_page() {
    let description = desk::open().await.get("/openapi.json").await.text;
    let mut named: Vec<&str> = description
        .split('`')
        .filter(|word| {
            word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    assert!(named.len() >= 6, "{named:?}");
    assert!(
        named.iter().all(|name| PROBLEMS.contains(name)),
        "{named:?}"
    );
}
