//! Whatever bytes arrive, nothing panics and nothing breaks its promise.
//!
//! One program for all targets, since linking is most of what building it takes; `OTP_FUZZ_TARGET` names the one to run.
//! `cargo xtask fuzz` builds it with libFuzzer's instrumentation and runs each target over its folder in `corpus/`.

#![no_main]

#[allow(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "../../otp-web/tests/pages/house.rs"]
mod house;
mod texts;
mod web;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// Each is called with bytes; it panics when a promise is broken.
const TARGETS: [(&str, fn(&[u8])); 10] = [
    ("address", |bytes| text(bytes, texts::address)),
    ("phone", |bytes| text(bytes, texts::phone)),
    ("code", |bytes| text(bytes, texts::code)),
    ("names", |bytes| text(bytes, texts::names)),
    ("forwarded", texts::forwarded),
    ("json", web::json),
    ("form", web::form),
    ("cookie", web::cookie),
    ("header", web::header),
    ("query", |bytes| text(bytes, web::query)),
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("OTP_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    found
        .unwrap_or_else(|| panic!("OTP_FUZZ_TARGET names no target: {name:?}"))
        .1
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));

fn text(bytes: &[u8], target: fn(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        target(text);
    }
}
