//! May he? The audience of an RPC against who calls. Asked twice: by the server's layer before the
//! message is read, and by [`crate::unary()`] for whatever path a call has taken.

use stoa_api::{Audience, Method};
use stoa_errors::{Error, Kind, reason};
use stoa_types::Principal;

use crate::auth::unauthenticated;

/// Whether `principal` may call `method`. Somebody without credentials where some are needed is
/// UNAUTHENTICATED, everybody else who may not is PERMISSION_DENIED with what is missing.
pub(crate) fn authorise(method: &Method, principal: &Principal) -> Result<(), Error> {
    match (&method.audience, principal) {
        (Audience::Public, _)
        | (Audience::Guest, Principal::Guest { .. } | Principal::Staff { .. }) => Ok(()),
        (Audience::Staff { permission }, Principal::Staff { permissions, .. }) => {
            if permissions.allows(permission) {
                return Ok(());
            }
            Err(denied("the token lacks a permission").meta("permission", permission))
        }
        (Audience::Service { callers }, Principal::Service { name }) => {
            if callers.contains(&name.as_str()) {
                return Ok(());
            }
            Err(denied("this service may not call it").meta("audience", "SERVICE"))
        }
        (Audience::Guest, Principal::Nobody) => Err(unauthenticated(
            "present a guest secret (stoa-guest-secret) or a staff token (authorization)",
        )),
        (Audience::Staff { .. }, Principal::Nobody) => Err(unauthenticated(
            "present a staff token (authorization: Bearer <token>)",
        )),
        (Audience::Service { .. }, Principal::Nobody) => {
            Err(unauthenticated("for services of the suite only"))
        }
        (Audience::Guest, Principal::Service { .. }) => {
            Err(denied("for customers only").meta("audience", "CUSTOMER"))
        }
        (Audience::Staff { .. }, Principal::Guest { .. } | Principal::Service { .. }) => {
            Err(denied("for staff only").meta("audience", "STAFF"))
        }
        (Audience::Service { .. }, Principal::Guest { .. } | Principal::Staff { .. }) => {
            Err(denied("for services of the suite only").meta("audience", "SERVICE"))
        }
    }
}

fn denied(message: &'static str) -> Error {
    Error::new(Kind::PermissionDenied, reason::PERMISSION_DENIED, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use stoa_api::Priority;
    use stoa_types::Permissions;

    use super::*;

    fn method(audience: Audience) -> Method {
        Method {
            path: "/stoa.test.v1.TestService/Do",
            service: "stoa.test.v1.TestService",
            name: "Do",
            audience,
            keyed: false,
            deadline_default: Duration::from_secs(1),
            deadline_max: Duration::from_secs(3),
            priority: Priority::Normal,
            owner_field: None,
            streaming: false,
            cost: 1,
            sunset: None,
        }
    }

    /// The whole table: every audience against every kind of caller.
    #[test]
    fn the_table_of_audiences_and_callers() {
        let staff = |permissions| Principal::Staff {
            name: "clerk".to_owned(),
            permissions,
        };
        let callers = [
            Principal::Nobody,
            Principal::Guest {
                secret_hash: [1; 32],
            },
            staff(["order.write"].into_iter().collect()),
            staff(["order.read"].into_iter().collect()),
            staff(Permissions::All),
            Principal::service("order"),
            Principal::service("catalog"),
        ];
        let (yes, who, no) = (
            None,
            Some(Kind::Unauthenticated),
            Some(Kind::PermissionDenied),
        );
        for (audience, expected) in [
            (Audience::Public, [yes, yes, yes, yes, yes, yes, yes]),
            (Audience::Guest, [who, yes, yes, yes, yes, no, no]),
            (
                Audience::Staff {
                    permission: "order.write",
                },
                [who, no, yes, no, yes, no, no],
            ),
            (
                Audience::Service {
                    callers: &["order"],
                },
                [who, no, no, no, no, yes, no],
            ),
        ] {
            for (caller, kind) in callers.iter().zip(expected) {
                let outcome = authorise(&method(audience), caller);
                assert_eq!(
                    outcome.err().map(|error| error.kind),
                    kind,
                    "{audience:?} {caller:?}"
                );
            }
        }
    }
}
