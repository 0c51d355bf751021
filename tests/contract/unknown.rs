//! Well-formed messages about what does not exist: each RPC says what it has not found, and a refusal has left nothing but,
//! where execution decided it, its key.

use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use stoa_api::{METHODS, Method};

use crate::samples::good;
use crate::wire::Refusal;
use crate::world::{World, descriptor, with_text};

/// What each RPC answers to a message about nothing that exists; an empty reason is an answer.
const ANSWERS: &[(&str, &str)] = &[
    (
        "catalog.v1.CatalogAdminService/ArchiveProduct",
        "NotFound PRODUCT_NOT_FOUND",
    ),
    ("catalog.v1.CatalogAdminService/BatchUpsertProducts", ""),
    (
        "catalog.v1.CatalogAdminService/CreateProduct",
        "AlreadyExists SKU_EXISTS",
    ),
    (
        "catalog.v1.CatalogAdminService/UpdateProduct",
        "NotFound PRODUCT_NOT_FOUND",
    ),
    ("catalog.v1.CatalogInternalService/ResolveSkus", ""),
    (
        "catalog.v1.CatalogService/BatchGetProducts",
        "NotFound PRODUCT_NOT_FOUND",
    ),
    (
        "catalog.v1.CatalogService/GetProduct",
        "NotFound PRODUCT_NOT_FOUND",
    ),
    ("catalog.v1.CatalogService/ListProducts", ""),
    ("inventory.v1.AvailabilityService/BatchGetAvailability", ""),
    (
        "inventory.v1.InventoryAdminService/AdjustStock",
        "NotFound LOCATION_NOT_FOUND",
    ),
    ("inventory.v1.InventoryAdminService/CreateLocation", ""),
    (
        "inventory.v1.InventoryAdminService/GetLocation",
        "NotFound LOCATION_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryAdminService/GetStockLevel",
        "NotFound LOCATION_NOT_FOUND",
    ),
    ("inventory.v1.InventoryAdminService/ListLocations", ""),
    (
        "inventory.v1.InventoryAdminService/ListMovements",
        "NotFound LOCATION_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryAdminService/ListStockLevels",
        "NotFound LOCATION_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryAdminService/ReceiveStock",
        "NotFound LOCATION_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryInternalService/AllocateHold",
        "NotFound HOLD_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryInternalService/CreateHold",
        "FailedPrecondition OUT_OF_STOCK",
    ),
    (
        "inventory.v1.InventoryInternalService/GetHold",
        "NotFound HOLD_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryInternalService/ReleaseAllocation",
        "NotFound HOLD_NOT_FOUND",
    ),
    ("inventory.v1.InventoryInternalService/ReleaseHold", ""),
    (
        "inventory.v1.InventoryInternalService/ReturnStock",
        "NotFound LOCATION_NOT_FOUND",
    ),
    (
        "inventory.v1.InventoryInternalService/ShipAllocation",
        "NotFound HOLD_NOT_FOUND",
    ),
    (
        "ops.v1.AuditLogService/ListAuditEntries",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.AuditService/CheckInvariants",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.AuditService/CloseBooks",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.AuditService/GetLogState",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.AuditService/ListFacts",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.EventsService/DiscardDeadLetter",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.EventsService/GetDeadLetter",
        "NotFound SERVICE_NOT_FOUND",
    ),
    ("ops.v1.EventsService/GetLag", "NotFound SERVICE_NOT_FOUND"),
    (
        "ops.v1.EventsService/ListDeadLetters",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.EventsService/RebuildProjection",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.EventsService/ReplayDeadLetters",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.EventsService/RepublishEvents",
        "NotFound SERVICE_NOT_FOUND",
    ),
    ("ops.v1.InfoService/GetInfo", ""),
    (
        "ops.v1.RestoreService/AcknowledgeRestore",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.WorkflowService/GetWorkflow",
        "NotFound WORKFLOW_NOT_FOUND",
    ),
    (
        "ops.v1.WorkflowService/ListWorkflows",
        "NotFound SERVICE_NOT_FOUND",
    ),
    (
        "ops.v1.WorkflowService/RetryWorkflow",
        "NotFound WORKFLOW_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/ApproveReturn",
        "NotFound RETURN_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/CreateCredit",
        "NotFound CHANNEL_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/CreateFulfillment",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/CreateStaffQuote",
        "NotFound CHANNEL_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/GetCredit",
        "NotFound CREDIT_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/ImportOrder",
        "NotFound QUOTE_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/ImportReturn",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/MarkPaidExternally",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/ReceiveReturn",
        "NotFound RETURN_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/RejectReturn",
        "NotFound RETURN_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/RetryCapture",
        "NotFound ORDER_NOT_FOUND",
    ),
    ("order.v1.OrderAdminService/SearchCredits", ""),
    ("order.v1.OrderAdminService/SearchOrders", ""),
    ("order.v1.OrderAdminService/SearchReturns", ""),
    (
        "order.v1.OrderAdminService/ShipFulfillment",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderAdminService/WriteOff",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderService/CancelOrder",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderService/CreateQuote",
        "NotFound CHANNEL_NOT_FOUND",
    ),
    ("order.v1.OrderService/GetOrder", "NotFound ORDER_NOT_FOUND"),
    ("order.v1.OrderService/GetQuote", "NotFound QUOTE_NOT_FOUND"),
    (
        "order.v1.OrderService/GetReturn",
        "NotFound RETURN_NOT_FOUND",
    ),
    (
        "order.v1.OrderService/ListOrderEvents",
        "NotFound ORDER_NOT_FOUND",
    ),
    ("order.v1.OrderService/ListOrders", ""),
    ("order.v1.OrderService/ListReturns", ""),
    (
        "order.v1.OrderService/PlaceOrder",
        "NotFound QUOTE_NOT_FOUND",
    ),
    (
        "order.v1.OrderService/RequestReturn",
        "NotFound ORDER_NOT_FOUND",
    ),
    (
        "order.v1.OrderService/WatchOrder",
        "NotFound ORDER_NOT_FOUND",
    ),
    ("payment.v1.PaymentAdminService/GetLedgerBalances", ""),
    ("payment.v1.PaymentAdminService/ListLedgerEntries", ""),
    (
        "payment.v1.PaymentAdminService/ListPaymentOperations",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    (
        "payment.v1.PaymentAdminService/ResolveUnknownOperation",
        "NotFound OPERATION_NOT_FOUND",
    ),
    ("payment.v1.PaymentAdminService/SearchPayments", ""),
    (
        "payment.v1.PaymentInternalService/AuthorizePayment",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    (
        "payment.v1.PaymentInternalService/CapturePayment",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    ("payment.v1.PaymentInternalService/CreatePaymentIntent", ""),
    (
        "payment.v1.PaymentInternalService/CreditPayment",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    (
        "payment.v1.PaymentInternalService/RefundPayment",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    ("payment.v1.PaymentInternalService/VoidPayment", ""),
    (
        "payment.v1.PaymentService/ConfirmPayment",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    (
        "payment.v1.PaymentService/GetPayment",
        "NotFound PAYMENT_NOT_FOUND",
    ),
    ("payment.v1.PaymentService/ListPayments", ""),
    (
        "pricing.v1.PricingAdminService/BatchSetPrices",
        "NotFound CHANNEL_NOT_FOUND",
    ),
    (
        "pricing.v1.PricingAdminService/CreateChannel",
        "NotFound PRICE_BOOK_NOT_FOUND",
    ),
    (
        "pricing.v1.PricingAdminService/GetChannel",
        "NotFound CHANNEL_NOT_FOUND",
    ),
    ("pricing.v1.PricingAdminService/ListChannels", ""),
    (
        "pricing.v1.PricingAdminService/ListPrices",
        "NotFound CHANNEL_NOT_FOUND",
    ),
    (
        "pricing.v1.PricingInternalService/PriceBasket",
        "NotFound CHANNEL_NOT_FOUND",
    ),
];

/// A good message whose ids are of nothing, and whose prices are in a currency that exists.
fn about_nothing(method: &Method) -> DynamicMessage {
    let mut message = good(&descriptor(method).input());
    for field in ["page_token", "read_mask", "update_mask"] {
        message.clear_field_by_name(field);
    }
    in_pounds(&mut message);
    if method.keyed {
        message = with_text(message, "request_id", method.name);
    }
    match method.name {
        "GetHold" => with_text(message, "hold", "hld_01h455vb4pex5vsknk084sn02q"),
        "GetWorkflow" | "RetryWorkflow" => with_text(message, "service", "order"),
        "CreatePaymentIntent" => {
            message.clear_field_by_name("credit_id");
            message
        }
        _ => message,
    }
}

fn in_pounds(message: &mut DynamicMessage) {
    for (field, value) in message.fields_mut() {
        match value {
            Value::String(text) if field.name() == "currency_code" => "GBP".clone_into(text),
            Value::Message(inner) => in_pounds(inner),
            Value::List(items) => items.iter_mut().for_each(|item| {
                if let Value::Message(inner) = item {
                    in_pounds(inner);
                }
            }),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found() {
    let world = World::start().await;
    let mut wrong = Vec::new();
    for method in METHODS {
        let message = about_nothing(method);
        let before = world.books().await;
        let answer = world
            .call(
                world.entitled(method),
                method,
                None,
                message.encode_to_vec(),
            )
            .await;
        let reason = |refusal: &Refusal| format!("{:?} {}", refusal.code, refusal.reason);
        let found = answer.as_ref().err().map(reason).unwrap_or_default();
        let short = method.path.trim_start_matches("/stoa.");
        let expected = ANSWERS.iter().find(|(path, _)| *path == short);
        if expected.map(|(_, reason)| *reason) != Some(&found) {
            wrong.push(format!(
                "(\"{short}\", \"{found}\"), // {:?}",
                answer.as_ref().err()
            ));
        }
        if answer.is_err() || !method.keyed {
            let now = world.books().await;
            before.but_keys().unchanged(&now.but_keys(), method.path);
        }
    }
    assert!(
        wrong.is_empty(),
        "answered otherwise:\n{}",
        wrong.join("\n")
    );
    assert_eq!(ANSWERS.len(), METHODS.len());
    world.stop().await;
}
