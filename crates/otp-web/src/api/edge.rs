//! The edge of the API: whatever a call ends with leaves here as an answer.

use std::sync::Arc;

use poem::http::Method;
use poem::{Endpoint, EndpointExt as _, IntoResponse as _, PathPattern};
use poem_openapi::OpenApi;

use super::Api;
use crate::problems;
use crate::site::Site;

/// Answers errors of `calls` as problems, and logs failures once.
pub(super) fn answering(calls: impl Endpoint + 'static, site: Arc<Site>) -> impl Endpoint {
    let addresses = Arc::new(Addresses::of_the_api());
    calls.around(move |calls, request| {
        let (site, addresses) = (site.clone(), addresses.clone());
        async move {
            let path = request.uri().path().to_owned();
            Ok(match calls.call(request).await {
                Ok(answer) => answer.into_response(),
                Err(error) => {
                    let route = error.data::<PathPattern>().cloned();
                    let mut answer = problems::from_poem_error(error, &addresses.methods(&path))
                        .logged()
                        .response(&site.public_url);
                    // Else the log could not tell a refused verify from a refused issue.
                    if let Some(route) = route {
                        answer.set_data(route);
                    }
                    answer
                }
            })
        }
    })
}

/// The addresses of the API and the methods they take: poem does not tell them with its 405.
struct Addresses(Vec<(String, Vec<Method>)>);

impl Addresses {
    fn of_the_api() -> Self {
        let paths = Api::meta().into_iter().flat_map(|api| api.paths);
        let each = paths.map(|path| {
            let mut methods: Vec<Method> = path
                .operations
                .into_iter()
                .map(|operation| operation.method)
                .collect();
            if methods.contains(&Method::GET) {
                methods.push(Method::HEAD);
            }
            (format!("/v1{}", path.path), methods)
        });
        Self(each.collect())
    }

    fn methods(&self, path: &str) -> Vec<Method> {
        let meant = self.0.iter().find(|(pattern, _)| is_of(pattern, path));
        meant
            .map(|(_, methods)| methods.clone())
            .unwrap_or_default()
    }
}

/// Says whether `path` is of the form of `pattern`, such as `/v1/otps/{id}`.
fn is_of(pattern: &str, path: &str) -> bool {
    let mut given = path.split('/');
    let all_fit = pattern.split('/').all(|expected| {
        given
            .next()
            .is_some_and(|part| expected.starts_with('{') || expected == part)
    });
    all_fit && given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_every_part_of_it() {
        let pattern = "/v1/otps/{id}/verify";
        assert!(is_of(pattern, "/v1/otps/x/verify"));
        for other in [
            "/v1/otps/x/resend",
            "/v1/pots/x/verify",
            "/v1/otps/x",
            "/v1/otps/x/verify/",
            "v1/otps/x/verify",
            "",
        ] {
            assert!(!is_of(pattern, other), "{other}");
        }
    }
}
