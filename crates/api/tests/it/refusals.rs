//! Contracts that must not build: each names the RPC, and what is wrong with it.

use std::path::Path;

use protox::Compiler;
use protox::file::{
    ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};

use crate::build::contract::Contract;
use crate::build::{calls, glue, validate};

/// One proto in memory.
struct Memory(String);

impl FileResolver for Memory {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == "stoa/probe/v1/probe.proto" {
            return File::from_source(name, &self.0);
        }
        Err(protox::Error::file_not_found(name))
    }
}

const HEAD: &str = r#"
    syntax = "proto3";
    package stoa.probe.v1;
    import "buf/validate/validate.proto";
    import "google/api/annotations.proto";
    import "stoa/options/v1/options.proto";
"#;

/// A KEYED RPC of a guest that stands; the tests change one thing of it.
const GOOD: &str = r#"
    service ProbeService {
      // Does it.
      rpc DoIt(DoItRequest) returns (DoItResponse) {
        option (google.api.http) = { post: "/v1/probes/{probe_id}:do" body: "*" };
        option (stoa.options.v1.policy) = { audience: AUDIENCE_CUSTOMER idempotency: IDEMPOTENCY_KEYED owner_field: "owner" };
      }
    }
    message DoItRequest { string request_id = 1; string probe_id = 2 [(buf.validate.field).string.max_len = 3]; }
    message DoItResponse { string owner = 1; }
"#;

fn read(body: &str) -> Result<Contract, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = ChainFileResolver::new();
    files.add(Memory(format!("{HEAD}{body}")));
    files.add(IncludeFileResolver::new(root.join("proto")));
    files.add(IncludeFileResolver::new(root.join("third_party/proto")));
    files.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(files);
    compiler.include_imports(true).include_source_info(true);
    compiler
        .open_file("stoa/probe/v1/probe.proto")
        .expect("the probe is proto");
    let bytes = compiler.encode_file_descriptor_set();
    Contract::read(&prost_reflect::DescriptorPool::decode(bytes.as_slice()).unwrap())
}

/// What is said about the good contract with `from` replaced by `to`.
fn refused(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the probe holds {from:?}");
    match read(&GOOD.replace(from, to)) {
        Ok(_) => panic!("{to:?} builds"),
        Err(mistakes) => mistakes.join("\n"),
    }
}

#[test]
fn the_probe_itself_builds() {
    let contract = read(GOOD).unwrap();
    assert!(validate::generate(&contract).is_ok());
    let glue = glue::generate(&contract).unwrap();
    assert!(glue.contains("pub trait ProbeServiceHandler"), "{glue}");
    assert!(glue.contains("async fn do_it("), "{glue}");
}

#[test]
fn an_rpc_without_a_policy_does_not_build() {
    let policy = r#"option (stoa.options.v1.policy) = { audience: AUDIENCE_CUSTOMER idempotency: IDEMPOTENCY_KEYED owner_field: "owner" };"#;
    assert_eq!(
        refused(policy, ""),
        "stoa.probe.v1.ProbeService.DoIt has no (stoa.options.v1.policy)"
    );
}

#[test]
fn a_policy_that_leaves_something_open_does_not_build() {
    for (from, to, said) in [
        ("audience: AUDIENCE_CUSTOMER", "", "DoIt has no audience"),
        (
            "idempotency: IDEMPOTENCY_KEYED",
            "",
            "DoIt has no idempotency",
        ),
        ("AUDIENCE_CUSTOMER", "AUDIENCE_STAFF", "names no permission"),
        ("AUDIENCE_CUSTOMER", "AUDIENCE_SERVICE", "names no callers"),
        (
            "AUDIENCE_CUSTOMER",
            r#"AUDIENCE_CUSTOMER permission: "probe.do""#,
            "is not for staff",
        ),
        (
            "AUDIENCE_CUSTOMER",
            r#"AUDIENCE_CUSTOMER callers: "order""#,
            "is not for services",
        ),
        (
            "owner_field: \"owner\"",
            "owner_field: \"boss\"",
            "has the owner field \"boss\"",
        ),
        ("owner_field: \"owner\"", "cost: 2000", "costs 2000"),
        (
            "owner_field: \"owner\"",
            "sunset: \"tomorrow\"",
            "ends on \"tomorrow\"",
        ),
        (
            "owner_field: \"owner\"",
            "deadline_default: { seconds: 9 } deadline_max: { seconds: 3 }",
            "has a deadline of 9s",
        ),
        ("string request_id = 1;", "", "has no `string request_id`"),
        (
            "string request_id = 1;",
            "repeated string request_id = 1;",
            "has no `string request_id`",
        ),
        (
            "IDEMPOTENCY_KEYED",
            "IDEMPOTENCY_READ",
            "is READ and has a request_id",
        ),
    ] {
        let all = refused(from, to);
        assert!(all.contains(said), "{to:?} says {all:?}");
        assert!(
            all.contains("stoa.probe.v1.ProbeService.DoIt"),
            "{to:?} says {all:?}"
        );
    }
}

#[test]
fn a_door_that_does_not_fit_does_not_build() {
    for (from, to, said) in [
        (
            r#"option (google.api.http) = { post: "/v1/probes/{probe_id}:do" body: "*" };"#,
            "",
            "has no REST binding",
        ),
        (
            "AUDIENCE_CUSTOMER",
            r#"AUDIENCE_SERVICE callers: "order""#,
            "is for services and has a REST binding",
        ),
        ("{probe_id}", "{nobody}", "has {nobody} in its path"),
        ("post: \"/v1", "post: \"/v2", "wants one below /v1/"),
        (
            "body: \"*\"",
            "body: \"*\" response_body: \"owner\"",
            "has a response_body",
        ),
        ("post:", "get:", "has a body on get"),
        (
            "(DoItRequest)",
            "(DoItResponse)",
            "where its own DoItRequest belongs",
        ),
        ("(DoItRequest)", "(stream DoItRequest)", "takes a stream"),
        (
            "AUDIENCE_CUSTOMER",
            r#"AUDIENCE_STAFF permission: "probe.do""#,
            "is for everybody, and its DoIt is for staff",
        ),
    ] {
        let all = refused(from, to);
        assert!(all.contains(said), "{to:?} says {all:?}");
    }
}

#[test]
fn two_rpcs_behind_one_door_do_not_build() {
    let second = r#"
      rpc DoMore(DoMoreRequest) returns (DoMoreResponse) {
        option (google.api.http) = { post: "/v1/probes/{other_id}:do" body: "*" };
        option (stoa.options.v1.policy) = { audience: AUDIENCE_PUBLIC idempotency: IDEMPOTENCY_READ };
      }
    }
    message DoMoreRequest { string other_id = 1; }
    message DoMoreResponse {}
    message DoItRequest {"#;
    let body = GOOD.replacen("    }\n    message DoItRequest {", second, 1);
    let Err(mistakes) = read(&body) else {
        panic!("one binding serves two RPCs")
    };
    assert_eq!(
        mistakes,
        [
            "/stoa.probe.v1.ProbeService/DoMore has the REST binding of /stoa.probe.v1.ProbeService/DoIt"
        ]
    );
}

#[test]
fn a_rule_that_cannot_be_kept_does_not_build() {
    for (rule, said) in [
        (
            "(buf.validate.field).int32.gte = 3",
            "takes string rules and has int32 rules",
        ),
        (
            "(buf.validate.field).string.hostname = true",
            "string.hostname, which the generator does not know",
        ),
        (
            "(buf.validate.field).string.min_len = 0",
            "string.min_len, which the generator does not know",
        ),
        (
            "(buf.validate.field).string.pattern = \"[\"",
            "has the pattern \"[\", which is none",
        ),
        (
            "(buf.validate.field).string.pattern = \"^\\\\d$\"",
            "languages differ",
        ),
        (
            "(buf.validate.field).cel = { id: \"a\" expression: \"true\" }",
            "has the rule cel",
        ),
    ] {
        let contract =
            read(&GOOD.replace("(buf.validate.field).string.max_len = 3", rule)).unwrap();
        let mistakes = validate::generate(&contract).unwrap_err().join("\n");
        assert!(mistakes.contains(said), "{rule} says {mistakes:?}");
        assert!(
            mistakes.contains("stoa.probe.v1.DoItRequest.probe_id"),
            "{rule} says {mistakes:?}"
        );
    }
}

#[test]
fn what_is_not_fingerprinted_is_taken_out_wherever_it_stands() {
    let marked = r#"[(stoa.options.v1.not_fingerprinted) = true]"#;
    let message = format!(
        r#"message DoItRequest {{
          string request_id = 1;
          string probe_id = 2;
          repeated Line lines = 3;
          map<string, Line> named = 4;
          oneof source {{ Line first = 5; string none = 6; }}
        }}
        message Line {{ string sku = 1; string note = 2 {marked}; Line below = 3; }}
        message Unused {{"#
    );
    let body = GOOD.replacen("message DoItRequest {", &message, 1);
    let made = calls::generate(&read(&body).unwrap()).unwrap();
    for line in [
        "strip_stoa_probe_v1_doitrequest(&mut copy);",
        "for inner in &mut message.lines { strip_stoa_probe_v1_line(inner); }",
        "for inner in message.named.values_mut() { strip_stoa_probe_v1_line(inner); }",
        "if let Some(crate::probe::v1::do_it_request::Source::First(inner)) = &mut message.source { strip_stoa_probe_v1_line(inner); }",
        "message.note = Default::default();",
        "if let Some(inner) = &mut message.below { strip_stoa_probe_v1_line(inner); }",
    ] {
        assert!(made.contains(line), "{line} is missing in {made}");
    }
    let body = body.replace("string none = 6;", &format!("string none = 6 {marked};"));
    let mistakes = calls::generate(&read(&body).unwrap()).unwrap_err();
    assert_eq!(
        mistakes,
        ["stoa.probe.v1.DoItRequest.none is not_fingerprinted inside a oneof"]
    );
}
