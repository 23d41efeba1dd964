//! The board: how the service does.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::statistics::{Funnel, Latencies};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Request, Response, handler};
use serde::Serialize;
use url::form_urlencoded;

use super::chart::{self, Bar, DrawError, figures};
use crate::pages::view::View;
use crate::pages::{PageError, Pages};
use crate::session::Browser;
use crate::statistics::{self, By, MEDIAN, P95, Question, Report};

/// A time that the board can show.
struct Range {
    name: &'static str,
    title: &'static str,
    back: TimeDelta,
    by: By,
}

const RANGES: [Range; 3] = [
    Range {
        name: "24h",
        title: "24 hours",
        back: TimeDelta::hours(23),
        by: By::Hour,
    },
    Range {
        name: "7d",
        title: "7 days",
        back: TimeDelta::days(6),
        by: By::Day,
    },
    Range {
        name: "30d",
        title: "30 days",
        back: TimeDelta::days(29),
        by: By::Day,
    },
];

/// What the board's template needs.
#[derive(Serialize)]
pub(in crate::pages) struct BoardPage {
    csrf_token: String,
    ranges: Vec<Choice>,
    since: String,
    until: String,
    totals: [(&'static str, String); 4],
    /// SVG, made by us.
    funnel_chart: String,
    steps: Vec<Step>,
    endings: [(&'static str, String); 7],
    period: &'static str,
    /// SVG, made by us.
    periods_chart: String,
    periods: Vec<[String; 5]>,
    kinds: Vec<Kind>,
}

impl View for BoardPage {
    const TEMPLATE: &'static str = "admin.html";
}

#[derive(Serialize)]
struct Choice {
    name: &'static str,
    title: &'static str,
    is_chosen: bool,
}

/// A step of the funnel.
#[derive(Serialize)]
struct Step {
    name: &'static str,
    count: String,
    share: String,
}

/// A purpose and a channel.
#[derive(Serialize)]
struct Kind {
    purpose: String,
    channel: &'static str,
    counts: [String; 9],
    times: [String; 4],
}

#[handler]
pub(super) async fn show(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    request: &Request,
) -> poem::Result<Response> {
    let secret = browser.secret_or_new().map_err(PageError::from)?;
    let range = asked_for(request.uri().query().unwrap_or_default());
    let site = pages.site();
    let now = site.clock.now();
    let question = Question::new(now - range.back, now, range.by)
        .map_err(|error| PageError::Broken(error.into()))?;
    let report = question.ask(&site.database.history(), now).await;
    let page = BoardPage::of(
        &report.map_err(PageError::from)?,
        range,
        secret.form_token(),
    )
    .map_err(|error| PageError::Broken(error.into()))?;
    Ok(pages.show(StatusCode::OK, &page))
}

/// Reads which range is asked for; the middle one when none or another is.
fn asked_for(query: &str) -> &'static Range {
    let mut fields = form_urlencoded::parse(query.as_bytes());
    let name = fields.find(|(field, _)| field == "range");
    let named = |range: &&Range| name.as_ref().is_some_and(|(_, name)| name == range.name);
    let [_, middle, _] = &RANGES;
    RANGES.iter().find(named).unwrap_or(middle)
}

impl BoardPage {
    fn of(report: &Report, range: &Range, csrf_token: String) -> Result<Self, DrawError> {
        let minute = "%-d %B %Y, %H:%M";
        let (period, form) = match report.by {
            By::Hour => ("Hour", "%H:%M"),
            By::Day => ("Day", "%-d %b"),
        };
        let steps = steps(&report.whole);
        let funnel_bars: Vec<Bar> = steps
            .iter()
            .map(|(name, count)| bar((*name).to_owned(), *count, 0))
            .collect();
        let period_bars: Vec<Bar> = report
            .periods
            .iter()
            .map(|(start, funnel)| {
                bar(
                    start.format(form).to_string(),
                    funnel.issued,
                    funnel.verified,
                )
            })
            .collect();
        let totals = report.totals;
        Ok(Self {
            csrf_token,
            ranges: RANGES.iter().map(|each| Choice::of(each, range)).collect(),
            since: report.since.format(minute).to_string(),
            until: report.until.format(minute).to_string(),
            totals: [
                ("Total", figures(totals.total)),
                ("Today", figures(totals.today)),
                ("Verified", figures(totals.verified)),
                ("Expired", figures(totals.expired)),
            ],
            funnel_chart: chart::lying("funnel", &funnel_bars)?,
            steps: steps
                .map(|(name, count)| Step::of(name, count, report.whole.issued))
                .into(),
            endings: endings(&report.whole),
            period,
            periods_chart: chart::upright("periods", &period_bars)?,
            periods: report
                .periods
                .iter()
                .rev()
                .map(|(start, funnel)| {
                    let counts = [funnel.issued, funnel.sent, funnel.verified, funnel.expired];
                    let [issued, sent, verified, expired] = counts.map(figures);
                    [
                        start.format(form).to_string(),
                        issued,
                        sent,
                        verified,
                        expired,
                    ]
                })
                .collect(),
            kinds: kinds(report),
        })
    }
}

fn bar(name: String, whole: u64, part: u64) -> Bar {
    Bar { name, whole, part }
}

fn steps(funnel: &Funnel) -> [(&'static str, u64); 4] {
    [
        ("Issued", funnel.issued),
        ("Sent", funnel.sent),
        ("Delivered", funnel.delivered),
        ("Verified", funnel.verified),
    ]
}

fn endings(funnel: &Funnel) -> [(&'static str, String); 7] {
    [
        ("Wrong attempts", funnel.refused),
        ("Out of attempts", funnel.spent),
        ("Called back", funnel.revoked),
        ("Expired", funnel.expired),
        ("Still open", funnel.live),
        ("Decoys", funnel.decoys),
        ("Sent again", funnel.resent),
    ]
    .map(|(name, count)| (name, figures(count)))
}

fn kinds(report: &Report) -> Vec<Kind> {
    let kinds = report.kinds.iter();
    let each = kinds.map(|(purpose, channel, funnel)| Kind {
        purpose: purpose.as_str().to_owned(),
        channel: channel.as_str(),
        counts: [
            funnel.issued,
            funnel.sent,
            funnel.delivered,
            funnel.verified,
            funnel.refused,
            funnel.spent,
            funnel.revoked,
            funnel.expired,
            funnel.resent,
        ]
        .map(figures),
        times: [
            time(&funnel.to_send, MEDIAN),
            time(&funnel.to_send, P95),
            time(&funnel.to_verify, MEDIAN),
            time(&funnel.to_verify, P95),
        ],
    });
    each.collect()
}

fn time(latencies: &Latencies, quantile: f64) -> String {
    statistics::words(latencies.quantile(quantile))
}

impl Choice {
    fn of(range: &Range, chosen: &Range) -> Self {
        Self {
            name: range.name,
            title: range.title,
            is_chosen: range.name == chosen.name,
        }
    }
}

impl Step {
    fn of(name: &'static str, count: u64, issued: u64) -> Self {
        let share = (u128::from(count) * 100)
            .checked_div(u128::from(issued))
            .map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"));
        Self {
            name,
            count: figures(count),
            share,
        }
    }
}
