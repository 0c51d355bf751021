//! Reflection v1 and v1alpha of what the public listener serves, and of nothing else.

use stoa_api::METHODS;
use stoa_rpc::server::ServicesBuilder;
use tonic_reflection::server::Builder;

/// Adds both versions for `services`. Files that declare an internal service are left out as a whole, so that not even a
/// client who knows its name finds it; `google.rpc` is in, so that tools can print error details.
pub(crate) fn add(
    routes: &mut ServicesBuilder,
    services: &[&'static str],
) -> Result<(), tonic_reflection::server::Error> {
    let files = public_files();
    let builder = || {
        services.iter().fold(
            Builder::configure()
                .register_encoded_file_descriptor_set(&files)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(
                    tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
                )
                .with_service_name("grpc.reflection.v1.ServerReflection")
                .with_service_name("grpc.reflection.v1alpha.ServerReflection"),
            |builder, service| builder.with_service_name(*service),
        )
    };
    routes
        .add_service(builder().build_v1()?)
        .add_service(builder().build_v1alpha()?);
    Ok(())
}

/// The descriptor set without the files of internal services, options and comments kept.
pub(crate) fn public_files() -> Vec<u8> {
    let internal = |service: &str| {
        METHODS
            .iter()
            .any(|method| method.internal() && method.service == service)
    };
    let mut set = Vec::new();
    for file in stoa_api::pool().files() {
        if file.services().any(|service| internal(service.full_name())) {
            continue;
        }
        let mut encoded = Vec::new();
        if let Err(error) = file.encode(&mut encoded) {
            tracing::warn!(%error, file = file.name(), "a file cannot be shown by reflection");
            continue;
        }
        // `repeated FileDescriptorProto file = 1`: its tag, the length, the bytes.
        set.push(0x0a);
        push_varint(&mut set, encoded.len());
        set.append(&mut encoded);
    }
    set
}

fn push_varint(to: &mut Vec<u8>, number: usize) {
    let mut rest = number;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            to.push(low & 0x7f);
            return;
        }
        to.push(low | 0x80);
    }
}
