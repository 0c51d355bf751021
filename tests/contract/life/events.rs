//! What a consumer could not apply, as its operator deals with it.

use stoa_api::ops::v1::{
    DeadLetter, DeadLetterState, DiscardDeadLetterRequest, ListDeadLettersRequest,
    RebuildProjectionRequest, ReplayDeadLettersRequest, RepublishEventsRequest,
};
use stoa_testkit::eventually;

use super::Life;
use crate::taps::{DEAF, STRANGER};

impl Life<'_> {
    async fn letters(&self) -> Vec<DeadLetter> {
        let list = ListDeadLettersRequest {
            service: STRANGER.to_owned(),
            ..Default::default()
        };
        let listed = self.world.suite.staff().call(list).await.unwrap();
        listed.dead_letters
    }

    /// What a consumer could not apply, and what nobody asked to hear again. Some letters are left.
    pub(super) async fn events(&mut self) {
        let staff = self.world.operator();
        let letters = eventually("dead letters", || async {
            let letters = self.letters().await;
            let poison = |letter: &&DeadLetter| letter.state() == DeadLetterState::Poison;
            (letters.iter().filter(poison).count() >= 3).then_some(letters)
        })
        .await;
        let mut poison = letters
            .into_iter()
            .filter(|letter| letter.state() == DeadLetterState::Poison);
        let (first, second) = (poison.next().unwrap(), poison.next().unwrap());
        let replay = ReplayDeadLettersRequest {
            service: STRANGER.to_owned(),
            consumer: DEAF.to_owned(),
            aggregate_kind: first.aggregate_kind,
            aggregate_id: first.aggregate_id,
            reason: "perhaps he hears now".to_owned(),
            ..Default::default()
        };
        self.once(&staff, replay, |other| other.reason = "another".to_owned())
            .await;
        let discard = DiscardDeadLetterRequest {
            service: STRANGER.to_owned(),
            consumer: DEAF.to_owned(),
            event_id: second.event_id,
            reason: "he never will".to_owned(),
            ..Default::default()
        };
        self.once(&staff, discard, |other| other.reason = "another".to_owned())
            .await;
        let republish = RepublishEventsRequest {
            service: "catalog".to_owned(),
            reason: "for whoever came late".to_owned(),
            ..Default::default()
        };
        self.once(&staff, republish, |other| {
            other.reason = "another".to_owned();
        })
        .await;
        let rebuild = RebuildProjectionRequest {
            service: "catalog".to_owned(),
            consumer: "catalog.stock".to_owned(),
            reason: "to see it done".to_owned(),
            ..Default::default()
        };
        self.once(&staff, rebuild, |other| other.reason = "another".to_owned())
            .await;
    }
}
