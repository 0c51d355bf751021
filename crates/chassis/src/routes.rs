//! Which routes a process has: the public ones of all modules, and those that one module calls of another.

use tonic::service::{Routes, RoutesBuilder};

/// All of them in one table; what none of them knows is UNIMPLEMENTED.
pub(crate) fn merged(all: impl IntoIterator<Item = RoutesBuilder>) -> Routes {
    let router = all
        .into_iter()
        .fold(Routes::default().into_axum_router(), |router, routes| {
            router.merge(routes.routes().into_axum_router().reset_fallback())
        });
    Routes::from(router).prepare()
}
