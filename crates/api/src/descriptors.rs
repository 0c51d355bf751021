//! The contract as data: the descriptor set for reflection, transcoding and documents, and its digest.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// Every file of the contract and what it imports, and `grpc.health.v1`, as an encoded `google.protobuf.FileDescriptorSet`.
/// Options with their extensions are kept; the `stoa.*` files carry their comments.
pub static DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// SHA-256 over the `stoa.*` files in the order of their names, without comments: two binaries with one digest speak one contract.
pub const CONTRACT: [u8; 32] = *include_bytes!(concat!(env!("OUT_DIR"), "/contract.sha256"));

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the build has decoded the same bytes")]
    DescriptorPool::decode(DESCRIPTOR_SET).expect("the embedded descriptor set")
});

/// The descriptor set, decoded once.
#[must_use]
pub fn pool() -> &'static DescriptorPool {
    &POOL
}
