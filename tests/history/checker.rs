//! Whether what callers saw of one sku's stock can have happened one call at a time, each at a moment between its beginning and its
//! answer: linearisability (Herlihy and Wing, Linearizability: a correctness condition for concurrent objects, TOPLAS 12(3), 1990).
//!
//! The search is that of Wing and Gong (Testing and verifying concurrent objects, JPDC 17, 1993) in the form that Lowe calls
//! just-in-time (Testing for linearizability, Concurrency and Computation 29(4), 2017): the history is walked in the order of
//! time, with the set of all ways in which the calls so far can have taken effect; an open call takes effect at the latest when it
//! is answered. Two things keep the set small: each answer says by how much the stock changed, so a set of calls has one result
//! whatever their order; and a call that only looks is placed as soon as its answer fits. Each sku is checked by itself: a history
//! is linearisable only if that of each object in it is (Herlihy and Wing, theorem 1), and a call on two skus is one call on each,
//! so what is refused here is wrong, although a call that came about for one sku earlier than for another is not seen.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crate::stock::{Answer, Stock};

/// One call on one sku, as its caller saw it. Times are nanoseconds of one monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Who called, and what for: for the reader.
    pub(crate) who: String,
    pub(crate) began: u64,
    /// None: no answer came; it may have taken effect at any time since, or never.
    pub(crate) ended: Option<u64>,
    pub(crate) answer: Answer,
}

/// An answer that no order of the calls explains.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    /// The call.
    pub(crate) call: Call,
    /// How the stock can have stood when it began.
    pub(crate) stood: BTreeSet<Stock>,
    /// Every other call that was open while it was, in the order in which they began.
    pub(crate) beside: Vec<Call>,
}

/// More ways than this are not followed: the callers are too many for this search.
const MOST_WAYS: usize = 1 << 20;

/// The open calls that have taken effect, one bit each.
type Done = u64;

/// The open calls of a moment in the history.
#[derive(Default)]
struct Open<'h> {
    /// Place by place.
    calls: Vec<Option<&'h Call>>,
    /// How the stock can have stood when the call at this place began.
    stood: Vec<BTreeSet<Stock>>,
}

impl<'h> Open<'h> {
    fn begin(&mut self, call: &'h Call, stood: BTreeSet<Stock>) {
        let free = self.calls.iter().position(Option::is_none);
        let place = free.unwrap_or(self.calls.len());
        assert!(
            place < 64,
            "more calls are open at once than this checker follows"
        );
        if free.is_none() {
            self.calls.push(None);
            self.stood.push(BTreeSet::new());
        }
        self.calls[place] = Some(call);
        self.stood[place] = stood;
    }

    fn place(&self, call: &Call) -> usize {
        let found = self
            .calls
            .iter()
            .position(|open| open.is_some_and(|open| std::ptr::eq(open, call)));
        found.unwrap()
    }

    /// The open calls that have not taken effect in this way.
    fn left(&self, done: Done) -> impl Iterator<Item = (Done, &'h Call)> + '_ {
        let calls = self.calls.iter().enumerate();
        calls.filter_map(move |(place, call)| {
            let bit = 1 << place;
            call.filter(|_| done & bit == 0).map(|call| (bit, call))
        })
    }

    /// Whoever only looks, and whose answer fits, has looked.
    fn looked(&self, mut done: Done, stock: Stock) -> Done {
        for (bit, call) in self.left(done) {
            let fits = call.ended.is_some()
                && call.answer.only_looks()
                && call.answer.after(stock).is_some();
            if fits {
                done |= bit;
            }
        }
        done
    }
}

/// Checks the calls on one sku, which began with this stock.
///
/// # Errors
/// The first answer that nothing explains.
pub(crate) fn check(beginning: Stock, history: &[Call]) -> Result<(), Box<Violation>> {
    let mut moments: Vec<(u64, bool, &Call)> = Vec::with_capacity(history.len() * 2);
    for call in history {
        moments.push((call.began, false, call));
        moments.extend(call.ended.map(|ended| (ended, true, call)));
    }
    // At one and the same time calls begin before others end: they overlap, which is the weaker claim.
    moments.sort_by_key(|(time, ends, _)| (*time, *ends));
    let mut open = Open::default();
    let mut ways: HashMap<Done, Stock> = HashMap::from([(0, beginning)]);
    for (_, ends, call) in moments {
        if ends {
            let place = open.place(call);
            ways = answered(&open, &ways, 1 << place);
            if ways.is_empty() {
                return Err(Box::new(Violation {
                    call: call.clone(),
                    stood: std::mem::take(&mut open.stood[place]),
                    beside: beside(history, call),
                }));
            }
            open.calls[place] = None;
        } else {
            open.begin(call, ways.values().copied().collect());
            let begun = ways.into_iter();
            ways = begun
                .map(|(done, stock)| (open.looked(done, stock), stock))
                .collect();
        }
    }
    Ok(())
}

/// Every way in which the call of this bit has taken effect by now, the bit free again.
fn answered(open: &Open<'_>, ways: &HashMap<Done, Stock>, bit: Done) -> HashMap<Done, Stock> {
    let mut reached = HashMap::new();
    let mut seen: HashMap<Done, Stock> = ways.clone();
    let mut next: Vec<(Done, Stock)> = ways.iter().map(|(done, stock)| (*done, *stock)).collect();
    while let Some((done, stock)) = next.pop() {
        if done & bit != 0 {
            reached.insert(done & !bit, stock);
            continue;
        }
        for (also, call) in open.left(done) {
            if let Some(after) = call.answer.after(stock) {
                let done = open.looked(done | also, after);
                if seen.insert(done, after).is_none() {
                    next.push((done, after));
                }
            }
        }
        assert!(seen.len() < MOST_WAYS, "too many calls at once to check");
    }
    reached
}

fn beside(history: &[Call], call: &Call) -> Vec<Call> {
    let others = history
        .iter()
        .filter(|other| !std::ptr::eq(*other, call) && *other != call);
    let mut beside: Vec<Call> = others
        .filter(|other| {
            call.ended.is_none_or(|ended| other.began <= ended)
                && other.ended.is_none_or(|ended| ended >= call.began)
        })
        .cloned()
        .collect();
    beside.sort_by_key(|call| call.began);
    beside
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.beside.iter().map(|call| call.began).min();
        let from = from.unwrap_or(u64::MAX).min(self.call.began);
        writeln!(f, "not linearisable: {}", self.call.answer.charge())?;
        for stock in self.stood.iter().take(8) {
            writeln!(f, "  it may have stood at: {stock}")?;
        }
        let line = |f: &mut fmt::Formatter<'_>, mark: &str, call: &Call| {
            let micros = |time: u64| time.saturating_sub(from) / 1_000;
            let ended = call
                .ended
                .map_or_else(|| "never".to_owned(), |ended| micros(ended).to_string());
            let began = micros(call.began);
            writeln!(
                f,
                "  {mark} {began:>8} to {ended:>8} us  {}: {}",
                call.who, call.answer
            )
        };
        line(f, ">", &self.call)?;
        for call in &self.beside {
            line(f, " ", call)?;
        }
        Ok(())
    }
}
