//! Style, script and mark: embedded, and cached for as long as their address is right.

use std::sync::LazyLock;

use poem::error::NotFoundError;
use poem::http::header;
use poem::web::Path;
use poem::{IntoResponse as _, Request, Response, handler};
use sha2::{Digest as _, Sha256};

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset {
        name: "otp.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../static/otp.css"),
    },
    Asset {
        name: "otp.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../static/otp.js"),
    },
    Asset {
        name: "sms.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../static/sms.js"),
    },
    Asset {
        name: "mark.svg",
        media_type: "image/svg+xml",
        bytes: include_bytes!("../static/mark.svg"),
    },
];

/// Names the content of all assets: a new release has new addresses.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in &ASSETS {
        hash.update(asset.bytes);
    }
    let start = hash.finalize().first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(start))
});

#[handler]
pub(super) fn serve(Path(name): Path<String>, request: &Request) -> poem::Result<Response> {
    let asset = ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .ok_or(NotFoundError)?;
    let is_current = request
        .uri()
        .query()
        .and_then(|query| query.strip_prefix("v="))
        == Some(VERSION.as_str());
    // An address of another release may not freeze this release's content.
    let caching = if is_current {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    Ok(asset
        .bytes
        .with_header(header::CACHE_CONTROL, caching)
        .with_content_type(asset.media_type)
        .into_response())
}
