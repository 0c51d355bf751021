//! From which locations a demand is served.

use stoa_types::{LocationId, Sku};

use super::demand::Demand;
use super::hold::HoldLine;
use super::level::Level;
use super::stock::{Place, Stock};

/// A sku of which fewer units can be promised than are wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wanted} of {sku} are wanted and {available} are free")]
pub(crate) struct Lack {
    pub(crate) sku: Sku,
    pub(crate) wanted: i64,
    pub(crate) available: i64,
}

/// Chooses the locations: of each sku first what lies at the location that comes first, and only when no location has any left
/// what may be promised beyond that. All or nothing; the first sku that lacks units is named.
///
/// `order` holds every location, the one to take from first at the front.
pub(crate) fn source(
    demand: &Demand,
    stock: &Stock,
    order: &[LocationId],
) -> Result<Vec<HoldLine>, Lack> {
    let mut lines = Vec::with_capacity(demand.len());
    for (sku, wanted) in demand.iter() {
        let shelf: Vec<(LocationId, &Level)> = order
            .iter()
            .filter_map(|location| {
                let (sku, location) = (sku.clone(), *location);
                let level = stock.level(&Place { sku, location })?;
                Some((location, level))
            })
            .collect();
        let mut left = wanted;
        let mut taken: Vec<i64> = vec![0; shelf.len()];
        for most in [Level::free, Level::promisable] {
            for ((_, level), taken) in shelf.iter().zip(&mut taken) {
                let more = (most(level) - *taken).clamp(0, left);
                *taken += more;
                left -= more;
            }
        }
        if left > 0 {
            return Err(Lack {
                sku: sku.clone(),
                wanted,
                available: wanted - left,
            });
        }
        for ((location, _), quantity) in shelf.iter().zip(taken) {
            if quantity > 0 {
                lines.push(HoldLine {
                    place: Place {
                        sku: sku.clone(),
                        location: *location,
                    },
                    quantity,
                });
            }
        }
    }
    Ok(lines)
}
