//! The file that describes a gateway, from TOML to what is sent.

use std::collections::BTreeMap;
use std::path::Path;

use otp_core::PhoneNumber;
use regex::Regex;
use reqwest::header::HeaderName;
use reqwest::{Client, Method};
use serde::Deserialize;
use toml::Value as Toml;

use super::answer::{Place, Rules, Test};
use super::call::{Body, Call, Fields, Tree};
use super::error::{GatewayError, Problem};
use super::template::{Renderer, Template};
use crate::message::ShortMessage;
use crate::sms::Text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    method: Verb,
    url: String,
    login: Option<Login>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    form: Option<BTreeMap<String, String>>,
    json: Option<toml::Table>,
    #[serde(default)]
    answer: AnswerTable,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    Get,
    Post,
    Put,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    user: String,
    password: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AnswerTable {
    accepted: Vec<u16>,
    accepted_if: Option<Find>,
    temporary: Vec<u16>,
    temporary_if: Option<Find>,
    permanent: Vec<u16>,
    message_id: Option<Find>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Find {
    json: Option<String>,
    header: Option<String>,
    pattern: Option<String>,
    is: Vec<String>,
}

/// Reads the file at `path`, and makes sample requests to see that it can be used.
pub(super) fn read(
    path: &Path,
    values: &BTreeMap<String, String>,
    client: &Client,
) -> Result<(Call, Rules), GatewayError> {
    let text = std::fs::read_to_string(path).map_err(|source| GatewayError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        GatewayError::Form {
            path: path.to_owned(),
            line: before.map_or(0, |before| before.matches('\n').count()) + 1,
            // The error's own `Display` quotes the line, which may hold a secret.
            problem: error.message().to_owned(),
        }
    })?;
    let (call, rules) = understand(file, values).map_err(|problem| problem.of(path))?;
    try_out(&call, client).map_err(|problem| problem.of(path))?;
    Ok((call, rules))
}

fn understand(file: File, values: &BTreeMap<String, String>) -> Result<(Call, Rules), Problem> {
    let template = |key: String, source: &str| Template::parse(key, source, values);
    let fields = |table: &str, fields: BTreeMap<String, String>| -> Result<Fields, Problem> {
        let fields = fields.into_iter().map(|(name, source)| {
            let parsed = template(format!("{table}.{name}"), &source)?;
            Ok((name, parsed))
        });
        fields.collect()
    };
    let url = template("url".to_owned(), &file.url)?;
    if url.names("text") {
        return Err(
            url.problem("the text goes into [query], [form] or [json], where it is encoded")
        );
    }
    if matches!(file.method, Verb::Get) && (file.form.is_some() || file.json.is_some()) {
        return Err(Problem::new(
            "method",
            "GET has no body; use [query], or POST",
        ));
    }
    let body = match (file.form, file.json) {
        (None, None) => Body::Nothing,
        (Some(form), None) => Body::Form(fields("form", form)?),
        (None, Some(json)) => Body::Json(tree("json", Toml::Table(json), &template)?),
        (Some(_), Some(_)) => {
            return Err(Problem::new(
                "json",
                "a request has [form] or [json], not both",
            ));
        }
    };
    let login = file.login.map(|login| {
        let user = template("login.user".to_owned(), &login.user)?;
        Ok((
            user,
            template("login.password".to_owned(), &login.password)?,
        ))
    });
    let headers = fields("headers", file.headers)?
        .into_iter()
        .map(|(name, template)| {
            let name = HeaderName::try_from(name);
            let name = name.map_err(|_| template.problem("this is no name of a header"))?;
            Ok((name, template))
        });
    let call = Call {
        renderer: Renderer::new(values),
        method: match file.method {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
        },
        url,
        login: login.transpose()?,
        headers: headers.collect::<Result<_, _>>()?,
        query: fields("query", file.query)?,
        body,
    };
    Ok((call, rules(file.answer)?))
}

fn tree(
    key: &str,
    value: Toml,
    template: &dyn Fn(String, &str) -> Result<Template, Problem>,
) -> Result<Tree, Problem> {
    Ok(match value {
        Toml::String(source) => Tree::Text(template(key.to_owned(), &source)?),
        Toml::Integer(number) => Tree::Plain(number.into()),
        Toml::Float(number) => Tree::Plain(number.into()),
        Toml::Boolean(truth) => Tree::Plain(truth.into()),
        Toml::Datetime(_) => return Err(Problem::new(key, "JSON has no dates; write a text")),
        Toml::Array(items) => {
            let items = items.into_iter().enumerate();
            let trees = items.map(|(at, item)| tree(&format!("{key}.{at}"), item, template));
            Tree::List(trees.collect::<Result<_, _>>()?)
        }
        Toml::Table(members) => {
            let trees = members.into_iter().map(|(name, member)| {
                let tree = tree(&format!("{key}.{name}"), member, template)?;
                Ok((name, tree))
            });
            Tree::Object(trees.collect::<Result<_, _>>()?)
        }
    })
}

/// Makes requests for made-up messages of both alphabets, and sees that number and code are in them.
fn try_out(call: &Call, client: &Client) -> Result<(), Problem> {
    let to = PhoneNumber::parse("+919876543210");
    let to = &to.map_err(|error| Problem::new("url", error.to_string()))?;
    for text in [
        "Your code: 123456\n\n@example.com #123456",
        "आपका कोड: 123456",
    ] {
        let message = &ShortMessage::new(text);
        let id = "0197c000-0000-7000-8000-000000000007";
        let request = call.request(client, Text { message, to, id })?;
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let body = String::from_utf8_lossy(body.unwrap_or_default());
        let holds = |part| request.url().as_str().contains(part) || body.contains(part);
        for (name, part) in [("text", "123456"), ("to", "919876543210")] {
            if !holds(part) {
                let problem = format!("nothing in [query], [form] or [json] names {name}");
                return Err(Problem::new(name, problem));
            }
        }
    }
    Ok(())
}

fn rules(table: AnswerTable) -> Result<Rules, Problem> {
    let statuses = [
        ("answer.accepted", &table.accepted),
        ("answer.temporary", &table.temporary),
        ("answer.permanent", &table.permanent),
    ];
    for (key, statuses) in statuses {
        if statuses.iter().any(|status| !(100..1000).contains(status)) {
            return Err(Problem::new(key, "a status has three digits"));
        }
    }
    let message_id = table.message_id.map(|find| {
        if find.is.is_empty() {
            place("answer.message_id", find)
        } else {
            Err(Problem::new("answer.message_id.is", "any id will do"))
        }
    });
    Ok(Rules {
        accepted: table.accepted,
        accepted_if: test("answer.accepted_if", table.accepted_if)?,
        temporary: table.temporary,
        temporary_if: test("answer.temporary_if", table.temporary_if)?,
        permanent: table.permanent,
        message_id: message_id.transpose()?,
    })
}

fn test(key: &str, find: Option<Find>) -> Result<Option<Test>, Problem> {
    let Some(mut find) = find else {
        return Ok(None);
    };
    let is = std::mem::take(&mut find.is);
    if is.is_empty() {
        return Err(Problem::new(
            format!("{key}.is"),
            "list the texts that it may be",
        ));
    }
    let place = place(key, find)?;
    Ok(Some(Test { place, is }))
}

fn place(key: &str, find: Find) -> Result<Place, Problem> {
    match (find.json, find.header, find.pattern) {
        (Some(pointer), None, None) if pointer.starts_with('/') => Ok(Place::Json(pointer)),
        (Some(_), None, None) => Err(Problem::new(
            format!("{key}.json"),
            "expected a JSON pointer, like /messages/0/status",
        )),
        (None, Some(name), None) => HeaderName::try_from(name)
            .map(Place::Header)
            .map_err(|_| Problem::new(format!("{key}.header"), "this is no name of a header")),
        (None, None, Some(pattern)) => match Regex::new(&pattern) {
            Ok(pattern) if pattern.captures_len() == 2 => Ok(Place::Pattern(pattern)),
            _ => Err(Problem::new(
                format!("{key}.pattern"),
                "expected a regular expression with one group",
            )),
        },
        _ => Err(Problem::new(
            key,
            "expected one of json, header and pattern",
        )),
    }
}
