//! What repairs what was found: the typed commands of this binary, which are refused when they would break something else and
//! stand in the books with their actor. Never an UPDATE.

/// Where a check's subject stands in its command.
const SUBJECT: &str = "{}";

/// Rows that agree with nothing were edited past the suite: what was true stands in the backup alone. The suite is stopped first.
const EDITED: &[&str] = &["stoa restore --from BACKUP --force"];

/// A projection that is not what it was told.
const PROJECTED: &[&str] = &["stoa events rebuild catalog.stock --reason WHY"];

/// The commands of each check, the likelier one first; what stands there in capitals is for a person to say.
const REPAIRS: &[(&str, &[&str])] = &[
    ("movements_equal_stock", EDITED),
    ("holds_equal_held", EDITED),
    ("no_oversell", &["stoa order cancel ORDER --reason WHY"]),
    ("no_negative", EDITED),
    ("order_is_fold", EDITED),
    ("order_columns_equal_their_order", EDITED),
    ("order_units", EDITED),
    ("amounts_add_up", EDITED),
    ("returns_equal_their_units", EDITED),
    ("quotes_are_used_by_their_order", EDITED),
    ("ledger_zero", EDITED),
    ("ledger_complete", EDITED),
    ("sums_equal_operations", EDITED),
    (
        "payments_within_allowed",
        &["stoa order write-off ORDER --amount AMOUNT --reason WHY"],
    ),
    (
        "results_known",
        &[
            "stoa workflow list --service payment --subject {}",
            "stoa payment resolve {} --as failed --reason WHY",
        ],
    ),
    (
        "reservations_alive",
        &["stoa order cancel ORDER --reason WHY"],
    ),
    (
        "provider_vs_books",
        &["stoa payment resolve {} --as succeeded --provider-id ID --reason WHY"],
    ),
    ("variants_have_products", EDITED),
    ("variants_agree_with_stock", PROJECTED),
    ("products_agree_with_variants", PROJECTED),
    ("prices_in_currency", EDITED),
    ("books_have_channels", EDITED),
    (
        "orders_vs_stock",
        &[
            "stoa order cancel {} --reason WHY",
            "stoa restore --from BACKUP --force",
        ],
    ),
    (
        "orders_vs_payment",
        &[
            "stoa payment resolve OPERATION --as failed --reason WHY",
            "stoa order mark-paid {} --amount AMOUNT --reference REF --reason WHY",
            "stoa order cancel {} --reason WHY",
        ],
    ),
    (
        "orders_have_work",
        &[
            "stoa workflow list --service order --subject {}",
            "stoa order cancel {} --reason WHY",
        ],
    ),
    (
        "logs_delivered",
        &[
            "stoa events dead-letters --service {}",
            "stoa events replay EVENT --reason WHY",
            "stoa events discard EVENT --reason WHY",
        ],
    ),
    ("workflows_at_rest", &["stoa workflow retry {}"]),
    ("closing_rows", &["stoa doctor --full --reseal"]),
];

/// What parts two commands.
const OR: &str = "; or ";

/// What repairs a subject of a check.
pub(super) fn of(check: &str, subject: &str) -> String {
    // Of "catalog: catalog.stock" the service is meant.
    let subject = subject.split(": ").next().unwrap_or_default();
    let known = REPAIRS.iter().find(|(name, _)| *name == check);
    let commands = known.map_or(&[][..], |(_, commands)| commands).iter();
    let commands: Vec<String> = commands
        .map(|command| command.replace(SUBJECT, subject))
        .collect();
    commands.join(OR)
}

/// Completes commands so that they mean the same suite.
pub(super) fn address(repair: &str, arguments: &str) -> String {
    let commands = repair.split(OR).map(|command| {
        // What puts files back knows folders alone.
        let files = command.starts_with("stoa restore ");
        let fits = !files || arguments.starts_with(" --data ");
        if command.starts_with("stoa ") && fits {
            format!("{command}{arguments}")
        } else {
            command.to_owned()
        }
    });
    commands.collect::<Vec<_>>().join(OR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    #[test]
    fn every_repair_can_be_typed() {
        for (check, commands) in REPAIRS {
            assert!(!commands.is_empty(), "{check}");
            let typed = address(&of(check, "ord_1"), " --data shop");
            for command in typed.split(OR) {
                let words = command.split(' ');
                let words = words.map(|word| if word == "AMOUNT" { "1.00 GBP" } else { word });
                let words: Vec<&str> = words.collect();
                assert!(cli::is_command(&words), "{check}: {command}");
                assert!(command.ends_with(" --data shop"), "{check}: {command}");
            }
        }
    }

    #[test]
    fn every_check_has_a_repair_and_every_repair_a_line_in_the_guide() {
        let guide = include_str!("../../../../docs/guides/doctor.md");
        for (check, commands) in REPAIRS {
            let line = guide
                .lines()
                .find(|line| line.starts_with(&format!("| `{check}` |")));
            for command in *commands {
                let verb: Vec<&str> = command.split(' ').take(3).collect();
                let verb = match verb.as_slice() {
                    ["stoa", "restore", _] => "stoa restore".to_owned(),
                    words => words.join(" "),
                };
                let said = line.is_some_and(|line| line.contains(&verb));
                assert!(said, "{check}: {verb} is missing in {line:?}");
            }
            assert!(super::super::HELP.contains(check), "{check}");
        }
    }

    #[test]
    fn the_command_is_about_the_subject() {
        assert_eq!(of("workflows_at_rest", "wf_1"), "stoa workflow retry wf_1");
        let letters = of("logs_delivered", "catalog: catalog.stock");
        assert!(letters.starts_with("stoa events dead-letters --service catalog; or "));
        assert_eq!(of("no_such_check", "x"), "");
        assert_eq!(
            address("stoa restore --from BACKUP --force", " --grpc a:1"),
            "stoa restore --from BACKUP --force"
        );
    }
}
