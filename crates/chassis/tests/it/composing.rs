//! What keeps a process from coming up.

use stoa_chassis::{ComposeError, StartError, Suite};

use crate::modules::{Catalog, Order};
use crate::up::{quiet, settings, start, suite};

#[tokio::test]
async fn whom_a_module_calls_stands_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = Suite::new("stoa-test", "0")
        .with::<Order>()
        .with::<Catalog>();
    let error = wrong
        .start(settings(folder.path(), &[]), quiet())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StartError::Compose(ComposeError::Calls {
                module: "order",
                peer: "catalog"
            })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn every_mistake_of_every_section_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(
        folder.path(),
        &[
            ("catalog.greeting", "rude"),
            ("server.drain", "soon"),
            ("telemetry.ratio", "2"),
            ("telemetry.filter", "stoa=loudest"),
            ("ordr.x", "1"),
        ],
    );
    let error = suite().start(settings, quiet()).await.unwrap_err();
    let StartError::Settings(mistakes) = error else {
        panic!("{error}");
    };
    let mut keys: Vec<&str> = mistakes.iter().map(|m| m.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "catalog.greeting",
            "ordr",
            "server.drain",
            "telemetry.filter",
            "telemetry.ratio"
        ],
        "{mistakes}"
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "nothing was touched: {left:?}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let settings = settings(folder.path(), &[("server.http", &address)]);
    let error = suite().start(settings, quiet()).await.unwrap_err();
    assert!(matches!(error, StartError::Bind(_)), "{error}");
    assert!(error.to_string().contains(&address), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await.unwrap();
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::Folder(_)), "{error}");
    running.stop().await;
    start(folder.path()).await.unwrap().stop().await;
}
