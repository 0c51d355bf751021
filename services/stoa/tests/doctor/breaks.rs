//! How each check is broken, exactly once, and what the doctor must then say.

use stoa_api::order::v1::CreditState;

use crate::shop::Shop;
use crate::tamper::hex_of;

/// What is broken, how, and what the doctor must say.
pub(crate) struct Break {
    pub(crate) check: &'static str,
    pub(crate) how: How,
    /// How the subject of one violation begins.
    pub(crate) subject: fn(&Shop) -> String,
}

pub(crate) enum How {
    /// Statements on a database.
    Sql(&'static str, fn(&Shop) -> String),
    /// An order and its first event alike.
    Order(fn(&Shop) -> &str, fn(&mut stoa_api::order::v1::Order)),
    /// The return of an order.
    Return(fn(&Shop) -> &str, fn(&mut stoa_api::order::v1::Return)),
    /// The credit.
    Credit(fn(&mut stoa_api::order::v1::Credit)),
}

/// All of them.
pub(crate) fn all() -> Vec<Break> {
    let all = [
        inventory(),
        order(),
        payment(),
        catalog_and_pricing(),
        between(),
        logs_and_work(),
    ];
    all.into_iter().flatten().collect()
}

const fn sql(
    check: &'static str,
    database: &'static str,
    statements: fn(&Shop) -> String,
    subject: fn(&Shop) -> String,
) -> Break {
    Break {
        check,
        how: How::Sql(database, statements),
        subject,
    }
}

/// An id that nothing has.
const NOBODY: &str = "x'01900000000070008000000000000001'";

/// A movement of the mugs that nothing else knows of: its deltas.
fn movement(on_hand: &str, held: &str) -> String {
    format!(
        "INSERT INTO inventory_movement (movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, \
         reference, line, reason, actor, created_at) \
         SELECT randomblob(16), sku, location_id, 'ADJUST', {on_hand}, 0, {held}, 'test', 0, '', 'test', 1 \
         FROM inventory_level WHERE sku = 'mug';"
    )
}

fn payment_of(order: &str) -> String {
    format!(
        "(SELECT id FROM payment WHERE order_id = x'{}')",
        hex_of(order)
    )
}

fn inventory() -> Vec<Break> {
    let file = "inventory.db";
    let mug = |_: &Shop| "mug at ".to_owned();
    vec![
        sql(
            "movements_equal_stock",
            file,
            |_| "UPDATE inventory_level SET on_hand = on_hand + 1 WHERE sku = 'mug'".to_owned(),
            mug,
        ),
        sql(
            "holds_equal_held",
            file,
            |_| movement("0", "1") + "UPDATE inventory_level SET held = held + 1 WHERE sku = 'mug'",
            mug,
        ),
        sql(
            "no_oversell",
            file,
            |_| {
                movement("-on_hand", "0")
                    + "UPDATE inventory_level SET on_hand = 0 WHERE sku = 'mug'"
            },
            mug,
        ),
        sql(
            "no_negative",
            file,
            |_| "UPDATE inventory_level SET shortfall = -1 WHERE sku = 'mug'".to_owned(),
            mug,
        ),
    ]
}

fn order() -> Vec<Break> {
    let file = "order.db";
    vec![
        sql(
            "order_is_fold",
            file,
            |shop| {
                let last = format!(
                    "SELECT max(seq) FROM event_log WHERE aggregate_id = '{}'",
                    shop.open
                );
                format!("UPDATE event_log SET occurred_at = occurred_at - 1 WHERE seq = ({last})")
            },
            |shop| shop.open.clone(),
        ),
        sql(
            "order_columns_equal_their_order",
            file,
            |shop| {
                format!(
                    "UPDATE orders SET total = total + 1 WHERE order_id = x'{}'",
                    hex_of(&shop.open)
                )
            },
            |shop| shop.open.clone(),
        ),
        sql(
            "quotes_are_used_by_their_order",
            file,
            |shop| {
                format!(
                    "UPDATE quotes SET used_by = NULL WHERE used_by = x'{}'",
                    hex_of(&shop.open)
                )
            },
            |shop| shop.open.clone(),
        ),
        Break {
            check: "order_units",
            how: How::Order(|shop| &shop.declined, |order| order.lines[0].ordered += 1),
            subject: |shop| shop.declined.clone(),
        },
        Break {
            check: "amounts_add_up",
            how: How::Order(
                |shop| &shop.open,
                |order| {
                    let price = order.lines[0].price.as_mut().unwrap();
                    price.gross.as_mut().unwrap().minor_units += 1;
                },
            ),
            subject: |shop| shop.open.clone(),
        },
        Break {
            check: "returns_equal_their_units",
            how: How::Return(
                |shop| &shop.returned,
                |returned| returned.lines[0].line_id = "2".to_owned(),
            ),
            subject: |shop| shop.returned.clone(),
        },
    ]
}

fn payment() -> Vec<Break> {
    let file = "payment.db";
    let operation = |_: &Shop| "op_".to_owned();
    let payment = |_: &Shop| "pay_".to_owned();
    vec![
        sql(
            "ledger_zero",
            file,
            |_| {
                "UPDATE ledger_entry SET amount = amount + CASE WHEN amount > 0 THEN 1 ELSE -1 END \
                 WHERE position = (SELECT min(position) FROM ledger_entry)"
                    .to_owned()
            },
            operation,
        ),
        sql(
            "ledger_complete",
            file,
            |_| {
                "DELETE FROM ledger_entry WHERE operation_id = \
                 (SELECT operation_id FROM ledger_entry ORDER BY position LIMIT 1)"
                    .to_owned()
            },
            operation,
        ),
        sql(
            "sums_equal_operations",
            file,
            |shop| {
                let id = payment_of(&shop.reserved);
                format!("UPDATE payment SET void_pending = void_pending + 1 WHERE id = {id}")
            },
            payment,
        ),
        sql(
            "payments_within_allowed",
            file,
            |shop| {
                let id = payment_of(&shop.reserved);
                format!("UPDATE payment SET amount = amount - 1 WHERE id = {id}")
            },
            payment,
        ),
        sql("results_known", file, unknown, operation),
        sql(
            "reservations_alive",
            file,
            |shop| {
                let id = payment_of(&shop.reserved);
                format!("UPDATE operation SET created_at = 1 WHERE payment_id = {id}")
            },
            payment,
        ),
        sql(
            "provider_vs_books",
            "sandbox/sandbox.db",
            |_| {
                // About nothing of ours: what the provider does to one of our operations is recorded.
                "UPDATE operation SET reference = 'stranger' WHERE kind = 'credit'".to_owned()
            },
            |_| "stranger".to_owned(),
        ),
    ]
}

/// An operation without a result that nobody asks for.
fn unknown(shop: &Shop) -> String {
    let id = payment_of(&shop.reserved);
    format!(
        "INSERT INTO operation (id, payment_id, kind, state, amount, create_key, failure_code, attempts, abandoned, late, \
         workflow_id, actor, correlation_id, created_at, updated_at) \
         VALUES (randomblob(16), {id}, 'CAPTURE', 'UNKNOWN', 0, 'test', '', 1, 0, 0, {NOBODY}, 'test', randomblob(16), 1, 1)"
    )
}

fn catalog_and_pricing() -> Vec<Break> {
    let mug = |_: &Shop| "mug".to_owned();
    vec![
        sql(
            "variants_have_products",
            "catalog.db",
            |_| format!("UPDATE catalog_variant SET product_id = {NOBODY} WHERE sku = 'mug'"),
            mug,
        ),
        sql(
            "variants_agree_with_stock",
            "catalog.db",
            |_| "UPDATE catalog_variant SET in_stock = 0 WHERE sku = 'mug'".to_owned(),
            mug,
        ),
        sql(
            "products_agree_with_variants",
            "catalog.db",
            |_| "UPDATE catalog_product SET in_stock = 0".to_owned(),
            mug,
        ),
        sql(
            "prices_in_currency",
            "pricing.db",
            |_| "UPDATE pricing_price SET currency = 'EUR' WHERE sku = 'mug'".to_owned(),
            mug,
        ),
        sql(
            "books_have_channels",
            "pricing.db",
            |_| {
                format!(
                    "INSERT INTO pricing_book (id, currency, created_at) VALUES ({NOBODY}, 'EUR', 1)"
                )
            },
            |_| "01900000".to_owned(),
        ),
    ]
}

fn between() -> Vec<Break> {
    vec![
        // Its hold is somebody else's: this order has none, and the other does not exist.
        sql(
            "orders_vs_stock",
            "inventory.db",
            |shop| {
                let owner = hex_of(&shop.open);
                format!("UPDATE inventory_hold SET owner = {NOBODY} WHERE owner = x'{owner}'")
            },
            |shop| shop.open.clone(),
        ),
        sql(
            "orders_vs_stock",
            "inventory.db",
            |shop| {
                let owner = hex_of(&shop.shipped);
                format!("UPDATE inventory_hold SET state = 'DEALLOCATED' WHERE owner = x'{owner}'")
            },
            |shop| shop.shipped.clone(),
        ),
        sql(
            "orders_vs_stock",
            "inventory.db",
            |shop| {
                let credit = &shop.credit;
                format!(
                    "UPDATE inventory_movement SET reference = 'test' WHERE reference = '{credit}'"
                )
            },
            |shop| shop.credit.clone(),
        ),
        // What came back is booked for nobody, so the return has nothing in stock.
        sql(
            "orders_vs_stock",
            "inventory.db",
            |_| {
                "UPDATE inventory_movement SET reference = 'test' WHERE kind = 'RETURN' AND reference LIKE 'ret_%'"
                    .to_owned()
            },
            |_| "ret_".to_owned(),
        ),
        sql(
            "orders_vs_payment",
            "payment.db",
            |shop| {
                let order = hex_of(&shop.canceled);
                format!("UPDATE payment SET order_id = {NOBODY} WHERE order_id = x'{order}'")
            },
            |_| {
                stoa_types::OrderId::from_uuid("01900000000070008000000000000001".parse().unwrap())
                    .to_string()
            },
        ),
        sql(
            "orders_vs_payment",
            "payment.db",
            |shop| {
                let order = hex_of(&shop.shipped);
                format!("UPDATE payment SET order_id = {NOBODY} WHERE order_id = x'{order}'")
            },
            |shop| shop.shipped.clone(),
        ),
        sql(
            "orders_vs_payment",
            "payment.db",
            |shop| {
                let credit = hex_of(&shop.credit);
                format!("UPDATE payment SET credit_id = {NOBODY} WHERE credit_id = x'{credit}'")
            },
            |shop| shop.credit.clone(),
        ),
        Break {
            check: "orders_have_work",
            how: How::Credit(|credit| credit.set_state(CreditState::Pending)),
            subject: |shop| shop.credit.clone(),
        },
    ]
}

fn logs_and_work() -> Vec<Break> {
    vec![
        sql(
            "logs_delivered",
            "catalog.db",
            |_| {
                "INSERT INTO event_letter SELECT consumer, aggregate_kind, aggregate_id, 1000000, 'POISON', 1, 1, 'test', \
                 NULL, NULL, 1, randomblob(16), 'stoa.test', x'00', 1, 'test', NULL, randomblob(16), NULL, NULL, \
                 randomblob(32) FROM event_inbox LIMIT 1"
                    .to_owned()
            },
            |_| "catalog: ".to_owned(),
        ),
        sql(
            "closing_rows",
            "order.db",
            |_| {
                "INSERT INTO order_closing (one, position, subjects, chain, seal) VALUES (1, 1, 1, '', 'test')"
                    .to_owned()
            },
            |_| "order: its log".to_owned(),
        ),
        sql(
            "workflows_at_rest",
            "order.db",
            |shop| stuck(&shop.open),
            |_| "wf_".to_owned(),
        ),
    ]
}

/// The checkout of an order waits for an operator.
pub(crate) fn stuck(order: &str) -> String {
    format!(
        "UPDATE workflow SET status = 'STUCK', finished_at = NULL, last_error = 'test' \
         WHERE subject = '{order}' AND kind = 'order.checkout'"
    )
}

/// An operation that waits for its result since now: a capture of 1 of an order's reserved money.
pub(crate) fn pending(order: &str) -> String {
    let id = payment_of(order);
    format!(
        "UPDATE payment SET capture_pending = capture_pending + 1 WHERE id = {id}; \
         INSERT INTO operation (id, payment_id, kind, state, amount, create_key, failure_code, attempts, abandoned, late, \
         workflow_id, actor, correlation_id, created_at, updated_at) \
         VALUES (randomblob(16), {id}, 'CAPTURE', 'UNKNOWN', 1, 'test', '', 1, 0, 0, {NOBODY}, 'test', randomblob(16), \
         9000000000000000, 9000000000000000)"
    )
}
