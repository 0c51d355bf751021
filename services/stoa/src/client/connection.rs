//! A connection to a suite that may go away and come back.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::uri::PathAndQuery;
use stoa_api::Call;
use stoa_types::{Ids, SystemIds};
use tokio::time::{Instant, sleep};
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use super::Failure;
use super::target::{Found, Target};
use super::verdict::{self, Verdict};

/// For how long nobody may answer before the suite counts as gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// For how long calls may hang without an answer: as long as a slow one may take, and a little.
const HANGING: Duration = Duration::from_secs(15);

/// How often a call that found nobody is tried again.
const KNOCK: Duration = Duration::from_millis(100);

/// How often a call is repeated when the suite asks for it, or does not answer in time.
const TRIES: u32 = 20;

/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(2);

/// How often a quiet connection is asked whether it lives, and for how long it is waited for.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The largest answer; larger than any that the suite gives.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The suite. Clones share their connections.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
    /// The secret of the guest who asks; absent: the operator.
    guest: Option<MetadataValue<Ascii>>,
}

struct Inner {
    target: Target,
    width: usize,
    lanes: RwLock<Option<Lanes>>,
    next: AtomicUsize,
}

/// Channels to the suite as it was last found.
struct Lanes {
    found: Found,
    bearer: MetadataValue<Ascii>,
    channels: Vec<Channel>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (target, width) = (&self.inner.target, self.inner.width);
        match target {
            Target::Folder(data) => write!(f, "Connection({}, {width})", data.display()),
            Target::Address { uri, .. } => write!(f, "Connection({uri}, {width})"),
        }
    }
}

impl Connection {
    pub(super) fn new(target: Target) -> Self {
        Self::wide(target, 1)
    }

    fn wide(target: Target, width: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                target,
                width: width.max(1),
                lanes: RwLock::new(None),
                next: AtomicUsize::new(0),
            }),
            guest: None,
        }
    }

    /// The same suite, asked by the guest with this secret instead of the operator.
    ///
    /// # Errors
    /// When the secret cannot be sent.
    pub fn guest(&self, secret: &str) -> Result<Self, Failure> {
        let mut secret: MetadataValue<Ascii> = secret
            .parse()
            .map_err(|_| Failure::Usage("the secret of a guest cannot be sent".to_owned()))?;
        secret.set_sensitive(true);
        Ok(Self {
            inner: Arc::clone(&self.inner),
            guest: Some(secret),
        })
    }

    /// The same suite over `width` connections, which calls take in turn: for tools that ask much at once, since the suite
    /// serves a connection on one core.
    ///
    /// # Errors
    /// When the connection is shared already.
    pub fn with_width(self, width: usize) -> Result<Self, Failure> {
        let inner = Arc::into_inner(self.inner).ok_or_else(|| {
            Failure::Broken("the width of a connection is set before it is shared".to_owned())
        })?;
        Ok(Self::wide(inner.target, width))
    }

    /// Calls the RPC that this message is for. A write without a key gets one; with the same key it is never done twice.
    ///
    /// # Errors
    /// What the suite refused, or that nobody has answered for 5 s.
    pub async fn call<C: Call>(&self, mut message: C) -> Result<C::Response, Failure> {
        if C::METHOD.keyed && message.request_id().is_none_or(str::is_empty) {
            message.set_request_id(SystemIds.uuid().simple().to_string());
        }
        let mut silent_since = None;
        let mut tries = 1;
        loop {
            let began = Instant::now();
            let (pause, error) = match self.attempt(&message).await {
                Ok(answer) => return Ok(answer),
                Err(Missed::Nowhere(failure)) => {
                    wait(silent_since.get_or_insert(began), PATIENCE, || failure).await?;
                    continue;
                }
                Err(Missed::Status(status)) => match verdict::of(*status) {
                    Verdict::Refused(error) => {
                        return Err(Failure::Refused {
                            method: C::METHOD.path,
                            error,
                        });
                    }
                    Verdict::Silence => {
                        let since = silent_since.get_or_insert(began);
                        wait(since, PATIENCE, || self.gone(PATIENCE)).await?;
                        continue;
                    }
                    Verdict::Hung => {
                        let since = silent_since.get_or_insert(began);
                        wait(since, HANGING, || self.gone(HANGING)).await?;
                        continue;
                    }
                    Verdict::Again(error, pause) => (pause, error),
                    Verdict::Late(error) => (KNOCK, error),
                },
            };
            silent_since = None;
            if tries == TRIES {
                return Err(Failure::Overwhelmed {
                    method: C::METHOD.path,
                    tries,
                    error,
                });
            }
            sleep(backoff(pause, tries)).await;
            tries += 1;
        }
    }

    /// Reads every page of a list: `turn` sets the token of the next page, `take` takes the items and that token out of an
    /// answer. A page is as large as the request says, or the suite's default.
    ///
    /// # Errors
    /// Those of [`Connection::call`].
    pub async fn all<C: Call, T>(
        &self,
        mut request: C,
        turn: impl Fn(&mut C, String),
        take: impl Fn(C::Response) -> (Vec<T>, String),
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        loop {
            let (items, next) = take(self.call(request.clone()).await?);
            all.extend(items);
            if next.is_empty() {
                return Ok(all);
            }
            turn(&mut request, next);
        }
    }

    async fn attempt<C: Call>(&self, message: &C) -> Result<C::Response, Missed> {
        let (channel, bearer) = self.lane().map_err(Missed::Nowhere)?;
        let mut grpc = Grpc::new(channel).max_decoding_message_size(LARGEST_ANSWER);
        let mut request = Request::new(message.clone());
        request.set_timeout(C::METHOD.deadline_max);
        match &self.guest {
            Some(secret) => request
                .metadata_mut()
                .insert("stoa-guest-secret", secret.clone()),
            None => request.metadata_mut().insert("authorization", bearer),
        };
        if let Err(error) = grpc.ready().await {
            self.look_again();
            return Err(Status::from_error(error.into()).into());
        }
        let path = PathAndQuery::from_static(C::METHOD.path);
        let codec = ProstCodec::<C, C::Response>::default();
        match grpc.unary(request, path, codec).await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) => {
                if status.details().is_empty() {
                    self.look_again();
                }
                Err(status.into())
            }
        }
    }

    /// A channel, and what is presented on it.
    fn lane(&self) -> Result<(Channel, MetadataValue<Ascii>), Failure> {
        let turn = self.inner.next.fetch_add(1, Ordering::Relaxed);
        let pick = |lanes: &Lanes| {
            let channel = lanes.channels.get(turn % self.inner.width)?;
            Some((channel.clone(), lanes.bearer.clone()))
        };
        let known = self
            .inner
            .lanes
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = known.as_ref().and_then(pick) {
            return Ok(lane);
        }
        drop(known);
        let lanes = Lanes::open(self.inner.target.find()?, self.inner.width)?;
        let lane = pick(&lanes);
        *self
            .inner
            .lanes
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(lanes);
        lane.ok_or_else(|| Failure::Broken("there is no connection".to_owned()))
    }

    /// Forgets the channels if the suite has moved since. Those to the same place connect again by themselves.
    fn look_again(&self) {
        let Ok(found) = self.inner.target.find() else {
            return;
        };
        let mut lanes = self
            .inner
            .lanes
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if lanes.as_ref().is_some_and(|lanes| lanes.found != found) {
            *lanes = None;
        }
    }

    fn gone(&self, silent: Duration) -> Failure {
        let lanes = self
            .inner
            .lanes
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let found = lanes.as_ref().and_then(|lanes| lanes.found.uri.authority());
        let address = found.map(ToString::to_string);
        Failure::Gone {
            address: address.unwrap_or_else(|| format!("{self:?}")),
            silent,
        }
    }
}

impl Lanes {
    fn open(found: Found, width: usize) -> Result<Self, Failure> {
        let mut bearer: MetadataValue<Ascii> = format!("Bearer {}", found.token)
            .parse()
            .map_err(|_| Failure::Usage("the token cannot be sent".to_owned()))?;
        bearer.set_sensitive(true);
        let endpoint = Endpoint::from(found.uri.clone())
            .tcp_nodelay(true)
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        Ok(Self {
            found,
            bearer,
            channels: (0..width).map(|_| endpoint.connect_lazy()).collect(),
        })
    }
}

/// An attempt that brought no answer.
enum Missed {
    /// Nobody knows where to ask.
    Nowhere(Failure),
    /// The status of the call.
    Status(Box<Status>),
}

impl From<Status> for Missed {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

/// Waits a little for somebody to answer, as long as there is patience.
async fn wait(
    since: &Instant,
    patience: Duration,
    failure: impl FnOnce() -> Failure,
) -> Result<(), Failure> {
    if since.elapsed() >= patience {
        return Err(failure());
    }
    sleep(KNOCK).await;
    Ok(())
}

/// The pause before the next try: what the suite asks for, doubled each time.
fn backoff(pause: Duration, tries: u32) -> Duration {
    pause
        .max(Duration::from_millis(10))
        .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
        .min(LONGEST_PAUSE)
}
