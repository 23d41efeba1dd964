//! Which problems each call may answer with: what the OpenAPI document promises.

use std::marker::PhantomData;

use otp_storage::Scope;
use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type as _;

use crate::problems::{self, Problem, ProblemBody};

/// A problem as the answer of a call of the kind `C`.
pub(super) struct Refused<C>(Problem, PhantomData<C>);

/// A kind of call, by who may make it and the problems that it may answer with.
pub(super) trait Call {
    /// Any one of these admits.
    const SCOPES: &'static [Scope];
    const PROBLEMS: &'static [Documented];
}

/// Calls that issue.
pub(super) struct Issuing;
/// Calls that only read.
pub(super) struct Reading;
/// Calls that check a code.
pub(super) struct Verifying;
/// Calls that send again.
pub(super) struct Resending;
/// Calls that revoke.
pub(super) struct Revoking;
/// Calls that read the statistics.
pub(super) struct Counting;

impl Call for Issuing {
    const SCOPES: &'static [Scope] = &[Scope::Issue];
    const PROBLEMS: &'static [Documented] = &[
        MALFORMED,
        NO_KEY,
        NO_SCOPE,
        TOO_LARGE,
        NOT_JSON,
        NO_CONTACT,
        UNAVAILABLE,
        FAILED,
    ];
}

impl Call for Reading {
    const SCOPES: &'static [Scope] = &[Scope::Issue, Scope::Verify];
    const PROBLEMS: &'static [Documented] = &[NO_KEY, NO_SCOPE, NOT_USABLE, UNAVAILABLE, FAILED];
}

impl Call for Verifying {
    const SCOPES: &'static [Scope] = &[Scope::Verify];
    const PROBLEMS: &'static [Documented] = &[
        MALFORMED,
        NO_KEY,
        NO_SCOPE,
        NOT_USABLE,
        TOO_LARGE,
        NOT_JSON,
        WRONG_CODE,
        UNAVAILABLE,
        FAILED,
    ];
}

impl Call for Resending {
    const SCOPES: &'static [Scope] = &[Scope::Issue];
    const PROBLEMS: &'static [Documented] = &[
        UNLIKE_DESCRIBED,
        NO_KEY,
        NO_SCOPE,
        NOT_USABLE,
        TOO_EARLY,
        UNAVAILABLE,
        FAILED,
    ];
}

impl Call for Revoking {
    const SCOPES: &'static [Scope] = &[Scope::Issue];
    const PROBLEMS: &'static [Documented] = &[NO_KEY, NO_SCOPE, UNAVAILABLE, FAILED];
}

impl Call for Counting {
    const SCOPES: &'static [Scope] = &[Scope::Stats];
    const PROBLEMS: &'static [Documented] =
        &[UNLIKE_DESCRIBED, NO_KEY, NO_SCOPE, UNAVAILABLE, FAILED];
}

/// A status, what it means, and the header it comes with.
pub(super) struct Documented {
    status: u16,
    description: &'static str,
    header: Option<(&'static str, &'static str)>,
}

const fn documented(status: u16, description: &'static str) -> Documented {
    Documented {
        status,
        description,
        header: None,
    }
}

const MALFORMED: Documented = documented(
    400,
    "`invalid-request`: a field is not as described, and `field` names it. Nothing was stored or charged.",
);
const UNLIKE_DESCRIBED: Documented = documented(
    400,
    "`invalid-request`: a parameter is not as described, and `field` names it.",
);
const NO_KEY: Documented = Documented {
    header: Some(("WWW-Authenticate", "`Bearer`.")),
    ..documented(401, "`unauthorized`: the API key is missing or unknown.")
};
const NO_SCOPE: Documented = documented(
    403,
    "`forbidden`: the API key has other scopes than this call takes.",
);
const NOT_USABLE: Documented = documented(
    410,
    "`otp-not-usable`: unknown, expired, used, revoked or out of attempts; one answer for all.",
);
const TOO_LARGE: Documented = documented(413, "`invalid-request`: the body is above 8 KiB.");
const NOT_JSON: Documented = documented(
    415,
    "`invalid-request`: the body is not `application/json`.",
);
const NO_CONTACT: Documented = documented(
    422,
    "`invalid-contact`: no code can be sent to this address or number.",
);
const WRONG_CODE: Documented = documented(
    422,
    "`wrong-code`: an attempt was charged, and `attempts_left` says how many are left. \
     Also `invalid-contact`, where a contact is given.",
);
const TOO_EARLY: Documented = Documented {
    header: Some(("Retry-After", "Seconds to wait, rounded up.")),
    ..documented(
        429,
        "`too-many-requests`: the message may be sent again at `retry_at`.",
    )
};
const UNAVAILABLE: Documented = Documented {
    header: Some(("Retry-After", "Seconds to wait.")),
    ..documented(
        503,
        "`unavailable`: the store cannot be reached; try again. Whether the request took effect is unknown.",
    )
};
const FAILED: Documented = documented(500, "`internal-error`: trying again does not help.");

impl<C: Call> ApiResponse for Refused<C> {
    fn meta() -> MetaResponses {
        let responses = C::PROBLEMS.iter().map(Documented::meta).collect();
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        ProblemBody::register(registry);
    }
}

impl Documented {
    fn meta(&self) -> MetaResponse {
        let header = self.header.map(|(name, description)| MetaHeader {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            required: true,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        });
        MetaResponse {
            description: self.description,
            status: Some(self.status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: problems::MEDIA_TYPE,
                schema: ProblemBody::schema_ref(),
            }],
            headers: header.into_iter().collect(),
        }
    }
}

impl<C> From<Problem> for Refused<C> {
    fn from(problem: Problem) -> Self {
        Self(problem, PhantomData)
    }
}

impl<C> From<Refused<C>> for poem::Error {
    fn from(refused: Refused<C>) -> Self {
        refused.0.into()
    }
}
