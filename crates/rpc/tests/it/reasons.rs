//! The reasons that this crate and the store give are those of the contract.

use std::collections::BTreeSet;

#[test]
fn every_shared_reason_is_in_the_contract() {
    let reasons = stoa_api::pool()
        .get_enum_by_name("stoa.ops.v1.ErrorReason")
        .unwrap();
    let documented: BTreeSet<String> = reasons
        .values()
        .map(|value| value.name().trim_start_matches("ERROR_REASON_").to_owned())
        .collect();
    for reason in stoa_errors::reason::ALL {
        assert!(documented.contains(reason), "{reason}");
    }
}
