//! gRPC-Web on the same port: straight to the routes.

use bytes::{BufMut, BytesMut};

use crate::support::{SERVICE, ask};

#[tokio::test]
async fn grpc_web_reaches_the_routes_also_where_rest_does_not() {
    // Everything{text: "hi"}: field 1, two bytes.
    let message = [0x0a, 0x02, b'h', b'i'];
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(4);
    framed.extend_from_slice(&message);
    let headers = [
        ("content-type", "application/grpc-web+proto"),
        ("x-grpc-web", "1"),
    ];
    let answer = ask(
        "POST",
        &format!("/{SERVICE}/Hidden"),
        &headers,
        framed.to_vec(),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/grpc-web+proto");
    assert!(
        answer.body.starts_with(&framed),
        "the message comes back: {:?}",
        answer.body
    );
    let trailers = String::from_utf8_lossy(&answer.body[framed.len() + 5..]).into_owned();
    assert!(trailers.contains("grpc-status:0"), "{trailers}");
}
