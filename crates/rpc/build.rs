//! Tells the crate where the generator of `stoa-api` has put the handler traits and their glue.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=DEP_STOA_API_GLUE");
    let glue = env::var("DEP_STOA_API_GLUE")
        .map_err(|_| "stoa-api's build script has not said where its glue is")?;
    println!("cargo::rerun-if-changed={glue}");
    println!("cargo::rustc-env=STOA_GLUE={glue}");
    Ok(())
}
