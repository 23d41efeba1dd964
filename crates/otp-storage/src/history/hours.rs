//! The hours that were counted.

use chrono::{DateTime, Utc};
use otp_core::statistics::{Funnel, Hour, Latencies, Totals, Window};
use otp_core::{Channel, Purpose};
use sea_orm::prelude::Expr;
use sea_orm::sea_query::{CaseStatement, ExprTrait, Func, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect,
};

use crate::entity::statistics::{Column, Entity, Model};
use crate::failure::Corrupt;
use crate::row::Place;

const KEY: [Column; 3] = [Column::Hour, Column::Purpose, Column::Channel];

/// Adds to an hour: makes its row if there is none, locks it, and writes the sums.
pub(super) async fn add(transaction: &DatabaseTransaction, more: Hour) -> Result<(), DbErr> {
    let key = (
        more.start,
        more.purpose.as_str().to_owned(),
        more.channel.as_str().to_owned(),
    );
    let nothing = Hour {
        funnel: Funnel::default(),
        ..more.clone()
    };
    let is_there = OnConflict::columns(KEY).do_nothing_on(KEY).to_owned();
    Entity::insert(write(&nothing).into_active_model())
        .on_conflict(is_there)
        .try_insert()
        .exec_without_returning(transaction)
        .await?;
    let row = Entity::find_by_id(key)
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the hour that was made".to_owned()))?;
    let mut sum = hour(&row).map_err(|corrupt| DbErr::Type(corrupt.to_string()))?;
    sum.funnel.merge(&more.funnel);
    let sum = write(&sum).into_active_model().reset_all();
    Entity::update(sum).exec(transaction).await?;
    Ok(())
}

/// Returns the hours of a window.
pub(super) async fn within(
    snapshot: &DatabaseTransaction,
    window: &Window,
) -> Result<Vec<Hour>, DbErr> {
    let mut hours = Entity::find()
        .filter(Column::Hour.gte(window.since()))
        .filter(Column::Hour.lt(window.until()));
    if let Some(purpose) = window.purpose() {
        hours = hours.filter(Column::Purpose.eq(purpose.as_str()));
    }
    Ok(hours.all(snapshot).await?.iter().filter_map(read).collect())
}

#[derive(FromQueryResult)]
struct Sums {
    total: Option<i64>,
    today: Option<i64>,
    verified: Option<i64>,
    expired: Option<i64>,
}

/// Adds up all hours of the window's purpose.
pub(super) async fn totals(
    snapshot: &DatabaseTransaction,
    window: &Window,
    midnight: DateTime<Utc>,
) -> Result<Totals, DbErr> {
    // Sums of whole numbers are decimal ones on the servers.
    let whole = match snapshot.get_database_backend() {
        DbBackend::MySql => "signed",
        _ => "bigint",
    };
    let sum = |expr: Expr| Expr::from(Func::sum(expr)).cast_as(whole);
    let today = CaseStatement::new()
        .case(Column::Hour.gte(midnight), Expr::col(Column::Issued))
        .finally(0);
    let mut sums = Entity::find()
        .select_only()
        .expr_as(sum(Expr::col(Column::Issued)), "total")
        .expr_as(sum(today.into()), "today")
        .expr_as(sum(Expr::col(Column::Verified)), "verified")
        .expr_as(sum(Expr::col(Column::Expired)), "expired");
    if let Some(purpose) = window.purpose() {
        sums = sums.filter(Column::Purpose.eq(purpose.as_str()));
    }
    let sums: Option<Sums> = sums.into_model().one(snapshot).await?;
    let number = |pick: fn(&Sums) -> Option<i64>| {
        let sum = sums.as_ref().and_then(pick).unwrap_or(0);
        u64::try_from(sum).unwrap_or(0)
    };
    Ok(Totals {
        total: number(|sums| sums.total),
        today: number(|sums| sums.today),
        verified: number(|sums| sums.verified),
        expired: number(|sums| sums.expired),
    })
}

fn write(hour: &Hour) -> Model {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let funnel = &hour.funnel;
    Model {
        hour: hour.start,
        purpose: hour.purpose.as_str().to_owned(),
        channel: hour.channel.as_str().to_owned(),
        issued: count(funnel.issued),
        sent: count(funnel.sent),
        delivered: count(funnel.delivered),
        verified: count(funnel.verified),
        refused: count(funnel.refused),
        spent: count(funnel.spent),
        revoked: count(funnel.revoked),
        expired: count(funnel.expired),
        resent: count(funnel.resent),
        decoys: count(funnel.decoys),
        to_send: funnel.to_send.encode(),
        to_verify: funnel.to_verify.encode(),
    }
}

/// Reads an hour. A row that cannot be read must not hold up the others: it is reported and left out.
fn read(row: &Model) -> Option<Hour> {
    hour(row)
        .inspect_err(|corrupt| tracing::error!(%corrupt, "an hour is left out of the statistics"))
        .ok()
}

fn hour(row: &Model) -> Result<Hour, Corrupt> {
    let place = Place {
        table: "core_otp_statistics",
        row: format!("{} {} {}", row.hour, row.purpose, row.channel),
    };
    let count = |column, count: i64| place.read(column, u64::try_from(count).ok());
    Ok(Hour {
        start: row.hour,
        purpose: place.read("purpose", Purpose::parse(&row.purpose).ok())?,
        channel: place.read("channel", Channel::parse(&row.channel).ok())?,
        funnel: Funnel {
            issued: count("issued", row.issued)?,
            sent: count("sent", row.sent)?,
            delivered: count("delivered", row.delivered)?,
            verified: count("verified", row.verified)?,
            refused: count("refused", row.refused)?,
            spent: count("spent", row.spent)?,
            revoked: count("revoked", row.revoked)?,
            expired: count("expired", row.expired)?,
            live: 0,
            resent: count("resent", row.resent)?,
            decoys: count("decoys", row.decoys)?,
            to_send: place.read("to_send", Latencies::decode(&row.to_send))?,
            to_verify: place.read("to_verify", Latencies::decode(&row.to_verify))?,
        },
    })
}
