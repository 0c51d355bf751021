//! Work that stands still at a boundary: a test in the same process stops it there, does what it wants to do meanwhile, and
//! lets it go on.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The gates that wait for somebody.
static GATES: Mutex<Vec<(String, Arc<Mutex<State>>)>> = Mutex::new(Vec::new());

#[derive(Debug, Default)]
struct State {
    reached: bool,
    open: bool,
    held: Option<Waker>,
}

/// A boundary at which the next work that comes stands still. Dropped, it is open.
#[derive(Debug)]
pub struct Gate(Arc<Mutex<State>>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Stops the next work at `<name>:<before|after>`.
    #[must_use]
    pub fn close(place: &str) -> Self {
        let state = Arc::<Mutex<State>>::default();
        lock(&GATES).push((place.to_owned(), Arc::clone(&state)));
        Self(state)
    }

    /// Whether work stands here.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        lock(&self.0).reached
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.open = true;
        if let Some(held) = state.held.take() {
            held.wake();
        }
    }
}

/// Goes through the gate at this side of the boundary, if there is one: the first that comes stands there until it is open.
pub(super) async fn pass(name: &str, side: &str) {
    let found = {
        let mut gates = lock(&GATES);
        let here = gates
            .iter()
            .position(|(place, _)| place.split_once(':') == Some((name, side)));
        here.map(|place| gates.swap_remove(place).1)
    };
    let Some(gate) = found else { return };
    poll_fn(|cx| {
        let mut state = lock(&gate);
        state.reached = true;
        if state.open {
            return Poll::Ready(());
        }
        state.held = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
}
