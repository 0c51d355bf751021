//! From `.proto` files to descriptors: protox, then prost and tonic; the bytes to embed and the digest of the contract.

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_reflect::{DescriptorPool, FileDescriptor};
use sha2::{Digest, Sha256};

use super::contract::Contract;
use super::{Failure, redact};

/// Files that nobody imports and that belong into the set: what errors are made of, and the health service.
const ALWAYS: &[&str] = &[
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
    "grpc/health/v1/health.proto",
];

/// The number of `source_code_info` in `FileDescriptorProto`, and of `file` in `FileDescriptorSet`.
const SOURCE_CODE_INFO: u32 = 9;
const FILE: u32 = 1;

/// The compiled contract.
pub(crate) struct Compiled {
    pub(crate) pool: DescriptorPool,
    bytes: Vec<u8>,
}

/// True for a package of the contract itself.
pub(crate) fn ours(package: &str) -> bool {
    package.starts_with("stoa.")
}

/// Compiles every proto below `root/proto` with what it imports from `root/third_party/proto`.
pub(crate) fn compile(root: &Path) -> Result<Compiled, Failure> {
    let own = root.join("proto");
    let mut files = Vec::new();
    collect(&own, &own, &mut files)?;
    files.sort();
    files.extend(ALWAYS.iter().map(PathBuf::from));
    let mut compiler = protox::Compiler::new([own, root.join("third_party/proto")])?;
    compiler.include_imports(true).include_source_info(true);
    for file in &files {
        // The report shows the place in the file; the plain text of the error does not.
        compiler
            .open_file(file)
            .map_err(|error| format!("{error:?}"))?;
    }
    let bytes = compiler.encode_file_descriptor_set();
    let pool = DescriptorPool::decode(bytes.as_slice())?;
    Ok(Compiled { pool, bytes })
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            files.push(path.strip_prefix(root)?.to_owned());
        }
    }
    Ok(())
}

/// Messages, clients and servers of the `stoa.*` packages, one file a package.
pub(crate) fn bindings(
    compiled: &Compiled,
    contract: &Contract,
    out: &Path,
) -> Result<(), Failure> {
    let mut set = prost_types::FileDescriptorSet::decode(compiled.bytes.as_slice())?;
    // Prost looks into the google messages that ours hold, and makes none of them (they are extern paths).
    set.file.retain(|file| {
        ours(file.package()) || matches!(file.package(), "google.protobuf" | "google.rpc")
    });
    tonic_prost_build::configure()
        .out_dir(out)
        .btree_map(".")
        .codec_path("crate::codec::Codec")
        .extern_path(".google.rpc", "::tonic_types::pb")
        .skip_debug(redact::messages(&contract.pool))
        .emit_rerun_if_changed(false)
        .compile_fds(set)?;
    Ok(())
}

/// The set to embed: options whole, comments of our own files alone.
pub(crate) fn embedded(pool: &DescriptorPool) -> Vec<u8> {
    let mut set = Vec::new();
    for file in pool.files() {
        let bytes = file.encode_to_vec();
        let bytes = if ours(file.package_name()) {
            bytes
        } else {
            without_source_info(&bytes)
        };
        prost::encoding::bytes::encode(FILE, &bytes, &mut set);
    }
    set
}

/// SHA-256 over the `stoa.*` files in the order of their names, without comments.
pub(crate) fn digest(pool: &DescriptorPool) -> [u8; 32] {
    let mut files: Vec<FileDescriptor> = pool
        .files()
        .filter(|file| ours(file.package_name()))
        .collect();
    files.sort_by(|a, b| a.name().cmp(b.name()));
    let mut hash = Sha256::new();
    for file in files {
        let bytes = without_source_info(&file.encode_to_vec());
        let mut framed = Vec::new();
        prost::encoding::bytes::encode(FILE, &bytes, &mut framed);
        hash.update(&framed);
    }
    hash.finalize().into()
}

/// An encoded `FileDescriptorProto` without its comments; every other field stays byte for byte, extensions too.
fn without_source_info(file: &[u8]) -> Vec<u8> {
    use prost::encoding::{DecodeContext, decode_key, skip_field};
    let mut kept = Vec::with_capacity(file.len());
    let mut rest = file;
    while !rest.is_empty() {
        let before = rest;
        let Ok((number, wire)) = decode_key(&mut rest) else {
            return file.to_vec();
        };
        if skip_field(wire, number, &mut rest, DecodeContext::default()).is_err() {
            return file.to_vec();
        }
        if number != SOURCE_CODE_INFO {
            let length = before.len() - rest.len();
            kept.extend(before.iter().take(length));
        }
    }
    kept
}

/// The comment that stands before the element at `path`, without the leading blank of each line.
pub(crate) fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let Some(info) = &file.file_descriptor_proto().source_code_info else {
        return String::new();
    };
    let text = info
        .location
        .iter()
        .find(|l| l.path == path)
        .map(|l| l.leading_comments().to_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}
