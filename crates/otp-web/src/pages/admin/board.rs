//! The board: how the service does.

use std::sync::Arc;

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};
use serde::Serialize;

use crate::pages::view::View;
use crate::pages::{PageError, Pages};
use crate::session::Browser;

/// What the board's template needs.
#[derive(Serialize)]
pub(in crate::pages) struct BoardPage {
    csrf_token: String,
}

impl View for BoardPage {
    const TEMPLATE: &'static str = "admin.html";
}

#[handler]
pub(super) async fn show(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
) -> poem::Result<Response> {
    let secret = browser.secret_or_new().map_err(PageError::from)?;
    let page = BoardPage {
        csrf_token: secret.form_token(),
    };
    Ok(pages.show(StatusCode::OK, &page))
}
