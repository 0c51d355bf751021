//! The threads that serve: one current-thread runtime each, and a dealer who gives a connection to the one with the fewest.
//!
//! On one runtime of many threads a call of an empty handler costs nearly twice as much, because its tasks move between
//! threads. A connection stays where it was dealt; everything it runs stays `Send`, so only this file knows.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::Tasks;
use crate::serve::{Ending, Protocol, Services, connection};

/// How long the dealer waits when the process has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection on its way to its thread.
type Dealt = (std::net::TcpStream, Protocol);

#[derive(Debug)]
struct Worker {
    connections: mpsc::UnboundedSender<Dealt>,
    open: Arc<AtomicUsize>,
    ended: oneshot::Receiver<()>,
}

/// All serving threads of a process.
#[derive(Debug)]
pub(crate) struct Workers(Vec<Worker>);

impl Workers {
    /// Starts `count` threads that serve what they are dealt.
    pub(crate) fn start(count: usize, services: &Services, ending: &Ending) -> io::Result<Self> {
        let mut workers = Vec::new();
        for number in 0..count {
            let (connections, dealt) = mpsc::unbounded_channel();
            let open = Arc::new(AtomicUsize::new(0));
            let (end, ended) = oneshot::channel();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (services, ending, counted) = (services.clone(), ending.clone(), Arc::clone(&open));
            thread::Builder::new()
                .name(format!("serve-{number}"))
                .spawn(move || {
                    runtime.block_on(work(dealt, services, ending, counted));
                    // Nobody may wait for it any more.
                    let _unheard = end.send(());
                })?;
            workers.push(Worker {
                connections,
                open,
                ended,
            });
        }
        Ok(Self(workers))
    }

    /// A dealer for `listener`; it ends when draining begins.
    pub(crate) fn deal(
        &self,
        tasks: &Tasks,
        listener: TcpListener,
        protocol: Protocol,
        ending: &Ending,
    ) -> io::Result<()> {
        let listener = {
            let _inside = tasks.handle().enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let hands: Vec<_> = self
            .0
            .iter()
            .map(|worker| (Arc::clone(&worker.open), worker.connections.clone()))
            .collect();
        let drain = ending.drain.clone();
        tasks.spawn("accept", async move {
            loop {
                let accepted = tokio::select! {
                    () = drain.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                match accepted.and_then(|(stream, _)| {
                    stream.set_nodelay(true)?;
                    stream.into_std()
                }) {
                    Ok(stream) => hand_out(&hands, (stream, protocol)),
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
        Ok(())
    }

    /// Waits until every thread has ended: its connections are told to drain, and no dealer holds it any more.
    pub(crate) async fn join(self) {
        let ended: Vec<_> = self
            .0
            .into_iter()
            .map(|worker| {
                drop(worker.connections);
                worker.ended
            })
            .collect();
        for ended in ended {
            // An error is a thread that is gone: ended all the same.
            let _gone = ended.await;
        }
    }
}

fn hand_out(hands: &[(Arc<AtomicUsize>, mpsc::UnboundedSender<Dealt>)], dealt: Dealt) {
    let fewest = hands
        .iter()
        .min_by_key(|(open, _)| open.load(Ordering::Relaxed));
    if let Some((open, connections)) = fewest {
        open.fetch_add(1, Ordering::Relaxed);
        // Fails only when the thread is gone, and then the whole process is on its way out.
        let _closed = connections.send(dealt);
    }
}

/// The life of one thread: serves what it is dealt, ends when nothing more can come and all have ended.
async fn work(
    mut dealt: mpsc::UnboundedReceiver<Dealt>,
    services: Services,
    ending: Ending,
    open: Arc<AtomicUsize>,
) {
    let connections = TaskTracker::new();
    while let Some((stream, protocol)) = dealt.recv().await {
        let (services, ending, open) = (services.clone(), ending.clone(), Arc::clone(&open));
        connections.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => connection(stream, protocol, services, ending).await,
                Err(error) => tracing::warn!(%error, "a connection could not be served"),
            }
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    connections.close();
    connections.wait().await;
}
