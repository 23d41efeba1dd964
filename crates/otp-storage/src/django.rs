//! The customers of an existing Django database, read and never written.

use std::fmt;

use otp_core::StoreError;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult};

use crate::connect::open_to_read;
use crate::failure::{Code, store_error};
use crate::{ConnectError, DatabaseUrl, catalogue};

/// The columns that are read when they are there.
const COLUMNS: [&str; 4] = ["name", "email", "phone", "customer_type"];

/// A table of customers that Django made.
#[derive(Debug, Clone)]
pub struct Django {
    connection: DatabaseConnection,
    table: String,
    /// Of [`COLUMNS`], those that the table has.
    columns: Vec<&'static str>,
}

/// A row as it stands there, before anything is parsed. Its `Debug` shows the id only.
#[derive(Clone, PartialEq, Eq)]
pub struct DjangoCustomer {
    /// Its primary key.
    pub id: i64,
    /// What to call it.
    pub name: Option<String>,
    /// What stands for an address.
    pub email: Option<String>,
    /// What stands for a phone number.
    pub phone: Option<String>,
    /// Its kind.
    pub customer_type: Option<String>,
}

/// Why the customers of a Django database could not be read. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DjangoError {
    /// The database cannot be opened.
    #[error("the Django database cannot be opened")]
    Connect(#[source] ConnectError),
    /// There is no such table.
    #[error(
        "the Django database has no table {table}; see that the URL is right, or name its table with --table"
    )]
    NoTable {
        /// Its name.
        table: String,
    },
    /// It has neither an address nor a phone number.
    #[error(
        "{table} has neither a column email nor a column phone; name the right table with --table"
    )]
    NoContacts {
        /// The table.
        table: String,
    },
    /// Its rows are not numbered.
    #[error("{table} has no whole numbers as id, so its rows cannot be read in order")]
    NoNumbers {
        /// The table.
        table: String,
    },
    /// The database failed.
    #[error("the Django database failed")]
    Store(#[source] StoreError),
}

impl Django {
    /// The name that Django gives to the model `Customer` of the app `core`.
    pub const TABLE: &'static str = "core_customer";

    /// Opens the database and sees which columns `table` has.
    ///
    /// # Errors
    /// [`DjangoError`].
    pub async fn open(url: &DatabaseUrl, table: &str) -> Result<Self, DjangoError> {
        let connection = open_to_read(url).await.map_err(DjangoError::Connect)?;
        let all = catalogue::columns(&connection).await.map_err(failed)?;
        let has = |column: &str| all.contains(&(table.to_owned(), column.to_owned()));
        let table_ = || table.to_owned();
        if !all.iter().any(|(name, _)| name == table) {
            return Err(DjangoError::NoTable { table: table_() });
        }
        if !has("email") && !has("phone") {
            return Err(DjangoError::NoContacts { table: table_() });
        }
        if !has("id") {
            return Err(DjangoError::NoNumbers { table: table_() });
        }
        Ok(Self {
            connection,
            columns: COLUMNS.into_iter().filter(|column| has(column)).collect(),
            table: table_(),
        })
    }

    /// Names the columns that the table lacks; what they would hold is taken as empty.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        COLUMNS
            .into_iter()
            .filter(|column| !self.columns.contains(column))
    }

    /// Counts the rows.
    ///
    /// # Errors
    /// [`DjangoError::Store`].
    pub async fn count(&self) -> Result<u64, DjangoError> {
        let count = Query::select()
            .expr_as(Expr::col("id").count(), "n")
            .from(Alias::new(&self.table))
            .take();
        let row = self.connection.query_one(&count).await.map_err(failed)?;
        let count = row
            .map(|row| row.try_get::<i64>("", "n"))
            .transpose()
            .map_err(failed)?;
        Ok(count.and_then(|count| count.try_into().ok()).unwrap_or(0))
    }

    /// Reads up to `limit` rows after the one numbered `after`, in the order of their ids.
    ///
    /// # Errors
    /// [`DjangoError::NoNumbers`] and [`DjangoError::Store`].
    pub async fn page(
        &self,
        after: Option<i64>,
        limit: u64,
    ) -> Result<Vec<DjangoCustomer>, DjangoError> {
        // Whatever the columns are, they are read as a number and as text.
        let (number, text) = match self.connection.get_database_backend() {
            DbBackend::Sqlite => ("integer", "text"),
            DbBackend::MySql => ("signed", "char"),
            _ => ("bigint", "text"),
        };
        let mut page = Query::select();
        page.expr_as(Expr::col("id").cast_as(number), "row_id")
            .from(Alias::new(&self.table))
            .order_by("id", Order::Asc)
            .limit(limit);
        for column in &self.columns {
            page.expr_as(Expr::col(*column).cast_as(text), format!("row_{column}"));
        }
        if let Some(after) = after {
            page.and_where(Expr::col("id").gt(after));
        }
        let rows = self.connection.query_all(&page).await;
        let rows = rows.map_err(|error| self.of_page(error))?;
        let rows: Vec<_> = rows
            .iter()
            .map(|row| self.read(row))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let ids = after.into_iter().chain(rows.iter().map(|row| row.id));
        // A text that begins with a number is cast to that number: its order is another one.
        if ids.is_sorted_by(|a, b| a < b) {
            Ok(rows)
        } else {
            Err(self.no_numbers())
        }
    }

    /// Gives the connection back.
    pub async fn close(self) {
        // Only read: there is nothing to lose when it cannot say goodbye.
        let _ = self.connection.close().await;
    }

    fn read(&self, row: &QueryResult) -> Result<DjangoCustomer, DbErr> {
        // A text that is no UTF-8 holds up its own row only: no address or number looks like this.
        let unreadable = |_: DbErr| Some(char::REPLACEMENT_CHARACTER.to_string());
        let text = |column: &str| {
            let text = row.try_get("", &format!("row_{column}"));
            let is_there = self.columns.contains(&column);
            is_there.then(|| text.unwrap_or_else(unreadable)).flatten()
        };
        Ok(DjangoCustomer {
            id: row.try_get("", "row_id")?,
            name: text("name"),
            email: text("email"),
            phone: text("phone"),
            customer_type: text("customer_type"),
        })
    }

    fn of_page(&self, error: DbErr) -> DjangoError {
        // PostgreSQL does not cast a UUID to a number, nor compare the two.
        match Code::of_db_err(&error) {
            Some(Code::Postgres(state))
                if matches!(state.as_str(), "42846" | "42883" | "22P02") =>
            {
                self.no_numbers()
            }
            _ => failed(error),
        }
    }

    fn no_numbers(&self) -> DjangoError {
        DjangoError::NoNumbers {
            table: self.table.clone(),
        }
    }
}

fn failed(error: DbErr) -> DjangoError {
    DjangoError::Store(store_error(error))
}

impl fmt::Debug for DjangoCustomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DjangoCustomer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
