//! Each check, broken exactly once: it is found, with the right subject, and nothing else is.

use std::path::Path;

use futures::StreamExt;
use futures::stream;

use crate::breaks::{self, Break, How};
use crate::shop::{self, Shop};
use crate::tamper::Database;

async fn apply(folder: &Path, shop: &Shop, how: &How) {
    let file = match how {
        How::Sql(file, _) => file,
        _ => "order.db",
    };
    let mut database = Database::open(folder, file).await;
    match how {
        How::Sql(_, statements) => database.run(&statements(shop)).await,
        How::Order(which, edit) => database.edit_order(which(shop), *edit).await,
        How::Return(which, edit) => database.edit_return(which(shop), *edit).await,
        How::Credit(edit) => database.edit_credit(&shop.credit, *edit).await,
    }
    database.close().await;
}

/// Breaks a copy of the shop and asks the doctor; what he did not say as he should.
async fn visit(folder: &Path, shop: &Shop, number: usize, one: Break) -> Option<String> {
    let copy = shop::copy(folder);
    apply(copy.path(), shop, &one.how).await;
    let suite = shop::start(copy.path()).await;
    let (said, _) = shop::doctor(copy.path(), &[]);
    suite.stop().await;
    let broken = shop::broken(&said);
    let subject = (one.subject)(shop);
    let found = match broken.as_slice() {
        [(name, subjects)] => {
            name == one.check && subjects.iter().any(|it| it.starts_with(&subject))
        }
        _ => false,
    };
    let wanted = one.check;
    (!found)
        .then(|| format!("{number}: {wanted} of {subject} should be broken, and is: {broken:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_each_broken_thing_is_found_and_nothing_else() {
    let (folder, shop) = shop::fill().await;
    let breaks = breaks::all();
    let names: Vec<&str> = breaks.iter().map(|one| one.check).collect();
    let wrong: Vec<String> = stream::iter(breaks.into_iter().enumerate())
        .map(|(number, one)| visit(folder.path(), &shop, number, one))
        .buffer_unordered(2)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let suite = shop::start(folder.path()).await;
    let (said, _) = shop::doctor(folder.path(), &[]);
    for check in said["checks"].as_array().unwrap() {
        let name = check["name"].as_str().unwrap();
        assert!(names.contains(&name), "no test breaks {name}");
    }
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_what_is_stuck_is_repaired_by_the_command_that_the_doctor_names() {
    let (folder, shop) = shop::fill().await;
    let mut database = Database::open(folder.path(), "order.db").await;
    database.run(&breaks::stuck(&shop.open)).await;
    let text = "SELECT last_error FROM workflow WHERE status = 'STUCK'";
    assert_eq!(database.text(text).await, "test");
    database.close().await;
    let suite = shop::start(folder.path()).await;
    let (said, _) = shop::doctor(folder.path(), &[]);
    let work = said["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "workflows_at_rest");
    let repair = work.unwrap()["violations"][0]["repair"].as_str().unwrap();
    let words: Vec<&str> = repair.split(' ').collect();
    assert_eq!(words[..3], ["stoa", "workflow", "retry"]);
    assert!(repair.ends_with(&format!(" --data {}", folder.path().display())));
    let retried = shop::typed(&words[1..]);
    assert!(retried.status.success(), "{retried:?}");
    let (said, content) = shop::doctor(folder.path(), &["--quiesced"]);
    assert!(content, "{said}");
    suite.stop().await;
}

/// While the suite sells, money whose fate is open is in flight; when it is said to rest, it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_what_is_in_flight_is_broken_only_in_a_suite_that_rests() {
    let (folder, shop) = shop::fill().await;
    let mut database = Database::open(folder.path(), "payment.db").await;
    let pending = breaks::pending(&shop.reserved);
    database.run(&pending).await;
    database.close().await;
    let suite = shop::start(folder.path()).await;
    let (said, content) = shop::doctor(folder.path(), &[]);
    assert!(content, "{said}");
    let (said, content) = shop::doctor(folder.path(), &["--quiesced"]);
    assert!(!content, "{said}");
    let broken = shop::broken(&said);
    let money = "orders_vs_payment".to_owned();
    assert_eq!(broken, [(money, vec![shop.reserved.clone()])]);
    suite.stop().await;
}
