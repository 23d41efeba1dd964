//! The pages that explain the problems, so that the `type` of a problem leads somewhere.

use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::error::NotFoundError;
use poem::http::StatusCode;
use poem::{Request, Response, Result, Route, get};
use pulldown_cmark::{Parser, html};

use super::{CATALOGUE, Kind};
use crate::pages::{Pages, ProblemPage, takes_only};

/// Adds `/problems/{name}`.
pub(crate) fn mount(route: Route, pages: &Arc<Pages>) -> Route {
    let pages = pages.clone();
    let page = get(make_sync(move |request| explain(&pages, &request)));
    route.at("/problems/:name", takes_only("GET, HEAD", page))
}

fn explain(pages: &Pages, request: &Request) -> Result<Response> {
    let name = request.raw_path_param("name");
    let asked_for = |kind: &&&Kind| Some(kind.name) == name;
    let kind = CATALOGUE.iter().find(asked_for).ok_or(NotFoundError)?;
    let mut article = String::new();
    html::push_html(&mut article, Parser::new(kind.page));
    let page = ProblemPage {
        status: kind.status.as_u16(),
        title: kind.title,
        article,
    };
    Ok(pages.show(StatusCode::OK, &page))
}
