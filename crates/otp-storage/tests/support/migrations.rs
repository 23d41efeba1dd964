//! Clauses of the migrations.

use otp_storage::{Database, DatabaseUrl, Down, MigrateError, Migrations};

use super::customers;
use super::fresh::Fresh;
use super::schema::tables;

pub(crate) const ALL: [&str; 13] = [
    "m20261122_000001_core_otp",
    "m20261122_000002_core_otp_delivery",
    "m20261122_000003_core_customer",
    "m20261122_000004_core_session",
    "m20261122_000005_core_otp_counted",
    "m20261122_000006_core_api_key",
    "m20261122_000007_core_otp_statistics",
    "m20261122_000008_core_session_seen_at",
    "m20261122_000009_core_admin_session",
    "m20261122_000010_core_otp_budget",
    "m20261122_000011_core_device",
    "m20261122_000012_core_otp_context",
    "m20261122_000013_core_otp_delivery_handed_over_at",
];
const COUNT: usize = ALL.len();
const LAST: &str = ALL[COUNT - 1];

const TABLES: [&str; 10] = [
    "core_admin_session",
    "core_api_key",
    "core_customer",
    "core_device",
    "core_otp",
    "core_otp_budget",
    "core_otp_delivery",
    "core_otp_migrations",
    "core_otp_statistics",
    "core_session",
];

fn zero() -> Down {
    Down::To("zero".to_owned())
}

async fn applied(migrations: &Migrations) -> Vec<bool> {
    let status = migrations.status().await.unwrap();
    assert!(status.iter().map(|each| &each.name).eq(ALL.iter()));
    status.iter().map(|each| each.applied).collect()
}

/// `showmigrations`, `migrate`, `showmigrations`.
pub(crate) async fn phase_3_migrations_are_applied_and_shown(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    assert_eq!(applied(&migrations).await, [false; COUNT]);
    assert_eq!(migrations.pending().await.unwrap(), ALL);
    assert_eq!(migrations.up(None).await.unwrap(), ALL);
    assert_eq!(applied(&migrations).await, [true; COUNT]);
    assert!(migrations.pending().await.unwrap().is_empty());
    assert!(migrations.up(None).await.unwrap().is_empty());
    assert_eq!(tables(&fresh).await, TABLES);
}

/// The last migration is taken back and applied again, and so are all.
pub(crate) async fn phase_11_down_and_up_again(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    assert_eq!(migrations.down(Down::Steps(1)).await.unwrap(), [LAST]);
    assert_eq!(migrations.pending().await.unwrap(), [LAST]);
    assert_eq!(migrations.up(None).await.unwrap(), [LAST]);
    let newest_first: Vec<_> = ALL.into_iter().rev().collect();
    assert_eq!(migrations.down(zero()).await.unwrap(), newest_first);
    assert_eq!(tables(&fresh).await, ["core_otp_migrations"]);
    assert!(migrations.down(Down::Steps(9)).await.unwrap().is_empty());
    assert_eq!(migrations.up(None).await.unwrap(), ALL);
    assert_eq!(tables(&fresh).await, TABLES);
}

/// Up goes to and including the name; down takes back all that comes after it.
pub(crate) async fn goes_up_to_a_name_and_down_to_a_name(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    assert_eq!(migrations.up(Some(ALL[1])).await.unwrap(), ALL[..2]);
    assert!(migrations.up(Some(ALL[0])).await.unwrap().is_empty());
    assert_eq!(migrations.up(Some(LAST)).await.unwrap(), ALL[2..]);
    let down_to = |name: &str| Down::To(name.to_owned());
    assert!(migrations.down(down_to(LAST)).await.unwrap().is_empty());
    let newest_first: Vec<_> = ALL[2..].iter().rev().copied().collect();
    assert_eq!(
        migrations.down(down_to(ALL[1])).await.unwrap(),
        newest_first
    );
    assert_eq!(migrations.pending().await.unwrap(), ALL[2..]);
}

/// A name that is none is answered with those that are, and nothing is run.
pub(crate) async fn names_the_known_migrations_when_asked_for_another(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    let up = migrations.up(Some("0013_otp")).await.unwrap_err();
    let down = migrations.down(Down::To("0012".to_owned())).await;
    for error in [up, down.unwrap_err()] {
        let said = error.to_string();
        assert!(ALL.iter().all(|name| said.contains(name)), "{said}");
    }
    assert_eq!(applied(&migrations).await, [true; COUNT]);
}

/// Processes that migrate at once take turns: each migration is applied once, and nobody fails.
pub(crate) async fn lets_four_processes_migrate_at_once(fresh: Fresh) {
    let url = DatabaseUrl::parse(&fresh.url).unwrap();
    fresh.database.migrations().down(zero()).await.unwrap();
    let process = || {
        let url = url.clone();
        tokio::spawn(async move {
            let database = Database::connect(&url).await.unwrap();
            let done = database.migrations().up(None).await;
            database.close().await;
            done
        })
    };
    let mut all = Vec::new();
    for process in [process(), process(), process(), process()] {
        all.extend(process.await.unwrap().unwrap());
    }
    assert_eq!(all, ALL);
    assert_eq!(tables(&fresh).await, TABLES);
}

/// What `sql` prints, run by hand on an empty database, is what `up` does.
pub(crate) async fn prints_sql_that_leaves_what_up_leaves(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    let by_up = super::schema::columns(&fresh).await;
    migrations.down(zero()).await.unwrap();
    fresh.execute("DROP TABLE core_otp_migrations").await;
    let sql = Migrations::sql(&DatabaseUrl::parse(&fresh.url).unwrap());
    for statement in sql.split(";\n").filter(|sql| !sql.trim().is_empty()) {
        fresh.execute(statement).await;
    }
    assert_eq!(super::schema::columns(&fresh).await, by_up);
    assert!(migrations.pending().await.unwrap().is_empty());
    assert_eq!(migrations.down(zero()).await.unwrap().len(), ALL.len());
}

/// A table that is there already is answered with its migration and with what to do.
pub(crate) async fn troubleshooting_4_says_what_to_do_when_a_table_exists(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    fresh.execute("CREATE TABLE core_customer (id int)").await;
    let error = migrations.up(None).await.unwrap_err();
    assert!(matches!(error, MigrateError::Exists { migration, .. } if migration == ALL[2]));
    let said = error.to_string();
    assert!(
        said.contains(ALL[2]) && said.contains("migrate again"),
        "{said}"
    );
    fresh.execute("DROP TABLE core_customer").await;
    migrations.up(None).await.unwrap();
    assert_eq!(applied(&migrations).await, [true; COUNT]);
}

/// A table that was dropped by hand is answered with the migration that misses it.
pub(crate) async fn says_what_to_do_when_a_table_is_missing(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    let of_devices = ALL.iter().position(|name| name.ends_with("_device"));
    let of_devices = of_devices.unwrap();
    let down_to_it = Down::To(ALL[of_devices].to_owned());
    migrations.down(down_to_it).await.unwrap();
    fresh.execute("DROP TABLE core_device").await;
    let error = migrations.down(Down::Steps(1)).await.unwrap_err();
    assert!(
        matches!(error, MigrateError::Missing { migration, .. } if migration == ALL[of_devices])
    );
    let mut still = [true; COUNT];
    still[of_devices + 1..].fill(false);
    assert_eq!(applied(&migrations).await, still);
}

/// An older release neither migrates nor judges the database of a newer one.
pub(crate) async fn refuses_a_database_of_a_newer_release(fresh: Fresh) {
    fresh
        .execute("INSERT INTO core_otp_migrations (version, applied_at) VALUES ('m20991231_000001_x', 0)")
        .await;
    let migrations = fresh.database.migrations();
    for error in [
        migrations.up(None).await.unwrap_err(),
        migrations.down(zero()).await.unwrap_err(),
        migrations.pending().await.unwrap_err(),
    ] {
        assert!(matches!(error, MigrateError::Newer(_)), "{error:?}");
    }
    assert_eq!(tables(&fresh).await, TABLES);
}

/// Looking at an empty database leaves it empty.
pub(crate) async fn looks_without_leaving_a_trace(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    fresh.execute("DROP TABLE core_otp_migrations").await;
    assert_eq!(migrations.pending().await.unwrap(), ALL);
    assert!(tables(&fresh).await.is_empty());
}

/// Down and up again leaves the rows of other tables alone, a host's own among them.
pub(crate) async fn phase_11_the_rows_of_other_tables_stay(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    let customers = fresh.database.customers();
    fresh.execute("CREATE TABLE host_orders (id int)").await;
    fresh.execute("INSERT INTO host_orders VALUES (17)").await;
    let ada = customers::new(Some("ada@example.com"), None);
    let ada = customers::add(&customers, &ada).await;
    let down = Down::To(ALL[2].to_owned());
    assert_eq!(migrations.down(down).await.unwrap().len(), COUNT - 3);
    assert_eq!(migrations.up(None).await.unwrap(), ALL[3..]);
    assert_eq!(customers.list(None, 10).await.unwrap(), [ada]);
    migrations.down(zero()).await.unwrap();
    migrations.up(None).await.unwrap();
    assert_eq!(
        fresh
            .query("SELECT 'x' FROM host_orders WHERE id = 17")
            .await,
        [["x"]]
    );
}

/// Django's tables are seen before the first statement, by their columns or by Django's record of its migrations.
pub(crate) async fn sees_djangos_tables_before_anything_is_changed(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    fresh
        .execute("CREATE TABLE core_otp (id int, otp_code varchar(6))")
        .await;
    fresh
        .execute("CREATE TABLE core_customer (id int, created_at int)")
        .await;
    let error = migrations.up(None).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::Django { tables } if *tables == ["core_otp"]),
        "{error:?}"
    );
    let foreseen = migrations.foresee().await.unwrap_err();
    assert!(
        matches!(foreseen, MigrateError::Django { .. }),
        "{foreseen:?}"
    );
    fresh
        .execute("CREATE TABLE django_migrations (id int)")
        .await;
    let error = migrations.up(None).await.unwrap_err();
    let both = ["core_otp", "core_customer"];
    assert!(
        matches!(&error, MigrateError::Django { tables } if *tables == both),
        "{error:?}"
    );
    let before = [
        "core_customer",
        "core_otp",
        "core_otp_migrations",
        "django_migrations",
    ];
    assert_eq!(tables(&fresh).await, before);
    // What it offers works.
    let said = error.to_string();
    for statement in said.split("ALTER TABLE ").skip(1) {
        let statement = statement.split(';').next().unwrap();
        fresh.execute(&format!("ALTER TABLE {statement}")).await;
    }
    assert_eq!(migrations.up(None).await.unwrap(), ALL);
}

/// The guide's database before it had OTPs: Django's customers alone, with any columns of their own.
pub(crate) async fn sees_djangos_customers_alone(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    migrations.foresee().await.unwrap();
    fresh
        .execute("CREATE TABLE core_customer (id int, created_at int, customer_type int)")
        .await;
    for error in [
        migrations.foresee().await.unwrap_err(),
        migrations.up(None).await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, MigrateError::Django { tables } if *tables == ["core_customer"]),
            "{error:?}"
        );
    }
}

/// A database is new until the first migration ran, and not after the last one was taken back.
pub(crate) async fn knows_a_database_that_was_never_migrated(fresh: Fresh) {
    let migrations = fresh.database.migrations();
    migrations.down(zero()).await.unwrap();
    assert!(!migrations.is_new().await.unwrap());
    fresh.execute("DROP TABLE core_otp_migrations").await;
    assert!(migrations.is_new().await.unwrap());
}
