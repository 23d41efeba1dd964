//! Clauses of the tables, seen with the database's own catalogue.

use otp_core::ports::Guarded;
use otp_core::testing::Bench;
use otp_core::{Code, Contact, Verify};
use sea_orm::{ConnectionTrait, DbBackend};

use super::fresh::Fresh;

/// Names the tables, in alphabetical order.
pub(crate) async fn tables(fresh: &Fresh) -> Vec<String> {
    let sql = match fresh.backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        DbBackend::MySql => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
        }
        _ => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
        }
    };
    fresh.query(sql).await.into_iter().flatten().collect()
}

/// Returns table, column and type of each column, in the order of their definition.
pub(crate) async fn columns(fresh: &Fresh) -> Vec<Vec<String>> {
    let sql = match fresh.backend() {
        DbBackend::Sqlite => {
            "SELECT m.name, p.name, p.type || p.\"notnull\" FROM sqlite_schema m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name LIKE 'core%' ORDER BY m.name, p.cid"
        }
        DbBackend::MySql => {
            "SELECT table_name, column_name, CONCAT(column_type, is_nullable) FROM information_schema.columns \
             WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
        }
        _ => {
            "SELECT table_name::text, column_name::text, data_type || is_nullable FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        }
    };
    fresh.query(sql).await
}

/// Names the columns that stand first in an index of `core_otp`.
async fn indexed(fresh: &Fresh) -> Vec<String> {
    let sql = match fresh.backend() {
        DbBackend::Sqlite => {
            "SELECT i.name FROM pragma_index_list('core_otp') l, pragma_index_info(l.name) i WHERE i.seqno = 0"
        }
        DbBackend::MySql => {
            "SELECT column_name FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name = 'core_otp' AND seq_in_index = 1"
        }
        _ => {
            "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid \
             AND a.attnum = i.indkey[0] WHERE i.indrelid = 'core_otp'::regclass"
        }
    };
    fresh.query(sql).await.into_iter().flatten().collect()
}

/// The guide's ten columns stand first and in its order, and its indexes are there.
pub(crate) async fn phase_4_core_otp_has_the_guides_columns_and_indexes(fresh: Fresh) {
    let columns = columns(&fresh).await;
    let of_otp = columns.iter().filter(|column| column[0] == "core_otp");
    let first: Vec<_> = of_otp.map(|column| column[1].as_str()).take(10).collect();
    assert_eq!(
        first,
        [
            "id",
            "email",
            "phone",
            "otp_code",
            "otp_type",
            "is_verified",
            "created_at",
            "expires_at",
            "attempts",
            "max_attempts",
        ]
    );
    let indexed = indexed(&fresh).await;
    for column in ["email", "phone", "created_at", "expires_at", "contact_key"] {
        assert!(
            indexed.iter().any(|name| name == column),
            "{column}: {indexed:?}"
        );
    }
}

/// What was dropped by hand is named, and nothing else.
pub(crate) async fn names_what_is_missing_from_the_tables(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    assert_eq!(migrations.missing().await.unwrap(), [""; 0]);
    let drop_index = match fresh.backend() {
        DbBackend::MySql => "DROP INDEX core_otp_email_idx ON core_otp",
        _ => "DROP INDEX core_otp_email_idx",
    };
    fresh.execute(drop_index).await;
    fresh.execute("DROP TABLE core_session").await;
    fresh
        .execute("ALTER TABLE core_customer DROP COLUMN customer_type")
        .await;
    let missing = migrations.missing().await.unwrap();
    for wanted in [
        "column core_customer.customer_type",
        "table core_session",
        "index core_otp_email_idx of core_otp",
    ] {
        assert!(
            missing.iter().any(|name| name == wanted),
            "{wanted}: {missing:?}"
        );
    }
}

/// The name is that of the product, and the clock that of this machine, on which the servers run.
pub(crate) async fn says_which_database_it_is_and_what_time_it_has(fresh: Fresh) {
    let described = fresh.database.describe().await.unwrap();
    let (name, has_clock) = match fresh.backend() {
        DbBackend::Sqlite => ("SQLite 3.", false),
        DbBackend::MySql => ("MariaDB 1", true),
        _ => ("PostgreSQL 1", true),
    };
    assert!(described.product.starts_with(name), "{described:?}");
    assert_eq!(described.now.is_some(), has_clock);
    let now = chrono::DateTime::<chrono::Utc>::from(now_of_this_machine());
    assert!(
        described
            .now
            .is_none_or(|clock| (clock - now).num_seconds().abs() < 60),
        "{described:?}"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock of a server is compared with the machine's"
)]
fn now_of_this_machine() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The database itself refuses an OTP that goes nowhere or to two places.
pub(crate) async fn refuses_a_row_without_or_with_two_contacts(fresh: Fresh) {
    let bench = Bench::on(Fresh::open(fresh.url.clone()).await.into());
    let contact = Contact::email("ada@example.com").unwrap();
    let issued = bench.service().issue(contact).await.unwrap();
    assert!(issued.granted().is_some());
    let raw = fresh.raw().await;
    for change in ["email = NULL", "phone = '+919876543210'"] {
        let sql = format!("UPDATE core_otp SET {change}");
        assert!(raw.execute_unprepared(&sql).await.is_err(), "{change}");
    }
    raw.close().await.unwrap();
}

/// Reads every column of every table as the hex of its bytes.
async fn dump(fresh: &Fresh) -> Vec<String> {
    let backend = fresh.backend();
    let mut dump = Vec::new();
    for column in columns(fresh).await {
        let [table, name, kind] = column.as_slice() else {
            panic!("three columns were asked for")
        };
        let hex = match backend {
            DbBackend::Sqlite => format!("hex(CAST({name} AS BLOB))"),
            DbBackend::MySql => format!("HEX(CAST({name} AS BINARY))"),
            _ if kind.starts_with("bytea") => format!("encode({name}, 'hex')"),
            _ => format!("encode(convert_to({name}::text, 'UTF8'), 'hex')"),
        };
        let rows = fresh.query(&format!("SELECT {hex} FROM {table}")).await;
        dump.extend(rows.into_iter().flatten().map(|hex| hex.to_lowercase()));
    }
    dump
}

/// After an issue the code stands in no column of any table; what a dump of the database shows opens nothing.
pub(crate) async fn keeps_no_code_at_rest(fresh: Fresh) {
    let bench = Bench::on(Fresh::open(fresh.url.clone()).await.into());
    let contact = Contact::email("ada@example.com").unwrap();
    let issued = bench.service().issue(contact).await.unwrap();
    let code = bench.read_code(issued.granted().unwrap().id).await;
    let found = |dump: Vec<String>, text: &str| {
        let halves = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
        let wanted: String = halves
            .filter_map(|half| char::from_digit(half.into(), 16))
            .collect();
        dump.iter().any(|value| value.contains(&wanted))
    };
    assert!(found(dump(&fresh).await, "ada@example.com"));
    assert!(!found(dump(&fresh).await, code.expose()));
    let planted = format!(
        "UPDATE core_otp_delivery SET last_error = 'x{}'",
        code.expose()
    );
    fresh.execute(&planted).await;
    assert!(found(dump(&fresh).await, code.expose()));
}

/// What is consumed, spent or revoked has lost its seed in the row itself, not only in what is read from it.
pub(crate) async fn wipes_the_seed_in_the_row_of_what_is_closed(fresh: Fresh) {
    let bench = Bench::on(Fresh::open(fresh.url.clone()).await.into());
    let service = bench.service();
    let mut ids = Vec::new();
    for _ in 0..4 {
        let contact = Contact::email("ada@example.com").unwrap();
        let issued = service.issue(contact).await.unwrap();
        ids.push(issued.granted().unwrap().id);
    }
    let seeds = "SELECT otp_code FROM core_otp WHERE otp_code IS NOT NULL";
    assert_eq!(fresh.query(seeds).await.len(), 4);
    let code = bench.read_code(ids[0]).await;
    let verified = service.verify(Verify::new(ids[0], code)).await.unwrap();
    assert!(verified.granted().is_some());
    for _ in 0..5 {
        let wrong = Code::parse("000000").unwrap();
        let refused = service.verify(Verify::new(ids[1], wrong)).await.unwrap();
        assert!(refused.refused().is_some());
    }
    assert_eq!(service.revoke(ids[2]).await.unwrap(), Guarded::Applied);
    assert_eq!(fresh.query(seeds).await.len(), 1);
}
