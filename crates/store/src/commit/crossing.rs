//! What goes wrong with one commit, in a test build: the way through a durable boundary asks for it here. In an ordinary
//! build nothing does, and nothing is left of this.

#[cfg(not(feature = "crash-points"))]
mod ordinary {
    use crate::commit::Lane;

    /// One commit, from being asked for to being answered.
    pub(in crate::commit) struct Crossing;

    impl Crossing {
        pub(in crate::commit) fn begin(_: &Lane, _: &'static str) -> Self {
            Self
        }

        pub(in crate::commit) fn end<T, E>(self, ended: Result<T, E>) -> Result<T, E> {
            ended
        }
    }
}

#[cfg(feature = "crash-points")]
mod planned {
    use std::time::Duration;

    use stoa_types::crash::{self, Fault};

    use crate::StoreError;
    use crate::commit::Lane;

    /// One commit, from being asked for to being answered.
    pub(in crate::commit) struct Crossing {
        again: bool,
    }

    impl Crossing {
        /// The commit of the command or work `name` is asked for: a lost one is reported lost when it stands.
        pub(in crate::commit) fn begin(lane: &Lane, name: &'static str) -> Self {
            let fault = crash::fault();
            if fault == Some(Fault::Lost) {
                lane.lose_next(name);
            }
            Self {
                again: fault == Some(Fault::Twice),
            }
        }

        /// What its caller hears: what came of it, or that it took too long, and he has to do it again.
        pub(in crate::commit) fn end<T, E: From<StoreError>>(
            self,
            ended: Result<T, E>,
        ) -> Result<T, E> {
            if self.again {
                return Err(StoreError::Slow(Duration::ZERO).into());
            }
            ended
        }
    }
}

#[cfg(not(feature = "crash-points"))]
pub(super) use ordinary::Crossing;
#[cfg(feature = "crash-points")]
pub(super) use planned::Crossing;
