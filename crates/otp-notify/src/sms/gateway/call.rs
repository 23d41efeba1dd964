//! The request that hands a message to a gateway.

use minijinja::Value;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use serde_json::Value as Json;

use super::error::Problem;
use super::template::{Renderer, Template};
use crate::sms::Text;

/// Names and templates, in the order of the names.
pub(super) type Fields = Vec<(String, Template)>;

/// How a gateway is called. Whatever a template makes is encoded for its place: nothing can leave it.
pub(super) struct Call {
    pub(super) renderer: Renderer,
    pub(super) method: Method,
    pub(super) url: Template,
    pub(super) login: Option<(Template, Template)>,
    pub(super) headers: Vec<(HeaderName, Template)>,
    pub(super) query: Fields,
    pub(super) body: Body,
}

/// What is sent behind the head of the request.
pub(super) enum Body {
    Nothing,
    Form(Fields),
    Json(Tree),
}

/// A JSON document whose texts are templates.
pub(super) enum Tree {
    Text(Template),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
    /// A number or a truth, as it is.
    Plain(Json),
}

impl Call {
    /// Makes the request for one message.
    pub(super) fn request(&self, client: &Client, text: Text<'_>) -> Result<Request, Problem> {
        let about = self.renderer.about(text);
        let render = |template: &Template| self.renderer.render(template, &about);
        let url = render(&self.url)?;
        let url = Url::parse(&url).ok().filter(is_plain);
        let url = url.ok_or_else(|| {
            let allowed = "expected an http or https address without a login; see [login]";
            self.url.problem(allowed)
        })?;
        let mut headers = HeaderMap::new();
        for (name, template) in &self.headers {
            let mut value = HeaderValue::try_from(render(template)?)
                .map_err(|_| template.problem("a header holds visible characters of one line"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mut request = client.request(self.method.clone(), url).headers(headers);
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(render(user)?, Some(render(password)?));
        }
        if !self.query.is_empty() {
            request = request.query(&self.filled(&self.query, &about)?);
        }
        request = match &self.body {
            Body::Nothing => request,
            Body::Form(fields) => request.form(&self.filled(fields, &about)?),
            Body::Json(tree) => request.json(&self.grown(tree, &about)?),
        };
        request.build().map_err(|error| {
            let why = error.without_url().to_string();
            Problem::new("url", why)
        })
    }

    /// Renders fields; those that come out empty are left out.
    fn filled<'a>(
        &self,
        fields: &'a Fields,
        about: &Value,
    ) -> Result<Vec<(&'a str, String)>, Problem> {
        let rendered = fields.iter().map(|(name, template)| {
            let text = self.renderer.render(template, about)?;
            Ok((name.as_str(), text))
        });
        let mut filled = rendered.collect::<Result<Vec<_>, _>>()?;
        filled.retain(|(_, text)| !text.is_empty());
        Ok(filled)
    }

    fn grown(&self, tree: &Tree, about: &Value) -> Result<Json, Problem> {
        Ok(match tree {
            Tree::Text(template) => Json::String(self.renderer.render(template, about)?),
            Tree::List(items) => {
                let items = items.iter().map(|item| self.grown(item, about));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Tree::Object(members) => {
                let members = members.iter();
                let grown =
                    members.map(|(name, tree)| Ok((name.clone(), self.grown(tree, about)?)));
                Json::Object(grown.collect::<Result<_, _>>()?)
            }
            Tree::Plain(value) => value.clone(),
        })
    }
}

fn is_plain(url: &Url) -> bool {
    let has_login = !url.username().is_empty() || url.password().is_some();
    matches!(url.scheme(), "http" | "https") && !has_login
}
