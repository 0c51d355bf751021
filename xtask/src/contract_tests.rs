//! A contract that breaks its callers is refused; the first one is accepted as it is.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// A copy of the contract, with the tools of this tree. `None` when these are not installed, which CI does not accept.
fn copy() -> Option<tempfile::TempDir> {
    let root = crate::root::find().unwrap();
    if !Tools::new(&root).npm_bin().join("buf").exists() {
        assert!(!is_ci(), "buf is not installed");
        say("skipped: buf is not there; run `cargo xtask test`");
        return None;
    }
    let copy = tempfile::tempdir().unwrap();
    for shared in [".tools", "tools", "third_party", "buf.yaml"] {
        symlink(root.join(shared), copy.path().join(shared)).unwrap();
    }
    copy_folder(&root.join(MODULE), &copy.path().join(MODULE));
    fs::remove_file(copy.path().join(BASELINE)).ok();
    Some(copy)
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether this is CI is no setting of a service"
)]
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn the_first_contract_is_accepted_and_a_broken_one_is_refused() {
    let Some(copy) = copy() else { return };
    let tools = Tools::new(copy.path());
    assert!(!copy.path().join(BASELINE).exists());
    breaking(copy.path(), &tools).unwrap();
    assert!(
        copy.path().join(BASELINE).exists(),
        "created, and passed once"
    );
    breaking(copy.path(), &tools).unwrap();
    let money = "proto/stoa/type/v1/money.proto";
    replace(
        copy.path(),
        money,
        "int64 minor_units = 2",
        "int64 minor_units = 3",
    );
    assert!(
        breaking(copy.path(), &tools).is_err(),
        "a field's number moved"
    );
}

#[test]
fn a_field_without_a_comment_is_refused() {
    let Some(copy) = copy() else { return };
    let tools = Tools::new(copy.path());
    let file = "proto/stoa/type/v1/money.proto";
    let text = fs::read_to_string(copy.path().join(file)).unwrap();
    let bare: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("  //"))
        .collect();
    fs::write(copy.path().join(file), bare.join("\n")).unwrap();
    assert!(buf(&tools, &["lint"]).is_err());
}
