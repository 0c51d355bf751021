//! Compiles buf/validate/validate.proto with protox instead of protoc.

use std::{env, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const FILE: &str = "buf/validate/validate.proto";
    println!("cargo:rerun-if-changed=proto/{FILE}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let bytes = protox::Compiler::new(["proto"])?
        .include_imports(true)
        .include_source_info(true)
        .open_files([FILE])?
        .encode_file_descriptor_set();
    fs::write(out.join("file_descriptor_set.bin"), &bytes)?;

    let set = prost_types::FileDescriptorSet::decode(bytes.as_slice())?;
    let mut config = prost_build::Config::new();
    if env::var_os("CARGO_FEATURE_REFLECT").is_some() {
        for file in set.file.iter().filter(|f| f.package() == "buf.validate") {
            for message in &file.message_type {
                reflect(&mut config, "buf.validate", message);
            }
        }
    }
    config.compile_fds(set)?;
    Ok(())
}

fn reflect(config: &mut prost_build::Config, scope: &str, message: &prost_types::DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    config
        .type_attribute(&name, "#[derive(::prost_reflect::ReflectMessage)]")
        .type_attribute(
            &name,
            format!(r#"#[prost_reflect(message_name = "{name}", descriptor_pool = "crate::DESCRIPTOR_POOL")]"#),
        );
    for nested in &message.nested_type {
        reflect(config, &name, nested);
    }
}
