//! Tells what a basket costs at a moment, and why.

use stoa_errors::Error;
use stoa_types::{Money, Timestamp};

use super::App;
use crate::domain::sums::sum_up;
use crate::domain::{
    Adjustment, BasketLine, Channel, PricedLine, Refusal, Sums, TaxLine, basket as pricing,
};
use crate::store::basket;

/// A priced basket: every effect on the price is a row, and the sums are made of the rows.
#[derive(Debug)]
pub(crate) struct Basket {
    pub(crate) channel: Channel,
    pub(crate) lines: Vec<PricedLine>,
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) taxes: Vec<TaxLine>,
    pub(crate) sums: Sums,
}

impl App {
    /// Prices the lines as of `at`, else as of now.
    pub(crate) async fn price_basket(
        &self,
        channel: &str,
        at: Option<Timestamp>,
        lines: Vec<BasketLine>,
    ) -> Result<Basket, Error> {
        let at = at.unwrap_or_else(|| self.clock.now());
        let (channel, listed) = basket::listed(&self.db, channel, at, &lines)
            .await?
            .ok_or_else(|| Refusal::ChannelNotFound(channel.to_owned()))?;
        let lines = pricing::price(channel.currency, lines, listed)?;
        let (adjustments, taxes) = (Vec::new(), Vec::new());
        let subtotals: Vec<Money> = lines.iter().map(|line| line.subtotal).collect();
        let sums = sum_up(channel.currency, &subtotals, &adjustments, &taxes)?;
        Ok(Basket {
            channel,
            lines,
            adjustments,
            taxes,
            sums,
        })
    }
}
