//! A database on the server for what is measured in this process or in plain SQL.

use anyhow::{Context, Result};

use crate::postgres::Databases;

/// Makes it among `databases`, with which it goes; its URL, with the server's own role.
pub(super) fn make(databases: &Databases, name: &str) -> Result<String> {
    let name = format!("{}_{name}", databases.prefix());
    let create = format!("CREATE DATABASE \"{name}\"");
    databases.server().query(databases.admin(), &create)?;
    in_database(databases.admin(), &name)
}

/// The same server, role and settings, another database.
fn in_database(url: &str, name: &str) -> Result<String> {
    let (address, settings) = match url.split_once('?') {
        Some((address, settings)) => (address, format!("?{settings}")),
        None => (url, String::new()),
    };
    let (server, _) = address
        .rsplit_once('/')
        .filter(|(server, _)| server.contains("://") && !server.ends_with('/'))
        .context("name a database of the server in --database, such as postgres://../postgres")?;
    Ok(format!("{server}/{name}{settings}"))
}

#[cfg(test)]
mod tests {
    use super::in_database;

    #[test]
    fn only_the_database_of_a_url_changes() {
        let url = |text| in_database(text, "hot").ok();
        assert_eq!(
            url("postgres://a:b@127.0.0.1:5432/postgres").as_deref(),
            Some("postgres://a:b@127.0.0.1:5432/hot")
        );
        assert_eq!(
            url("postgres://a@host/x?sslmode=require").as_deref(),
            Some("postgres://a@host/hot?sslmode=require")
        );
        assert_eq!(url("postgres://a@host"), None);
    }
}
