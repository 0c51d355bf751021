//! An ordinary build holds no boundary, no fault and no mutant: who runs it cannot make it die, lose or forget.

use std::path::Path;
use std::process::Command;

use crate::life::crash_binary;

/// Words that only a test build can need.
const WORDS: [&str; 9] = [
    "STOA_FAULT",
    "STOA_CRASH_AT",
    "STOA_CRASH_PLAN",
    "STOA_CLOCK_OFFSET",
    "STOA_MUTANT",
    "order.decided.commit",
    "payment.authorise.sent",
    "payment.unknown.failed",
    "inventory.hold.commit",
];

fn holds(binary: &Path, word: &str) -> bool {
    let found = Command::new("grep")
        .args(["-qaF", word])
        .arg(binary)
        .status();
    match found.unwrap().code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("grep ended with {other:?}"),
    }
}

fn words(binary: &Path) -> Vec<&'static str> {
    WORDS
        .into_iter()
        .filter(|word| holds(binary, word))
        .collect()
}

#[test]
fn it_holds_no_boundary_and_no_mutant() {
    assert_eq!(words(&crash_binary()), WORDS, "the test build has them all");
    assert_eq!(words(&stoa_testkit::binary()), Vec::<&str>::new());
}
