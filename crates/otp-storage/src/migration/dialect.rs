//! The few places where the databases' table definitions differ.

use sea_orm::DbBackend;
use sea_orm::sea_query::{
    ColumnDef, Expr, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index,
    IndexCreateStatement, Table, TableCreateStatement,
};

/// Writes table definitions for one database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect(pub(super) DbBackend);

impl Dialect {
    /// Begins a table. On MySQL and MariaDB every text compares byte by byte.
    pub(super) fn table(self, name: &'static str) -> TableCreateStatement {
        let mut table = Table::create().table(name).take();
        if self.0 == DbBackend::MySql {
            table
                .engine("InnoDB")
                .character_set("utf8mb4")
                .collate("utf8mb4_bin");
        }
        table
    }

    /// Renders a table with its indexes: one statement on MySQL and MariaDB, where a definition commits at once and
    /// half of it could be left behind.
    pub(super) fn create(
        self,
        mut table: TableCreateStatement,
        mut indexes: Vec<IndexCreateStatement>,
    ) -> Vec<String> {
        if self.0 == DbBackend::MySql {
            for index in &mut indexes {
                table.index(index);
            }
            return vec![self.0.build(&table).sql];
        }
        let indexes = indexes.iter().map(|index| self.0.build(index).sql);
        std::iter::once(self.0.build(&table).sql)
            .chain(indexes)
            .collect()
    }

    /// Renders the removal of a table.
    pub(super) fn drop(self, name: &'static str) -> Vec<String> {
        vec![self.0.build(&Table::drop().table(name).take()).sql]
    }

    /// A UUID: the database's own type, or 16 bytes.
    pub(super) fn uuid(self, name: &'static str) -> ColumnDef {
        match self.0 {
            DbBackend::Postgres => ColumnDef::new(name).uuid().take(),
            _ => self.bytes(name, 16),
        }
    }

    /// Bytes of a fixed length.
    pub(super) fn bytes(self, name: &'static str, length: u32) -> ColumnDef {
        match self.0 {
            DbBackend::MySql => ColumnDef::new(name).binary_len(length).take(),
            _ => ColumnDef::new(name).blob().take(),
        }
    }

    /// A time in UTC to the microsecond; on SQLite as RFC 3339 text, which sorts like the times it names.
    pub(super) fn time(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::Postgres => column.timestamp_with_time_zone(),
            DbBackend::MySql => column.custom("datetime(6)"),
            _ => column.text(),
        };
        column
    }
}

/// A text of at most `length` characters.
pub(super) fn text(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).take()
}

/// A whole number.
pub(super) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().take()
}

/// The columns `email` and `phone`, as long as their parsers allow.
pub(super) fn contact() -> [ColumnDef; 2] {
    [text("email", 254), text("phone", 16)]
}

/// Holds when exactly one of `email` and `phone` is set.
pub(super) fn one_contact() -> Expr {
    Expr::cust("(email IS NULL) <> (phone IS NULL)")
}

/// An index named after its table and columns.
pub(super) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create()
        .name(format!("{table}_{}_idx", columns.join("_")))
        .table(table)
        .take();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A reference whose rows go when the row they point to goes.
pub(super) fn belongs_to(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(parent, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}
