//! The contract as `buf` builds it: a descriptor set with its comments.

use std::path::Path;

use anyhow::{Context, Result};
use prost::Message;
use prost_types::FileDescriptorSet;

use crate::process;
use crate::setup;

/// The folder of our own module, apart from what is vendored.
pub(crate) const MODULE: &str = "proto";

/// Builds the contract and decodes it. Options of our own are dropped by the decoding; comments stay.
pub(crate) fn load(root: &Path) -> Result<FileDescriptorSet> {
    let tools = setup::buf(root)?;
    let mut command = tools.command("buf")?;
    command.args(["build", MODULE, "-o", "-#format=binpb"]);
    let bytes = process::capture(&mut command)?;
    FileDescriptorSet::decode(bytes.as_slice())
        .context("buf made a descriptor set that does not decode")
}
