//! Buyers, strangers and a storekeeper on a few skus of one inventory, all at once; what each of them saw is written down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use stoa_api::inventory::v1::inventory_admin_service_client::InventoryAdminServiceClient;
use stoa_api::inventory::v1::inventory_internal_service_client::InventoryInternalServiceClient;
use stoa_api::inventory::v1::*;
use stoa_errors::{Error, Kind};
use stoa_rpc::{Peer, client};
use stoa_types::{ChannelId, FulfillmentId, Ids, OrderId, SystemIds};
use tonic::{Response, Status};

use crate::instance::Reach;
use crate::luck::Luck;
use crate::record::{Record, Wrong};
use crate::stock::{Answer, Stock};

/// The skus. Few and hot.
const SKUS: [&str; 3] = ["CUP", "MUG", "PAN"];
/// Callers besides the storekeeper.
const CALLERS: u64 = 8;
/// Units of each sku that the storekeeper is content with.
const ENOUGH: i64 = 12;
/// How long one call may be tried again under its key.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where callers may call: a way to an instance, or none while it is dead. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<Option<Reach>>>);

impl Desk {
    pub(crate) fn of(reach: Reach) -> Self {
        let desk = Self::default();
        desk.set(Some(reach));
        desk
    }

    pub(crate) fn set(&self, reach: Option<Reach>) {
        *self.0.lock().unwrap() = reach;
    }

    fn reach(&self) -> Option<Reach> {
        self.0.lock().unwrap().clone()
    }
}

/// A crowd and the desks at which it calls; the first one is always open.
pub(crate) struct Crowd {
    desks: Vec<Desk>,
    seed: u64,
    round: u64,
}

/// A hold of a caller's own.
struct Own {
    hold: Hold,
    key: String,
    owner: String,
}

/// One caller in one round.
struct Caller {
    name: String,
    desks: Vec<Desk>,
    record: Record,
    luck: Luck,
    own: Vec<Own>,
    /// Keys that holds were made under, for whoever tries them in his own name.
    keys: Arc<Mutex<Vec<String>>>,
}

impl Crowd {
    /// Fills the shelves.
    pub(crate) async fn gather(desks: Vec<Desk>, seed: u64) -> Self {
        let lines = SKUS.map(|sku| StockLine {
            sku: sku.to_owned(),
            quantity: ENOUGH,
        });
        let request = ReceiveStockRequest {
            request_id: key(),
            location: "main".to_owned(),
            reference: key(),
            lines: lines.to_vec(),
        };
        let first = desks[0].reach().unwrap();
        first.staff().receive_stock(request).await.unwrap();
        Self {
            desks,
            seed,
            round: 0,
        }
    }

    /// Everybody calls for so long; then it is judged. How many answers were written down.
    pub(crate) async fn round(&mut self, length: Duration) -> Result<usize, Wrong> {
        self.round += 1;
        let (record, keys) = (Record::new(), Arc::default());
        let beginning = self.stock().await;
        let until = Instant::now() + length;
        let mut callers: Vec<Caller> = (0..=CALLERS)
            .map(|number| Caller {
                name: format!("caller {number}"),
                desks: self.desks.clone(),
                record: record.clone(),
                luck: Luck::of(self.seed ^ (self.round << 32), number),
                own: Vec::new(),
                keys: Arc::clone(&keys),
            })
            .collect();
        let storekeeper = callers.pop();
        let buyers = join_all(callers.into_iter().map(|caller| caller.buy(until)));
        let storekeeper = async {
            if let Some(storekeeper) = storekeeper {
                storekeeper.keep(until).await;
            }
        };
        futures::join!(buyers, storekeeper);
        let began = record.begin();
        let now = self.stock().await;
        let reads = now
            .iter()
            .map(|(sku, stock)| (sku.as_str(), Answer::Read(*stock)));
        record.end(began, "the end", reads);
        record.judge(&beginning).map(|()| record.len())
    }

    /// Rounds for so long, at least one; each begins when the one before has ended.
    pub(crate) async fn rounds(&mut self, length: Duration) -> usize {
        let until = Instant::now() + length;
        let mut answers = 0;
        loop {
            match self.round(length.min(Duration::from_secs(2))).await {
                Ok(seen) => answers += seen,
                Err(wrong) => panic!("seed {}, round {}: {wrong}", self.seed, self.round),
            }
            if Instant::now() >= until {
                return answers;
            }
        }
    }

    async fn stock(&self) -> BTreeMap<String, Stock> {
        let mut stock = BTreeMap::new();
        for sku in SKUS {
            let first = self.desks[0].reach().unwrap();
            let answer = first.staff().get_stock_level(level_of(sku)).await;
            stock.insert(
                sku.to_owned(),
                stock_of(&answer.unwrap().into_inner().stock_level.unwrap()),
            );
        }
        stock
    }
}

impl Caller {
    /// Any desk that is open.
    fn reach(&mut self) -> Reach {
        let first = self.desks[0].reach().unwrap();
        self.luck.one_of(&self.desks).reach().unwrap_or(first)
    }

    /// Calls until there is a definite answer, always with the same key, wherever somebody listens.
    async fn order<T>(
        &mut self,
        call: impl AsyncFn(InventoryInternalServiceClient<Peer>) -> Result<Response<T>, Status>,
    ) -> Result<T, Error> {
        let until = Instant::now() + PATIENCE;
        loop {
            let client = self.reach().order();
            match definite(call(client).await, until) {
                Some(answer) => return answer,
                None => tokio::task::yield_now().await,
            }
        }
    }

    async fn staff<T>(
        &mut self,
        call: impl AsyncFn(InventoryAdminServiceClient<Peer>) -> Result<Response<T>, Status>,
    ) -> Result<T, Error> {
        let until = Instant::now() + PATIENCE;
        loop {
            let client = self.reach().staff();
            match definite(call(client).await, until) {
                Some(answer) => return answer,
                None => tokio::task::yield_now().await,
            }
        }
    }

    /// One who buys, changes his mind, sends, and gets things back; now and then he tries what is another's.
    async fn buy(mut self, until: Instant) {
        while Instant::now() < until {
            match self.luck.up_to(12) {
                1..=5 => self.hold().await,
                6 | 7 => self.release().await,
                8 | 9 => self.promise().await,
                10 => self.come_back().await,
                11 => self.try_anothers().await,
                _ => self.read().await,
            }
        }
        while !self.own.is_empty() {
            self.release().await;
        }
    }

    /// Keeps one or two skus, named in either order.
    async fn hold(&mut self) {
        let mut skus = vec![*self.luck.one_of(&SKUS)];
        if self.luck.up_to(2) == 1 {
            let second = *self.luck.one_of(&SKUS);
            skus.extend((second != skus[0]).then_some(second));
        }
        let lines: Vec<HoldDemand> = skus
            .into_iter()
            .map(|sku| HoldDemand {
                sku: sku.to_owned(),
                quantity: self.luck.up_to(3),
            })
            .collect();
        let owner = OrderId::new(&SystemIds).to_string();
        let request = CreateHoldRequest {
            request_id: format!("{owner}/hold/1"),
            owner: owner.clone(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            lines: lines.clone(),
            ..CreateHoldRequest::default()
        };
        let began = self.record.begin();
        let answer = self
            .order(async |mut order| order.create_hold(request.clone()).await)
            .await;
        match answer {
            Ok(answer) => {
                let hold = answer.hold.unwrap();
                let taken = lines
                    .iter()
                    .map(|line| (line.sku.as_str(), Answer::Taken(line.quantity)));
                self.record.end(began, &self.name, taken);
                self.keys.lock().unwrap().push(request.request_id.clone());
                let key = request.request_id;
                self.own.push(Own { hold, key, owner });
            }
            Err(error) if error.reason == "OUT_OF_STOCK" => {
                let sku = &error.metadata["sku"];
                let free = error.metadata["available"].parse().unwrap();
                let line = lines.iter().find(|line| line.sku == *sku).unwrap();
                let lacked = Answer::Lacked {
                    wanted: line.quantity,
                    free: Some(free),
                };
                self.record.end(began, &self.name, [(sku.as_str(), lacked)]);
            }
            Err(error) => self.wrong("CreateHold", &error),
        }
    }

    /// Gives back a hold of his own.
    async fn release(&mut self) {
        let Some(own) = self.any() else { return };
        let request = ReleaseHoldRequest {
            request_id: format!("{}/release/1", own.owner),
            undoes_request_id: own.key.clone(),
            owner: own.owner.clone(),
            reason: String::new(),
        };
        let began = self.record.begin();
        let answer = self
            .order(async |mut order| order.release_hold(request.clone()).await)
            .await;
        let answer = answer.map(|answer| answer.hold.unwrap());
        self.moved(
            began,
            &own.hold,
            HoldState::Released,
            "ReleaseHold",
            answer,
            Some(Answer::Freed),
        );
    }

    /// Promises a hold of his own, and then ships it or takes the promise back.
    async fn promise(&mut self) {
        let Some(own) = self.any() else { return };
        let hold_id = own.hold.hold_id.clone();
        let request = AllocateHoldRequest {
            request_id: format!("{}/allocate/1", own.owner),
            hold_id: hold_id.clone(),
        };
        let began = self.record.begin();
        let answer = self
            .order(async |mut order| order.allocate_hold(request.clone()).await)
            .await;
        let answer = answer.map(|answer| answer.hold.unwrap());
        if !self.moved(
            began,
            &own.hold,
            HoldState::Allocated,
            "AllocateHold",
            answer,
            None,
        ) {
            return;
        }
        let began = self.record.begin();
        if self.luck.up_to(3) == 1 {
            let request = ShipAllocationRequest {
                request_id: format!("{}/ship/1", own.owner),
                hold_id,
                reference: FulfillmentId::new(&SystemIds).to_string(),
            };
            let answer = self
                .order(async |mut order| order.ship_allocation(request.clone()).await)
                .await;
            let answer = answer.map(|answer| answer.hold.unwrap());
            self.moved(
                began,
                &own.hold,
                HoldState::Shipped,
                "ShipAllocation",
                answer,
                Some(Answer::Left),
            );
        } else {
            let request = ReleaseAllocationRequest {
                request_id: format!("{}/cancel/1", own.owner),
                hold_id,
                reason: String::new(),
            };
            let answer = self
                .order(async |mut order| order.release_allocation(request.clone()).await)
                .await;
            let answer = answer.map(|answer| answer.hold.unwrap());
            self.moved(
                began,
                &own.hold,
                HoldState::Deallocated,
                "ReleaseAllocation",
                answer,
                Some(Answer::Freed),
            );
        }
    }

    /// A hold of his own that he will end now.
    fn any(&mut self) -> Option<Own> {
        let most = i64::try_from(self.own.len()).unwrap();
        if most == 0 {
            return None;
        }
        let place = usize::try_from(self.luck.up_to(most) - 1).unwrap();
        Some(self.own.swap_remove(place))
    }

    /// Writes down what became of a hold. Its owner alone moves it, so there is one right answer.
    fn moved(
        &self,
        began: crate::record::Began,
        hold: &Hold,
        wanted: HoldState,
        what: &str,
        answer: Result<Hold, Error>,
        effect: Option<fn(i64) -> Answer>,
    ) -> bool {
        match answer {
            Ok(now) if now.state() == wanted => {
                let lines = hold.lines.iter();
                let effects =
                    lines.filter_map(|line| Some((line.sku.as_str(), effect?(line.quantity))));
                self.record.end(began, &self.name, effects);
                true
            }
            Ok(now) => {
                let state = now.state();
                self.record.broken(format!(
                    "{}: {what} of his own hold came to {state:?}",
                    self.name
                ));
                false
            }
            Err(error) => {
                self.wrong(what, &error);
                false
            }
        }
    }

    /// Goods of an earlier sale come back.
    async fn come_back(&mut self) {
        let (sku, quantity) = (*self.luck.one_of(&SKUS), self.luck.up_to(2));
        let line = HoldDemand {
            sku: sku.to_owned(),
            quantity,
        };
        let request = ReturnStockRequest {
            request_id: key(),
            reference: key(),
            lines: vec![line],
            ..ReturnStockRequest::default()
        };
        let began = self.record.begin();
        match self
            .order(async |mut order| order.return_stock(request.clone()).await)
            .await
        {
            Ok(_) => self
                .record
                .end(began, &self.name, [(sku, Answer::Booked(quantity))]),
            Err(error) => self.wrong("ReturnStock", &error),
        }
    }

    /// Releases, in the name of an order of his own, what was made under another's key: that undoes a hold of his own order,
    /// which never was, and the other's stays.
    async fn try_anothers(&mut self) {
        let theirs = self.keys.lock().unwrap().last().cloned();
        let Some(undoes_request_id) = theirs else {
            return;
        };
        let request = ReleaseHoldRequest {
            request_id: key(),
            undoes_request_id,
            owner: OrderId::new(&SystemIds).to_string(),
            reason: String::new(),
        };
        match self
            .order(async |mut order| order.release_hold(request.clone()).await)
            .await
        {
            Ok(answer) => {
                let hold = answer.hold.unwrap();
                if hold.state() != HoldState::Canceled || hold.owner != request.owner {
                    self.record
                        .broken(format!("{} ended a hold of {}", self.name, hold.owner));
                }
            }
            Err(error) => self.wrong("ReleaseHold of another's key", &error),
        }
    }

    async fn read(&mut self) {
        let sku = *self.luck.one_of(&SKUS);
        let began = self.record.begin();
        match self
            .staff(async |mut staff| staff.get_stock_level(level_of(sku)).await)
            .await
        {
            Ok(answer) => {
                let stock = stock_of(&answer.stock_level.unwrap());
                self.record
                    .end(began, &self.name, [(sku, Answer::Read(stock))]);
            }
            Err(error) => self.wrong("GetStockLevel", &error),
        }
    }

    /// The storekeeper: reads a level, receives what is missing, counts what is too much, and sometimes counts far too little.
    async fn keep(mut self, until: Instant) {
        while Instant::now() < until {
            let sku = *self.luck.one_of(&SKUS);
            let found = self
                .staff(async |mut staff| staff.get_stock_level(level_of(sku)).await)
                .await;
            let on_hand = found.unwrap().stock_level.unwrap().on_hand;
            let few = self.luck.up_to(3);
            match self.luck.up_to(4) {
                1 => self.count(sku, -few).await,
                2 if on_hand > ENOUGH => self.count(sku, ENOUGH - on_hand).await,
                3 if on_hand >= 0 => self.count(sku, -on_hand - 1).await,
                _ if on_hand < ENOUGH => self.receive(sku, ENOUGH - on_hand).await,
                _ => self.read().await,
            }
        }
    }

    async fn receive(&mut self, sku: &str, quantity: i64) {
        let line = StockLine {
            sku: sku.to_owned(),
            quantity,
        };
        let request = ReceiveStockRequest {
            request_id: key(),
            location: "main".to_owned(),
            reference: key(),
            lines: vec![line],
        };
        let began = self.record.begin();
        match self
            .staff(async |mut staff| staff.receive_stock(request.clone()).await)
            .await
        {
            Ok(_) => self
                .record
                .end(began, &self.name, [(sku, Answer::Booked(quantity))]),
            Err(error) => self.wrong("ReceiveStock", &error),
        }
    }

    async fn count(&mut self, sku: &str, delta: i64) {
        let line = StockAdjustment {
            sku: sku.to_owned(),
            delta,
        };
        let request = AdjustStockRequest {
            request_id: key(),
            location: "main".to_owned(),
            reference: key(),
            lines: vec![line],
            reason: "count".to_owned(),
        };
        let began = self.record.begin();
        let answer = self
            .staff(async |mut staff| staff.adjust_stock(request.clone()).await)
            .await;
        match answer {
            Ok(_) => self
                .record
                .end(began, &self.name, [(sku, Answer::Booked(delta))]),
            Err(error) if error.reason == "STOCK_NEGATIVE" => {
                self.record
                    .end(began, &self.name, [(sku, Answer::TooFew(delta))]);
            }
            Err(error) => self.wrong("AdjustStock", &error),
        }
    }

    fn wrong(&self, what: &str, error: &Error) {
        self.record.broken(format!(
            "{}: {what} was refused: {} {error}",
            self.name, error.reason
        ));
    }
}

/// An answer that says what happened; None while the call is to be repeated under its key.
fn definite<T>(answer: Result<Response<T>, Status>, until: Instant) -> Option<Result<T, Error>> {
    match answer.map(Response::into_inner).map_err(client::error) {
        Err(error) if again(&error) && Instant::now() < until => None,
        answer => Some(answer),
    }
}

/// Whether nobody knows yet what became of the call.
fn again(error: &Error) -> bool {
    matches!(
        error.kind,
        Kind::Unavailable | Kind::ResourceExhausted | Kind::DeadlineExceeded | Kind::Aborted
    )
}

fn key() -> String {
    SystemIds.uuid().to_string()
}

fn level_of(sku: &str) -> GetStockLevelRequest {
    GetStockLevelRequest {
        location: "main".to_owned(),
        sku: sku.to_owned(),
        ..GetStockLevelRequest::default()
    }
}

fn stock_of(level: &StockLevel) -> Stock {
    Stock {
        on_hand: level.on_hand,
        free: level.on_hand - level.allocated - level.held,
    }
}
