//! The API key of a call, checked before anything else of a request is looked at.

use std::marker::PhantomData;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use otp_storage::KeyIdentity;
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::documented::Call;
use crate::access;
use crate::problems::Problem;
use crate::site::Site;

const SCHEME: &str = "api_key";

/// Somebody who may make a call of the kind `C`. Every call takes one as its first argument.
pub(super) struct Caller<C> {
    /// Names the caller apart from others; says nothing of a key's secret.
    pub(super) name: String,
    kind: PhantomData<C>,
}

impl<C> From<access::Caller> for Caller<C> {
    fn from(caller: access::Caller) -> Self {
        let name = match caller {
            access::Caller::Anybody => "open".to_owned(),
            access::Caller::Holder(KeyIdentity::Stored(id)) => format!("key:{id}"),
            access::Caller::Holder(KeyIdentity::Configured(digest)) => {
                URL_SAFE_NO_PAD.encode(digest)
            }
        };
        Self {
            name,
            kind: PhantomData,
        }
    }
}

impl<'a, C: Call> ApiExtractor<'a> for Caller<C> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "A key that `otp api-key create` made, or one of `api.keys`. \
                     In development without configured keys nobody needs one.",
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
        let site = request
            .data::<Arc<Site>>()
            .ok_or_else(Problem::unauthorized)?;
        let caller = access::admit(site, request.headers(), C::SCOPES).await?;
        Ok(caller.into())
    }
}
