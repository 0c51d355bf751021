//! The generators, each in its own file; `generate` runs them in order.
//!
//! | file | question it answers |
//! |---|---|
//! | `compile` | which files are the contract, and what are its bytes and its digest? |
//! | `contract` | which services and RPCs does it have, and may they stand as they do? |
//! | `policy` | what does `stoa.options.v1.policy` say about an RPC? |
//! | `binding` | is its `google.api.http` binding one that the edge can serve? |
//! | `names` | what is a proto name called in Rust? |
//! | `modules`, `calls`, `events`, `fingerprint`, `redact`, `glue` | the generated code |
//! | `rules`, `validate` | the condition of one rule; the checks of one message |

pub(crate) mod binding;
pub(crate) mod calls;
pub(crate) mod compile;
pub(crate) mod contract;
pub(crate) mod events;
pub(crate) mod fingerprint;
pub(crate) mod glue;
pub(crate) mod modules;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod policy;
pub(crate) mod redact;
pub(crate) mod rules;
pub(crate) mod validate;

use std::fs;
use std::path::Path;

use self::contract::Contract;

/// What may go wrong in a build script: it ends with the text.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// Makes everything from the contract below `root` into `out`.
pub(crate) fn generate(root: &Path, out: &Path) -> Result<(), Failure> {
    let compiled = compile::compile(root)?;
    let contract = Contract::read(&compiled.pool).map_err(refusal)?;
    compile::bindings(&compiled, &contract, out)?;
    fs::write(
        out.join("descriptors.binpb"),
        compile::embedded(&compiled.pool),
    )?;
    fs::write(out.join("contract.sha256"), compile::digest(&compiled.pool))?;
    fs::write(out.join("modules.rs"), modules::generate(&compiled.pool)?)?;
    fs::write(
        out.join("rules.rs"),
        validate::generate(&contract).map_err(refusal)?,
    )?;
    fs::write(
        out.join("calls.rs"),
        calls::generate(&contract).map_err(refusal)?,
    )?;
    fs::write(out.join("events.rs"), events::generate(&compiled.pool)?)?;
    fs::write(out.join("redact.rs"), redact::generate(&compiled.pool)?)?;
    fs::write(out.join("glue.rs"), glue::generate(&contract)?)?;
    Ok(())
}

fn refusal(mistakes: Vec<String>) -> Failure {
    format!("the contract cannot stand:\n  {}", mistakes.join("\n  ")).into()
}
