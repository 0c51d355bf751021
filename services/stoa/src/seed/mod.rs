//! `stoa seed`: a small demo shop, so that there is something to look at, to sell and to break.
//!
//! Every request has a key made of its own content: a run that was interrupted, or a second one, is answered as before. What a
//! run much later finds made, it leaves as it is.

mod fill;
mod shop;

use std::fmt;

use serde::Serialize;

use crate::client::{Failure, Format, Report as _, Where};
use crate::status;

/// The arguments of `stoa seed`.
#[derive(Debug, clap::Args)]
pub(crate) struct Seed {
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

/// What stands in the suite afterwards.
#[derive(Debug, Serialize)]
struct Seeded {
    channel: &'static str,
    currency: &'static str,
    products: usize,
    variants: usize,
    prices: usize,
    units: i64,
}

impl Seed {
    /// Fills the suite.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let shop = shop::read()?;
        fill::fill(&suite, &shop).await?;
        let variants = || shop.iter().flat_map(|product| &product.variants);
        let seeded = Seeded {
            channel: shop::CHANNEL,
            currency: shop::CURRENCY,
            products: shop.len(),
            variants: variants().count(),
            prices: variants().count(),
            units: variants().map(|variant| variant.stock).sum(),
        };
        seeded.print(self.format).map(|()| status::OK)
    }
}

impl fmt::Display for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The shop is open: channel `{}` in {} with {} products in {} variants, {} units in stock.",
            self.channel, self.currency, self.products, self.variants, self.units
        )
    }
}
