//! Kinds of goods and the units in which they are counted.

/// What kind of thing a variant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Goods,
    Service,
    Fee,
    Shipping,
    GiftCard,
}

impl LineKind {
    const ALL: [Self; 5] = [
        Self::Goods,
        Self::Service,
        Self::Fee,
        Self::Shipping,
        Self::GiftCard,
    ];

    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Goods => "GOODS",
            Self::Service => "SERVICE",
            Self::Fee => "FEE",
            Self::Shipping => "SHIPPING",
            Self::GiftCard => "GIFT_CARD",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether stock is kept of such a thing when its merchant does not say.
    pub(crate) const fn is_stocked(self) -> bool {
        matches!(self, Self::Goods)
    }
}

/// The unit in which a quantity is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MeasureUnit {
    Piece,
    Gram,
    Milliliter,
}

impl MeasureUnit {
    const ALL: [Self; 3] = [Self::Piece, Self::Gram, Self::Milliliter];

    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Piece => "PIECE",
            Self::Gram => "GRAM",
            Self::Milliliter => "MILLILITER",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }
}
