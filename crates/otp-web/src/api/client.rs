//! The header `Client-Address`: for whom a program asks.

use std::net::IpAddr;
use std::sync::Arc;

use otp_core::Caller;
use poem::http::{HeaderMap, header};
use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::client_address::ClientAddress;
use crate::problems::Problem;
use crate::site::Site;

const HEADER: &str = "Client-Address";

/// Whose budgets a call is charged to: the address that the holder of a key names, if any.
///
/// A program asks for many people, so its own address has no budget. Who shows no key counts by his own address, and
/// names nobody else's.
pub(super) struct Client(Option<IpAddr>);

impl Client {
    pub(super) fn caller(&self) -> Caller {
        Caller {
            client: self.0,
            device: None,
        }
    }

    fn named(headers: &HeaderMap) -> Result<Option<IpAddr>, Problem> {
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let address = value.to_str().ok().and_then(|text| text.parse().ok());
        match address {
            Some(address) if values.next().is_none() => Ok(Some(address)),
            _ => Err(Problem::invalid_field(
                HEADER,
                "once, with one IPv4 or IPv6 address",
            )),
        }
    }
}

impl<'a> ApiExtractor<'a> for Client {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        let address = |format| {
            let schema = MetaSchema::new_with_format("string", format);
            MetaSchemaRef::Inline(Box::new(schema))
        };
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            any_of: vec![address("ipv4"), address("ipv6")],
            ..MetaSchema::new("string")
        })))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> Result<Self> {
        let named = Self::named(request.headers())?;
        if request.headers().contains_key(header::AUTHORIZATION) {
            return Ok(Self(named));
        }
        let own = <ClientAddress as FromRequest>::from_request(request, body).await?;
        let site = request.data::<Arc<Site>>();
        Ok(Self(site.and_then(|site| site.charged(own))))
    }
}
