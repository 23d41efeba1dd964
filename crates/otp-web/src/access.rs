//! Who calls: the API key, configured or stored, and what it may do.

use otp_core::StoreError;
use otp_storage::{ApiKey, KeyIdentity, Scope, Scopes};
use poem::http::{HeaderMap, header};
use poem::web::headers::HeaderMapExt as _;
use poem::web::headers::authorization::{Authorization, Bearer};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::api_key::ApiToken;
use crate::problems::Problem;
use crate::site::{ApiAccess, Site};

/// Who calls.
pub(crate) enum Caller {
    /// Somebody without a key, where none is asked for.
    Anybody,
    /// The holder of a key.
    Holder(KeyIdentity),
}

/// A key that is good, and what it may do.
pub(crate) struct Known {
    pub(crate) identity: KeyIdentity,
    pub(crate) scopes: Scopes,
}

/// Admits whoever may do any one of `wanted`.
///
/// # Errors
/// `unauthorized` without a good key, `forbidden` when the key lacks the scope, or the store's failure.
pub(crate) async fn admit(
    site: &Site,
    headers: &HeaderMap,
    wanted: &[Scope],
) -> Result<Caller, Problem> {
    let is_open = matches!(site.api_access, ApiAccess::Open);
    if is_open && !headers.contains_key(header::AUTHORIZATION) {
        return Ok(Caller::Anybody);
    }
    let shown = headers.typed_get::<Authorization<Bearer>>();
    let shown = shown.ok_or_else(Problem::unauthorized)?;
    let known = find(site, shown.token()).await?;
    let known = known.ok_or_else(Problem::unauthorized)?;
    if known.scopes.allow(wanted) {
        Ok(Caller::Holder(known.identity))
    } else {
        Err(Problem::forbidden(wanted))
    }
}

/// Finds the key that was shown, asking the store each time: a revoked key opens nothing from then on.
///
/// # Errors
/// [`StoreError`]; a key that is unknown or revoked is `Ok(None)`.
pub(crate) async fn find(site: &Site, shown: &str) -> Result<Option<Known>, StoreError> {
    let digest: [u8; 32] = Sha256::digest(shown).into();
    if is_configured(&site.api_access, &digest) {
        return Ok(Some(Known {
            identity: KeyIdentity::Configured(digest),
            scopes: Scopes::all(),
        }));
    }
    let Some(token) = ApiToken::parse(shown) else {
        return Ok(None);
    };
    let keys = site.database.api_keys();
    let Some(key) = judge(keys.find(token.id()).await?, &token.digest()) else {
        return Ok(None);
    };
    keys.touch(&key.id, site.clock.now()).await?;
    Ok(Some(Known {
        identity: KeyIdentity::Stored(key.id),
        scopes: key.scopes,
    }))
}

/// Says whether a key of this digest stands in the configuration.
///
/// Every key is compared, whichever matches: the time says nothing of the keys.
pub(crate) fn is_configured(access: &ApiAccess, digest: &[u8; 32]) -> bool {
    let keys = match access {
        ApiAccess::Open => return false,
        ApiAccess::Keys(keys) => keys,
    };
    let known = keys.iter().fold(Choice::from(0), |known, key| {
        known | key.as_slice().ct_eq(digest.as_slice())
    });
    known.into()
}

/// Returns the key if the secret is its own and it is not revoked. An unknown id is compared as well, with nothing.
fn judge(found: Option<ApiKey>, digest: &[u8; 32]) -> Option<ApiKey> {
    let expected = found.as_ref().map_or([0; 32], |key| key.digest);
    let is_right: bool = expected.as_slice().ct_eq(digest.as_slice()).into();
    found.filter(|key| is_right && key.revoked_at.is_none())
}
