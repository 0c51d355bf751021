//! What is asked of a Postgres before anything is served from it, and how several instances migrate one database.

use std::sync::Arc;

use futures::future::join_all;
use sqlx::{Connection, Executor, PgConnection, Row};
use stoa_store::provision::{self, Provisioned, provision};
use stoa_store::{DatabaseUrl, Db, DbConfig, Migration, Options, Place, StoreError};
use stoa_types::SystemClock;
use tokio::runtime::Handle;

use crate::support::LEDGER;

const NOTES: Migration = Migration {
    component: "ledger",
    version: 2,
    name: "notes",
    sqlite: "CREATE TABLE note (text TEXT NOT NULL) STRICT",
    postgres: "CREATE TABLE note (text text NOT NULL)",
};

async fn open(config: DbConfig, migrations: Vec<Migration>) -> Result<Db, StoreError> {
    let clock = Arc::new(SystemClock);
    Db::open_with(
        config,
        Options::default(),
        migrations,
        clock,
        Handle::current(),
    )
    .await
}

async fn connection(config: &DbConfig) -> PgConnection {
    let Place::Server(url) = &config.place else {
        panic!("a server");
    };
    PgConnection::connect(url.expose()).await.unwrap()
}

#[tokio::test]
async fn instances_that_start_at_once_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = stoa_testdb::server_config("ledger", folder.path());
    let instances = (0..4).map(|_| open(config.clone(), vec![LEDGER, NOTES]));
    let opened: Vec<Db> = join_all(instances)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let mut other = connection(&config).await;
    let row = other
        .fetch_one("SELECT count(*) FROM stoa_migrations WHERE component = 'ledger'")
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>(0), 2);
    for db in opened {
        db.close().await;
    }
}

#[tokio::test]
async fn an_older_binary_refuses_a_schema_that_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let config = stoa_testdb::server_config("ledger", folder.path());
    let newer = open(config.clone(), vec![LEDGER, NOTES]).await.unwrap();
    let older = open(config, vec![LEDGER]).await;
    assert!(matches!(
        older,
        Err(StoreError::NewerSchema {
            found: 2,
            known: 1,
            ..
        })
    ));
    newer.close().await;
}

#[tokio::test]
async fn what_contracts_waits_until_the_others_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let config = stoa_testdb::server_config("ledger", folder.path());
    let older = open(config.clone(), vec![LEDGER, NOTES]).await.unwrap();
    let silent = Migration {
        version: 3,
        name: "no notes",
        sqlite: "DROP TABLE note",
        postgres: "DROP TABLE note",
        ..NOTES
    };
    let said = Migration {
        sqlite: "-- contract\nDROP TABLE note",
        postgres: "-- contract\nDROP TABLE note",
        ..silent
    };
    let undeclared = open(config.clone(), vec![LEDGER, NOTES, silent]).await;
    assert!(matches!(
        undeclared,
        Err(StoreError::Undeclared { version: 3, .. })
    ));
    let refused = open(config.clone(), vec![LEDGER, NOTES, said]).await;
    assert!(matches!(
        refused,
        Err(StoreError::Contracting { version: 3, .. })
    ));
    older.close().await;
    open(config, vec![LEDGER, NOTES, said])
        .await
        .unwrap()
        .close()
        .await;
}

#[tokio::test]
async fn another_order_of_texts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = stoa_testdb::server_config("ledger", folder.path());
    let Place::Server(url) = &config.place else {
        panic!("a server");
    };
    let (base, name) = url.expose().rsplit_once('/').unwrap();
    let name = name.split('?').next().unwrap();
    let other = name.replace("_ledger", "_collated");
    let mut admin = PgConnection::connect(stoa_testdb::admin().expose())
        .await
        .unwrap();
    let text =
        format!("CREATE DATABASE {other} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
    admin.execute(sqlx::AssertSqlSafe(text)).await.unwrap();
    let config = DbConfig::server("ledger", DatabaseUrl::new(format!("{base}/{other}")));
    let refused = open(config, vec![LEDGER]).await;
    assert!(
        matches!(
            &refused,
            Err(StoreError::Durability {
                setting: "lc_collate",
                ..
            })
        ),
        "{refused:?}"
    );
}

/// Each service has a role and a database of its own, and may enter no other.
#[tokio::test]
async fn nobody_enters_the_database_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = stoa_testdb::prefix(folder.path());
    let wanted: Vec<Provisioned> = ["one", "two"]
        .map(|name| Provisioned {
            name: format!("{prefix}_{name}"),
            password: format!("{:032x}", u128::from_str_radix("1f", 16).unwrap()),
        })
        .into();
    let admin = stoa_testdb::admin();
    let names: Vec<&str> = wanted.iter().map(|each| each.name.as_str()).collect();
    provision::refuse_taken(&admin, &names).await.unwrap();
    provision(&admin, &wanted).await.unwrap();
    // Again, as after a kill: nothing changes.
    provision(&admin, &wanted).await.unwrap();
    let taken = provision::refuse_taken(&admin, &names).await;
    assert!(matches!(taken, Err(StoreError::Taken(_))), "{taken:?}");
    let url = |name: &str, of: &Provisioned| {
        provision::url(&admin, name, &of.password)
            .unwrap()
            .expose()
            .to_owned()
    };
    let [first, second] = wanted.as_slice() else {
        panic!("two")
    };
    let one = DbConfig::server("one", DatabaseUrl::new(url(&first.name, first)));
    open(one.clone(), vec![LEDGER]).await.unwrap().close().await;
    // The role of the one at the door of the other.
    let own = url(&first.name, first);
    let (server, database) = own.rsplit_once('/').unwrap();
    let strange = format!("{server}/{}", database.replace(&first.name, &second.name));
    let refused = PgConnection::connect(&strange).await.unwrap_err();
    let code = refused.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("42501"), "{refused}");
    let wrong = Provisioned {
        password: "f".repeat(32),
        ..first.clone()
    };
    let refused = PgConnection::connect(&url(&wrong.name, &wrong))
        .await
        .unwrap_err();
    let code = refused.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("28P01"), "{refused}");
    let mut own = connection(&one).await;
    for text in [
        "CREATE DATABASE stolen",
        "CREATE ROLE stolen",
        "SELECT * FROM pg_authid",
    ] {
        let refused = own.execute(text).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{text}: {refused}");
    }
}
