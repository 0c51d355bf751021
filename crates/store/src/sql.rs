//! One statement, by name, with its text for each engine.

use crate::Engine;

/// A statement and the name it has in errors.
///
/// Made by [`sql!`](crate::sql) from a file per engine, or from a line of engine-neutral text. It takes one
/// parameter, a JSON document that is spread into rows: on SQLite `?1` by `json_each(?1)`, on Postgres `$1` by
/// `jsonb_to_recordset($1::jsonb)`.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    /// A statement with its text for each engine; [`sql!`](crate::sql) writes this call.
    #[must_use]
    pub const fn new(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            name,
            sqlite,
            postgres,
        }
    }

    /// A line that every engine understands; it is its own name.
    #[must_use]
    pub const fn neutral(text: &'static str) -> Self {
        Self::new(text, text, text)
    }

    /// The name in errors and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The text for an engine.
    #[must_use]
    pub const fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::neutral(text)
    }
}

/// The statement `name`, read at compile time from `sql/<engine>/<name>.sql` beside the file that calls this;
/// `sql!(sqlite "name")`, `sql!(postgres "name")` for what never runs on another engine.
#[macro_export]
macro_rules! sql {
    ($name:literal) => {
        $crate::Sql::new(
            $name,
            include_str!(concat!("sql/sqlite/", $name, ".sql")),
            include_str!(concat!("sql/postgres/", $name, ".sql")),
        )
    };
    (sqlite $name:literal) => {
        $crate::Sql::new(
            $name,
            include_str!(concat!("sql/sqlite/", $name, ".sql")),
            "",
        )
    };
    (postgres $name:literal) => {
        $crate::Sql::new(
            $name,
            "",
            include_str!(concat!("sql/postgres/", $name, ".sql")),
        )
    };
}
