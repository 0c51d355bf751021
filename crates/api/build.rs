//! Makes the Rust side of the contract from the `.proto` files, without protoc.
//!
//! Out of `proto/` come into `OUT_DIR`: prost messages with tonic clients and servers, one file a package; `modules.rs`, which
//! includes them; `rules.rs`, the checks of the `buf.validate` rules; `calls.rs`, the method table and `Call` of each request;
//! `descriptors.binpb` and `contract.sha256`. `glue.rs` is for `stoa-rpc`, whose build script finds it as `DEP_STOA_API_GLUE`.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

#[path = "build/mod.rs"]
mod build;

use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Asked for now: another checkout may have compiled this script for the same target folder.
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is set by cargo")?;
    let root = Path::new(&here).join("../..");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is set by cargo")?);
    for path in [
        "build.rs",
        "build",
        "../../proto",
        "../../third_party/proto",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    build::generate(&root, &out)?;
    println!("cargo::metadata=glue={}", out.join("glue.rs").display());
    Ok(())
}
