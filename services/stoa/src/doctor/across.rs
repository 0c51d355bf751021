//! One order at a time across services: which are at rest, and whether the services agree on them.

use std::collections::{BTreeMap, BTreeSet};

use futures::try_join;
use stoa_api::ops::v1::{Fact, GetLogStateRequest};

use crate::client::{Connection, Failure};

use super::closing::{INVENTORY, Judged, ORDER, PAYMENT};
use super::diagnosis::{Check, Violation};
use super::facts::{self, Facts};
use super::rules::{self, Wrong};
use super::scope::Scope;
use super::settled;

/// Subjects that are read at once.
const CHUNK: usize = 1_000;

/// What is judged of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    Stock,
    Money,
    Work,
}

const MATTERS: [(Matter, &str); 3] = [
    (Matter::Stock, "orders_vs_stock"),
    (Matter::Money, "orders_vs_payment"),
    (Matter::Work, "orders_have_work"),
];

/// What disagreed in a reading, by subject and matter.
type Suspects = BTreeMap<(String, Matter), Wrong>;

/// Where the logs were when a reading was made.
type Positions = BTreeMap<&'static str, i64>;

/// Some orders and credits, read from all services: the order service first and again at the end.
struct Reading {
    before: Facts,
    stock: Facts,
    money: Facts,
    after: Facts,
}

impl Reading {
    async fn of(suite: &Connection, before: Facts, subjects: &[String]) -> Result<Self, Failure> {
        let (stock, money) = try_join!(
            facts::of(suite, INVENTORY, subjects),
            facts::of(suite, PAYMENT, subjects),
        )?;
        Ok(Self {
            after: facts::of(suite, ORDER, subjects).await?,
            before,
            stock,
            money,
        })
    }

    /// What disagrees about a subject; none where it moved or somebody is busy with it. With `quiesced`, nobody may be.
    fn judge(&self, subject: &str, quiesced: bool) -> Option<Vec<(Matter, Wrong)>> {
        let (before, after) = (self.before.get(subject), self.after.get(subject));
        let version = |fact: &Fact| fact.version;
        if before.map(version) != after.map(version) {
            return None;
        }
        let (stock, money) = (self.stock.get(subject), self.money.get(subject));
        // Work that began and ended between the two readings has left a new version. How long work may take, the order's or
        // payment's, is a check of its own.
        let live = |fact: Option<&Fact>| fact.is_some_and(|fact| fact.live);
        let busy = live(before) || live(after);
        if !quiesced && (busy || live(money)) {
            return None;
        }
        let found = [
            (Matter::Stock, rules::stock(after, stock)),
            (Matter::Money, rules::money(after, money)),
            (Matter::Work, after.filter(|_| !busy).and_then(rules::work)),
        ];
        let wrong = found.into_iter();
        Some(
            wrong
                .filter_map(|(matter, wrong)| Some((matter, wrong?)))
                .collect(),
        )
    }

    /// The facts about a subject, service by service.
    fn of_subject(&self, subject: &str) -> [(&'static str, Option<&Fact>); 3] {
        [
            (ORDER, self.before.get(subject)),
            (INVENTORY, self.stock.get(subject)),
            (PAYMENT, self.money.get(subject)),
        ]
    }

    /// How many facts that are.
    fn rows(&self) -> usize {
        self.before.len() + self.stock.len() + self.money.len() + self.after.len()
    }
}

/// The checks between services, and what was found at rest and in order.
pub(super) async fn check(
    suite: &Connection,
    scope: Scope,
) -> Result<(Vec<Check>, Judged), Failure> {
    let mut first = First {
        quiesced: scope.quiesced,
        ..First::default()
    };
    if scope.full {
        first.orders(suite).await?;
        first.others(suite, INVENTORY, Matter::Stock).await?;
        first.others(suite, PAYMENT, Matter::Money).await?;
    } else {
        first.open(suite).await?;
    }
    let mut confirmed = Suspects::new();
    if !first.suspects.is_empty() {
        if heard(suite, &first.positions).await? {
            confirmed = second(suite, &first.suspects, scope.quiesced).await?;
        } else {
            // Nobody can say yet: what the first reading saw may still be on its way to its listeners. That it does not
            // arrive is a check of its own.
            let subjects = first.suspects.keys().map(|(subject, _)| subject);
            first.in_flight += length(subjects.collect::<BTreeSet<_>>().len());
        }
    }
    let checks = MATTERS.map(|(matter, name)| first.check(matter, name, &confirmed));
    Ok((checks.into(), first.judged))
}

/// The first reading of everything, or of what is open.
#[derive(Default)]
struct First {
    quiesced: bool,
    known: BTreeSet<String>,
    in_flight: i64,
    rows: i64,
    suspects: Suspects,
    positions: Positions,
    judged: Judged,
}

impl First {
    /// Reads all orders and credits, and judges them.
    async fn orders(&mut self, suite: &Connection) -> Result<(), Failure> {
        let (mut token, mut before) = (String::new(), Facts::new());
        loop {
            let page = facts::page(suite, ORDER, token, false).await?;
            self.positions.insert(ORDER, page.position);
            before.extend(page.facts);
            token = page.next;
            if token.is_empty() || before.len() >= CHUNK {
                self.judge(suite, std::mem::take(&mut before)).await?;
            }
            if token.is_empty() {
                return Ok(());
            }
        }
    }

    async fn judge(&mut self, suite: &Connection, before: Facts) -> Result<(), Failure> {
        let subjects: Vec<String> = before.keys().cloned().collect();
        self.judge_of(suite, before, subjects).await
    }

    async fn judge_of(
        &mut self,
        suite: &Connection,
        before: Facts,
        subjects: Vec<String>,
    ) -> Result<(), Failure> {
        let reading = Reading::of(suite, before, &subjects).await?;
        self.rows += length(reading.rows());
        for subject in subjects {
            match reading.judge(&subject, self.quiesced) {
                None => self.in_flight += 1,
                Some(wrong) => {
                    if wrong.is_empty() {
                        self.judged.note(&subject, reading.of_subject(&subject));
                    }
                    self.suspect(&subject, wrong);
                }
            }
            self.known.insert(subject);
        }
        Ok(())
    }

    /// Reads about what a service holds something that the order service did not name.
    async fn others(
        &mut self,
        suite: &Connection,
        service: &'static str,
        matter: Matter,
    ) -> Result<(), Failure> {
        let mut token = String::new();
        loop {
            let page = facts::page(suite, service, token, false).await?;
            self.positions.insert(service, page.position);
            self.rows += length(page.facts.len());
            for (subject, fact) in page.facts {
                if self.known.contains(&subject) {
                    continue;
                }
                let wrong = match matter {
                    Matter::Stock => rules::stock(None, Some(&fact)),
                    _ => rules::money(None, Some(&fact)),
                };
                self.suspect(&subject, wrong.map(|wrong| (matter, wrong)));
            }
            token = page.next;
            if token.is_empty() {
                return Ok(());
            }
        }
    }

    /// Judges what any service has not found in order yet.
    async fn open(&mut self, suite: &Connection) -> Result<(), Failure> {
        let mut subjects = BTreeSet::new();
        for service in [ORDER, INVENTORY, PAYMENT] {
            let mut token = String::new();
            loop {
                let page = facts::page(suite, service, token, true).await?;
                self.positions.insert(service, page.position);
                self.rows += length(page.facts.len());
                subjects.extend(page.facts.into_keys());
                token = page.next;
                if token.is_empty() {
                    break;
                }
            }
        }
        let subjects: Vec<String> = subjects.into_iter().collect();
        for subjects in subjects.chunks(CHUNK) {
            let before = facts::of(suite, ORDER, subjects).await?;
            self.judge_of(suite, before, subjects.to_vec()).await?;
        }
        Ok(())
    }

    fn suspect(&mut self, subject: &str, wrong: impl IntoIterator<Item = (Matter, Wrong)>) {
        let wrong = wrong.into_iter();
        self.suspects
            .extend(wrong.map(|(matter, wrong)| ((subject.to_owned(), matter), wrong)));
    }

    fn check(&self, matter: Matter, name: &str, confirmed: &Suspects) -> Check {
        let mut check = Check::new(name);
        check.examined = length(self.known.len());
        check.rows = self.rows;
        check.in_flight = self.in_flight;
        for ((subject, of), wrong) in confirmed {
            if *of == matter {
                check.add(Violation {
                    subject: subject.clone(),
                    detail: wrong.detail.clone(),
                    repair: wrong.repair.clone(),
                });
            }
        }
        check
    }
}

/// Reads the suspects again; what still disagrees in the same matter.
async fn second(
    suite: &Connection,
    suspects: &Suspects,
    quiesced: bool,
) -> Result<Suspects, Failure> {
    let subjects: BTreeSet<&String> = suspects.keys().map(|(subject, _)| subject).collect();
    let subjects: Vec<String> = subjects.into_iter().cloned().collect();
    let mut confirmed = Suspects::new();
    for subjects in subjects.chunks(CHUNK) {
        let before = facts::of(suite, ORDER, subjects).await?;
        let reading = Reading::of(suite, before, subjects).await?;
        for subject in subjects {
            for (matter, wrong) in reading.judge(subject, quiesced).unwrap_or_default() {
                let key = (subject.clone(), matter);
                if suspects.contains_key(&key) {
                    confirmed.insert(key, wrong);
                }
            }
        }
    }
    Ok(confirmed)
}

/// Waits until the listeners have heard what was written before the first reading ended; whether they have.
async fn heard(suite: &Connection, positions: &Positions) -> Result<bool, Failure> {
    settled(|| async move {
        for (service, position) in positions {
            let request = GetLogStateRequest {
                service: (*service).to_owned(),
            };
            if suite.call(request).await?.published < *position {
                return Ok((false, false));
            }
        }
        Ok((true, true))
    })
    .await
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
