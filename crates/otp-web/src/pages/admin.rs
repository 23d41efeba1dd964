//! The pages for administrators. Who is not signed in sees the login page and nothing else.

mod board;
mod chart;
mod deliveries;
mod login;

use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::error::NotFoundError;
use poem::middleware::CookieJarManager;
use poem::{Endpoint, EndpointExt as _, FromRequest as _, Response, Route, get, post};

pub(super) use self::board::BoardPage;
pub(super) use self::deliveries::DeliveriesPage;
use super::{PageError, Pages, takes_only};
use crate::session::Browser;

/// Where the key is typed.
const LOGIN: &str = "/otp/admin/login/";
/// Where one arrives.
pub(crate) const ADMIN: &str = "/otp/admin/";

/// Adds `/otp/admin/…`.
pub(super) fn mount(route: Route, pages: &Arc<Pages>) -> Route {
    let login = takes_only("GET, HEAD, POST", get(login::show).post(login::submit));
    let log_out = takes_only("POST", post(login::log_out));
    let board = takes_only("GET, HEAD", get(board::show));
    let messages = takes_only("GET, HEAD", get(deliveries::show));
    let retry = takes_only("POST", post(deliveries::retry));
    let nothing = make_sync(|_| Err::<Response, poem::Error>(NotFoundError.into()));
    route
        .at(LOGIN, with_pages(login, pages))
        .at("/otp/admin/logout/", behind_login(log_out, pages))
        .at(ADMIN, behind_login(board, pages))
        .at("/otp/admin/deliveries/", behind_login(messages, pages))
        .at("/otp/admin/deliveries/retry/", behind_login(retry, pages))
        .at("/otp/admin", behind_login(elsewhere(pages), pages))
        // Not `*rest`: that would take the board's own address too.
        .at("/otp/admin/<.+>", behind_login(nothing, pages))
}

fn elsewhere(pages: &Arc<Pages>) -> impl Endpoint<Output = Response> + use<> {
    let pages = pages.clone();
    make_sync(move |_| pages.go(ADMIN))
}

fn with_pages<E: Endpoint>(endpoint: E, pages: &Arc<Pages>) -> impl Endpoint + use<E> {
    endpoint.with(CookieJarManager::new()).data(pages.clone())
}

/// Sends everybody to the login page who is not signed in, whatever they ask for and however.
fn behind_login<E: Endpoint + 'static>(endpoint: E, pages: &Arc<Pages>) -> impl Endpoint + use<E> {
    let own = pages.clone();
    let guarded = endpoint.around(move |endpoint, request| {
        let pages = own.clone();
        async move {
            let browser = Browser::from_request_without_body(&request).await?;
            if browser.is_admin().await.map_err(PageError::from)? {
                endpoint
                    .call(request)
                    .await
                    .map(poem::IntoResponse::into_response)
            } else {
                Ok(pages.go(LOGIN))
            }
        }
    });
    with_pages(guarded, pages)
}
