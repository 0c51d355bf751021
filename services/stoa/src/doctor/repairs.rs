//! What repairs what was found: the typed commands of this binary, which are refused when they would break something else and
//! stand in the books with their actor. Never an UPDATE.

/// Where a check's subject stands in its command.
const SUBJECT: &str = "{}";

/// Rows that agree with nothing were edited past the suite: what was true stands in the backup alone.
const EDITED: &str = "stoa restore --from BACKUP";

/// The commands of each check, the likelier one first; what they are called with in capitals is for a person to say.
const REPAIRS: &[(&str, &[&str])] = &[
    ("movements_equal_stock", &[EDITED]),
    ("holds_equal_held", &[EDITED]),
    ("no_oversell", &["stoa order cancel ORDER --reason TEXT"]),
    ("no_negative", &[EDITED]),
    ("order_is_fold", &[EDITED]),
    ("order_columns_equal_their_order", &[EDITED]),
    ("order_units", &[EDITED]),
    ("amounts_add_up", &[EDITED]),
    ("returns_equal_their_units", &[EDITED]),
    ("quotes_are_used_by_their_order", &[EDITED]),
    ("ledger_zero", &[EDITED]),
    ("ledger_complete", &[EDITED]),
    ("sums_equal_operations", &[EDITED]),
    (
        "payments_within_allowed",
        &["stoa order write-off ORDER --reason TEXT"],
    ),
    (
        "results_known",
        &[
            "stoa workflow list --service payment --subject {}",
            "stoa payment resolve {} --reason TEXT",
        ],
    ),
    ("reservations_alive", &["stoa order cancel ORDER --reason TEXT"]),
    ("provider_vs_books", &["stoa payment resolve {} --reason TEXT"]),
    ("variants_have_products", &[EDITED]),
    ("variants_agree_with_stock", &["stoa events replay --service catalog"]),
    ("products_agree_with_variants", &["stoa events replay --service catalog"]),
    ("prices_in_currency", &[EDITED]),
    ("books_have_channels", &[EDITED]),
    ("orders_vs_stock", &["stoa order cancel {} --reason TEXT"]),
    (
        "orders_vs_payment",
        &[
            "stoa payment resolve OPERATION --reason TEXT",
            "stoa order cancel {} --reason TEXT",
        ],
    ),
    (
        "orders_have_work",
        &[
            "stoa workflow list --service order --subject {}",
            "stoa order cancel {} --reason TEXT",
        ],
    ),
    ("logs_delivered", &["stoa events replay --service SERVICE"]),
    ("workflows_at_rest", &["stoa workflow retry {}"]),
    ("closing_rows", &["stoa doctor --full --reseal"]),
];

/// What parts two commands.
const OR: &str = "; or ";

/// What repairs a subject of a check.
pub(super) fn of(check: &str, subject: &str) -> String {
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
        if command.starts_with("stoa ") && !command.starts_with("stoa restore ") {
            format!("{command}{arguments}")
        } else {
            command.to_owned()
        }
    });
    commands.collect::<Vec<_>>().join(OR)
}
