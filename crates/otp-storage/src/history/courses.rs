//! The rows of OTPs, as far as statistics tell them.

use chrono::{DateTime, Utc};
use otp_core::statistics::Course;
use otp_core::{Channel, DeliveryState, Purpose};
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::sea_query::{ExprTrait, Func, Query, SelectStatement, SubQueryStatement};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Select, SelectModel, Selector,
};

use crate::entity::{delivery, otp};
use crate::failure::Corrupt;
use crate::row::Place;

/// Most rows in memory at a time.
const PAGE: u64 = 5_000;

#[derive(Debug, FromQueryResult)]
pub(super) struct CourseRow {
    pub(super) id: Uuid,
    pub(super) counted: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    purpose: String,
    otp_type: String,
    attempts: i32,
    max_attempts: i32,
    sends: i32,
    verified_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    decoy: bool,
    sent_at: Option<DateTime<Utc>>,
    arrived: i64,
}

/// Selects what a course is read from.
pub(super) fn select(otps: Select<otp::Entity>) -> Selector<SelectModel<CourseRow>> {
    use otp::Column;

    let sent_at = own_deliveries()
        .expr(Func::min(Expr::col(delivery::Column::SentAt)))
        .take();
    // The state is no filter: SQLite would take the index by state and read, for each OTP, all that ever arrived.
    let has_arrived = delivery::Column::State.eq(DeliveryState::Delivered.as_str());
    let arrived = own_deliveries()
        .expr(Func::count(Expr::case(
            has_arrived,
            Expr::col(delivery::Column::Id),
        )))
        .take();
    let columns = [
        Column::Id,
        Column::Counted,
        Column::CreatedAt,
        Column::ExpiresAt,
        Column::Purpose,
        Column::OtpType,
        Column::Attempts,
        Column::MaxAttempts,
        Column::Sends,
        Column::VerifiedAt,
        Column::RevokedAt,
        Column::Decoy,
    ];
    otps.select_only()
        .columns(columns)
        .expr_as(scalar(sent_at), "sent_at")
        .expr_as(scalar(arrived), "arrived")
        .into_model()
}

fn own_deliveries() -> SelectStatement {
    let is_own = Expr::col((delivery::Entity, delivery::Column::OtpId))
        .equals((otp::Entity, otp::Column::Id));
    Query::select()
        .from(delivery::Entity)
        .and_where(is_own)
        .take()
}

fn scalar(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(query)))
}

/// Shows every OTP that is not counted yet to `visit`, a page at a time.
pub(super) async fn for_each_uncounted(
    snapshot: &DatabaseTransaction,
    mut visit: impl FnMut(&Course),
) -> Result<(), DbErr> {
    use otp::Column::{Counted, ExpiresAt, Id};

    let mut last: Option<(DateTime<Utc>, Uuid)> = None;
    loop {
        let mut page = otp::Entity::find()
            .filter(Counted.eq(false))
            .order_by_asc(ExpiresAt)
            .order_by_asc(Id)
            .limit(PAGE);
        if let Some((expires_at, id)) = last {
            let is_later = ExpiresAt.gt(expires_at).or(Id.gt(id));
            page = page.filter(ExpiresAt.gte(expires_at)).filter(is_later);
        }
        let rows = select(page).all(snapshot).await?;
        rows.iter()
            .filter_map(read)
            .for_each(|course| visit(&course));
        match rows.last() {
            Some(row) if rows.len() as u64 == PAGE => last = Some((row.expires_at, row.id)),
            _ => return Ok(()),
        }
    }
}

/// Reads a course. A row that cannot be read must not hold up the others: it is reported and left out.
pub(super) fn read(row: &CourseRow) -> Option<Course> {
    course(row)
        .inspect_err(|corrupt| tracing::error!(%corrupt, "an OTP is left out of the statistics"))
        .ok()
}

fn course(row: &CourseRow) -> Result<Course, Corrupt> {
    let place = Place {
        table: "core_otp",
        row: row.id.to_string(),
    };
    Ok(Course {
        created_at: row.created_at,
        expires_at: row.expires_at,
        purpose: place.read("purpose", Purpose::parse(&row.purpose).ok())?,
        channel: place.read("otp_type", Channel::parse(&row.otp_type).ok())?,
        attempts: place.number("attempts", row.attempts)?,
        max_attempts: place.number("max_attempts", row.max_attempts)?,
        sends: place.number("sends", row.sends)?,
        verified_at: row.verified_at,
        revoked_at: row.revoked_at,
        sent_at: row.sent_at,
        delivered: row.arrived > 0,
        decoy: row.decoy,
    })
}
