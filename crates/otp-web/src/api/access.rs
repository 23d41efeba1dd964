//! Who calls: the API key, checked before anything else of a request is looked at.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::http::HeaderMap;
use poem::web::headers::HeaderMapExt as _;
use poem::web::headers::authorization::{Authorization, Bearer};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::problems::Problem;
use crate::site::{ApiAccess, Site};

const SCHEME: &str = "api_key";

/// Somebody who may call. Every call takes one as its first argument.
pub(super) struct Caller {
    /// Names the caller apart from others; says nothing of the key.
    pub(super) scope: String,
}

impl Caller {
    fn admit(access: &ApiAccess, headers: &HeaderMap) -> Option<Self> {
        let keys = match access {
            ApiAccess::Open => {
                return Some(Self {
                    scope: "open".to_owned(),
                });
            }
            ApiAccess::Keys(keys) => keys,
        };
        let shown = headers.typed_get::<Authorization<Bearer>>()?;
        let digest = Sha256::digest(shown.token());
        // Every key is compared, whichever matches: the time says nothing of the keys.
        let known = keys.iter().fold(Choice::from(0), |known, key| {
            known | key.as_slice().ct_eq(digest.as_slice())
        });
        bool::from(known).then(|| Self {
            scope: URL_SAFE_NO_PAD.encode(digest),
        })
    }
}

/// Says whether a request outside the API shows what the API asks for.
pub(crate) fn is_admitted(site: &Site, headers: &HeaderMap) -> bool {
    Caller::admit(&site.api_access, headers).is_some()
}

impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "One of the keys in `api.keys`. In development without keys nobody is asked.",
                ),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: None,
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let site = request.data::<Arc<Site>>();
        let caller = site.and_then(|site| Self::admit(&site.api_access, request.headers()));
        caller.ok_or_else(|| Problem::unauthorized().into())
    }
}
