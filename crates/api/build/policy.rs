//! Reads the policy of an RPC, `stoa.options.v1.policy`, and refuses one that the server could not enforce.

use std::time::Duration;

use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};

use super::options;

/// The longest deadline that a policy may allow; a stream that lives longer is opened again.
const LONGEST: Duration = Duration::from_secs(3600);

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    Public,
    Guest,
    Staff(String),
    Service(Vec<String>),
}

/// What holds for one RPC, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) audience: Audience,
    pub(crate) keyed: bool,
    pub(crate) deadline_default: Duration,
    pub(crate) deadline_max: Duration,
    pub(crate) priority: &'static str,
    pub(crate) owner_field: String,
    pub(crate) cost: u32,
    pub(crate) sunset: String,
}

/// The policy of `method`, or each thing that is wrong with it.
pub(crate) fn read(
    pool: &DescriptorPool,
    method: &MethodDescriptor,
) -> Result<Policy, Vec<String>> {
    let Some(said) = options::message(pool, &method.options(), "stoa.options.v1.policy") else {
        return Err(vec!["has no (stoa.options.v1.policy)".to_owned()]);
    };
    let mut mistakes = Vec::new();
    let audience = audience(&said, &mut mistakes);
    let keyed = idempotency(&said, method, &mut mistakes);
    let (deadline_default, deadline_max) = deadlines(&said, keyed, &mut mistakes);
    let policy = Policy {
        audience,
        keyed,
        deadline_default,
        deadline_max,
        priority: match options::number(&said, "priority") {
            1 => "Critical",
            3 => "Low",
            _ => "Normal",
        },
        owner_field: owner_field(&said, method, &mut mistakes),
        cost: cost(&said, &mut mistakes),
        sunset: sunset(&said, &mut mistakes),
    };
    if mistakes.is_empty() {
        Ok(policy)
    } else {
        Err(mistakes)
    }
}

fn audience(said: &DynamicMessage, mistakes: &mut Vec<String>) -> Audience {
    let permission = options::text(said, "permission");
    let callers = options::texts(said, "callers");
    let audience = match options::number(said, "audience") {
        1 => Audience::Public,
        2 => Audience::Guest,
        3 => Audience::Staff(permission.clone()),
        4 => Audience::Service(callers.clone()),
        _ => {
            mistakes.push("has no audience".to_owned());
            return Audience::Public;
        }
    };
    let staff = matches!(audience, Audience::Staff(_));
    let service = matches!(audience, Audience::Service(_));
    if staff && !permission.contains('.') {
        mistakes
            .push("is for staff and names no permission such as \"inventory.write\"".to_owned());
    }
    if !staff && !permission.is_empty() {
        mistakes.push("names a permission and is not for staff".to_owned());
    }
    if service && callers.is_empty() {
        mistakes.push("is for services and names no callers".to_owned());
    }
    if !service && !callers.is_empty() {
        mistakes.push("names callers and is not for services".to_owned());
    }
    audience
}

fn idempotency(
    said: &DynamicMessage,
    method: &MethodDescriptor,
    mistakes: &mut Vec<String>,
) -> bool {
    let key = method.input().get_field_by_name("request_id");
    let good = key.as_ref().is_some_and(|f| {
        matches!(f.kind(), prost_reflect::Kind::String) && !f.is_list() && !f.supports_presence()
    });
    match options::number(said, "idempotency") {
        1 => {
            if key.is_some() {
                mistakes.push("is READ and has a request_id".to_owned());
            }
            false
        }
        2 => {
            if !good {
                mistakes.push("is KEYED and its request has no `string request_id`".to_owned());
            }
            true
        }
        _ => {
            mistakes.push("has no idempotency".to_owned());
            false
        }
    }
}

fn deadlines(
    said: &DynamicMessage,
    keyed: bool,
    mistakes: &mut Vec<String>,
) -> (Duration, Duration) {
    let usual = if keyed {
        Duration::from_secs(3)
    } else {
        Duration::from_secs(1)
    };
    let default = options::duration(said, "deadline_default").unwrap_or(usual);
    let max = options::duration(said, "deadline_max").unwrap_or(default * 3);
    if default.is_zero() || default > max || max > LONGEST {
        mistakes.push(format!("has a deadline of {default:?}, at most {max:?}: wants 0 < default <= max <= {LONGEST:?}"));
    }
    (default, max)
}

/// The path must lead through single fields of the response.
fn owner_field(
    said: &DynamicMessage,
    method: &MethodDescriptor,
    mistakes: &mut Vec<String>,
) -> String {
    let path = options::text(said, "owner_field");
    if !path.is_empty() && options::field_at(&method.output(), &path).is_none() {
        mistakes.push(format!(
            "has the owner field {path:?}, which its response does not have"
        ));
    }
    path
}

fn cost(said: &DynamicMessage, mistakes: &mut Vec<String>) -> u32 {
    match options::number(said, "cost") {
        0 => 1,
        cost => u32::try_from(cost)
            .ok()
            .filter(|cost| (1..=1000).contains(cost))
            .unwrap_or_else(|| {
                mistakes.push(format!("costs {cost}: wants 1 to 1000"));
                1
            }),
    }
}

fn sunset(said: &DynamicMessage, mistakes: &mut Vec<String>) -> String {
    let day = options::text(said, "sunset");
    let shape: String = day
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    if !day.is_empty() && shape != "0000-00-00" {
        mistakes.push(format!("ends on {day:?}: wants YYYY-MM-DD"));
    }
    day
}
