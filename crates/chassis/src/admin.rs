//! The admin port: is the process alive, is it ready, what does it count.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use stoa_store::Db;
use stoa_telemetry::metrics::{CONTENT_TYPE, Metrics};
use tokio_util::sync::CancellationToken;

use crate::Tasks;

/// How long a database may take to answer the question whether it is there.
const DATABASE_LIMIT: Duration = Duration::from_secs(1);

/// What the admin port answers from.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) metrics: Metrics,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) databases: Arc<[(&'static str, Db)]>,
}

/// One thing that readiness rests on.
#[derive(Serialize)]
struct Check {
    name: String,
    ok: bool,
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Check>,
}

/// Serves the admin port until `end`.
pub(crate) fn serve(
    tasks: &Tasks,
    listener: TcpListener,
    admin: Admin,
    end: CancellationToken,
) -> io::Result<()> {
    let listener = {
        let _inside = tasks.handle().enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let router = Router::new()
        .route("/", get(index))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(page))
        .with_state(admin);
    tasks.spawn("admin", async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(end.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::warn!(%error, "the admin port ended badly");
        }
    });
    Ok(())
}

async fn index() -> &'static str {
    "/livez\n/readyz\n/metrics\n"
}

/// Ready is: the listeners are served, each database answers, the runners were started. Nobody else's state is part of it: a
/// broker or provider that is away must not take the shop away too.
async fn ready(State(admin): State<Admin>) -> Response {
    let serving = admin.ready.load(Ordering::Acquire);
    let mut checks = vec![Check {
        name: "serving".to_owned(),
        ok: serving,
    }];
    for (name, db) in admin.databases.iter() {
        let answer = db.query("SELECT 1 AS one", &());
        let ok = matches!(
            tokio::time::timeout(DATABASE_LIMIT, answer).await,
            Ok(Ok(_))
        );
        checks.push(Check {
            name: format!("database {name}"),
            ok,
        });
    }
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Readiness { ready, checks })).into_response()
}

async fn page(State(admin): State<Admin>) -> Response {
    match admin.metrics.render() {
        Ok(page) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the metrics page cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
