//! The templates in the file of a gateway: minijinja over what is known of a message.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::error::Problem;
use crate::sms::Text;

/// What a template may name besides `values`.
const NAMES: [&str; 5] = ["to", "to_digits", "text", "id", "is_gsm"];

/// One template that is known to parse and to name only what there is.
#[derive(Clone)]
pub(super) struct Template {
    key: String,
    source: String,
}

/// What templates are rendered with.
pub(super) struct Renderer {
    environment: Environment<'static>,
    values: Value,
}

impl Template {
    /// Checks the text under `key`.
    pub(super) fn parse(
        key: impl Into<String>,
        source: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let key = key.into();
        let environment = Environment::new();
        let template = match environment.template_from_str(source) {
            Ok(template) => template,
            // The error's own `Display` may quote the line.
            Err(error) => return Err(Problem::new(key, error.kind().to_string())),
        };
        for name in template.undeclared_variables(true) {
            let problem = match name.strip_prefix("values.") {
                _ if NAMES.contains(&name.as_str()) => continue,
                Some(value) if values.contains_key(value) => continue,
                Some(value) => format!(
                    "{name} is not set; set sms.{name} (OTP_SMS__VALUES__{})",
                    value.to_ascii_uppercase()
                ),
                None => format!(
                    "there is no {name}; a template may name {} and values.<name>",
                    NAMES.join(", ")
                ),
            };
            return Err(Problem::new(key, problem));
        }
        Ok(Self {
            key,
            source: source.to_owned(),
        })
    }

    /// Says whether it names `name`.
    pub(super) fn names(&self, name: &str) -> bool {
        let environment = Environment::new();
        let template = environment.template_from_str(&self.source);
        template.is_ok_and(|template| template.undeclared_variables(false).contains(name))
    }

    pub(super) fn problem(&self, problem: impl Into<String>) -> Problem {
        Problem::new(self.key.clone(), problem)
    }
}

impl Renderer {
    pub(super) fn new(values: &BTreeMap<String, String>) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        Self {
            environment,
            values: Value::from_serialize(values),
        }
    }

    /// Returns what templates know of a message.
    pub(super) fn about(&self, text: Text<'_>) -> Value {
        let to = text.to.as_str();
        context! {
            to,
            to_digits => to.trim_start_matches('+'),
            text => text.message.as_str(),
            id => text.id,
            is_gsm => text.message.is_gsm(),
            values => self.values,
        }
    }

    pub(super) fn render(&self, template: &Template, about: &Value) -> Result<String, Problem> {
        let rendered = self.environment.render_str(&template.source, about);
        rendered.map_err(|error| template.problem(error.kind().to_string()))
    }
}
