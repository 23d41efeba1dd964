//! Files that cannot be used: each is refused at the start, with its name and its key.

use super::*;

const GOOD: &str = "method = 'POST'\nurl = 'https://gateway.example/sms'\n[form]\nto = '{{ to }}'\ntext = '{{ text }}'\n";

/// What is said of a file with `text`, without the folder.
fn opened(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, text).expect("a file");
    let values = [("token".to_owned(), "hunter2".to_owned())];
    let opened = Gateway::open(&path, &values.into());
    let folder = format!("{}/", folder.path().display());
    opened
        .map(|_| ())
        .map_err(|error| error.to_string().replace(&folder, ""))
}

#[test]
fn a_file_that_would_send_no_code_or_to_nobody_is_refused() {
    for (from, to, says) in [
        (
            "{{ to }}",
            "somebody",
            "mine.toml: to: nothing in [query], [form] or [json] names to",
        ),
        (
            "{{ text }}",
            "a code",
            "mine.toml: text: nothing in [query], [form] or [json] names text",
        ),
        (
            "'POST'",
            "'GET'",
            "mine.toml: method: GET has no body; use [query], or POST",
        ),
    ] {
        let refused = opened(&GOOD.replace(from, to));
        assert_eq!(refused, Err(says.to_owned()), "{to}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_its_key() {
    assert_eq!(opened(GOOD), Ok(()));
    for (from, to, says) in [
        (
            "method = 'POST'\n",
            "",
            "mine.toml line 1: missing field `method`",
        ),
        (
            "'POST'",
            "'DELETE'",
            "mine.toml line 1: unknown variant `DELETE`, expected one of `GET`, `POST`, `PUT`",
        ),
        ("method", "metod", "mine.toml line 1: unknown field `metod`"),
        ("[form]", "[from]", "mine.toml line 3: unknown field `from`"),
        ("to = '{{ to }}'", "to = ", "mine.toml line 4: "),
        ("{{ to }}", "{{ to", "mine.toml: form.to: syntax error"),
        (
            "{{ to }}",
            "{{ number }}",
            "mine.toml: form.to: there is no number; a template may name to, to_digits, text, id, is_gsm and values.<name>",
        ),
        (
            "{{ to }}",
            "{{ values.account }}",
            "mine.toml: form.to: values.account is not set; set sms.values.account (OTP_SMS__VALUES__ACCOUNT)",
        ),
        (
            "https:",
            "ftp:",
            "mine.toml: url: expected an http or https address without a login; see [login]",
        ),
        (
            "https://",
            "https://ada:hunter2@",
            "mine.toml: url: expected an http or https address without a login; see [login]",
        ),
        (
            "/sms'",
            "/{{ text }}'",
            "mine.toml: url: the text goes into [query], [form] or [json]",
        ),
        (
            "[form]",
            "[headers]\nx-text = '{{ text }}'\n[form]",
            "mine.toml: headers.x-text: a header holds visible characters of one line",
        ),
        (
            "[form]",
            "[headers]\n'a b' = 'c'\n[form]",
            "mine.toml: headers.a b: this is no name of a header",
        ),
        (
            "[form]",
            "[json]\nwhen = 2026-01-01\n[form]",
            "mine.toml: json: a request has [form] or [json], not both",
        ),
        (
            "[form]",
            "[answer]\naccepted = [20]\n[form]",
            "mine.toml: answer.accepted: a status has three digits",
        ),
        (
            "[form]",
            "[answer]\naccepted_if = { json = '/a' }\n[form]",
            "mine.toml: answer.accepted_if.is: list the texts that it may be",
        ),
        (
            "[form]",
            "[answer]\naccepted_if = { is = ['a'] }\n[form]",
            "mine.toml: answer.accepted_if: expected one of json, header and pattern",
        ),
        (
            "[form]",
            "[answer]\nmessage_id = { json = 'a' }\n[form]",
            "mine.toml: answer.message_id.json: expected a JSON pointer, like /messages/0/status",
        ),
        (
            "[form]",
            "[answer]\nmessage_id = { pattern = 'a(' }\n[form]",
            "mine.toml: answer.message_id.pattern: expected a regular expression with one group",
        ),
        (
            "[form]",
            "[answer]\nmessage_id = { json = '/a', is = ['b'] }\n[form]",
            "mine.toml: answer.message_id.is: any id will do",
        ),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        let said = opened(&text).expect_err(&text);
        assert!(said.starts_with(says), "{said}\n{says}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = Gateway::open(Path::new("no/such.toml"), &BTreeMap::new());
    let said = missing.map(|_| ()).expect_err("an error").to_string();
    assert_eq!(said, "cannot read no/such.toml");
}

#[tokio::test]
async fn texts_stay_in_their_field() {
    let server = Server::start(Answers::With(200, "ID: x7 OK")).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    let file = "method = 'POST'\nurl = 'URL/{{ to_digits }}'\n[query]\na = '{{ text }}'\nempty = ''\n\
                [json]\nb = { c = ['{{ text }}', 1, true] }\n\
                [answer]\nmessage_id = { pattern = 'ID: (\\w+)' }\n";
    std::fs::write(&path, file.replace("URL", &server.url())).expect("a file");
    let gateway = Gateway::open(&path, &BTreeMap::new()).expect("a gateway");
    let text = "\"}],&b=2\r\nX: y #{{ values }}%26";
    assert_eq!(came(send(&gateway, text).await), sent("x7"));
    let request = server.request();
    assert!(
        request.starts_with(
            "POST /919876543210?a=%22%7D%5D%2C%26b%3D2%0D%0AX%3A+y+%23%7B%7B+values+%7D%7D%2526 HTTP/1.1\r\n"
        ),
        "{request}"
    );
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    assert_eq!(
        body,
        r#"{"b":{"c":["\"}],&b=2\r\nX: y #{{ values }}%26",1,true]}}"#
    );
}
