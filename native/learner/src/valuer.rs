//! Values of account points at rows of a network's outputs: the heads' own rows, and what the account part adds.

use std::ops::Range;

use qnet::{AccountGradient, AccountPart, AccountPoint, EngineError, HeadKind, NetSpec, ValueMap, mean_of};

/// Values points with one network, row by row, on memory that is set aside once.
#[derive(Debug)]
pub(crate) struct Valuer {
    map: ValueMap,
    /// Where the values lie in a raw row, if they lie there as they are.
    plain: Option<Range<usize>>,
    /// Where the account part's hidden layer lies in a raw row.
    pre: Range<usize>,
    account: Option<AccountPart>,
    /// Of the row at hand.
    values: Vec<f32>,
    /// Hidden layer and quantiles of the point at hand.
    hidden: Vec<f32>,
    quantiles: Vec<f32>,
}

/// An account after a decision: its class and its scalars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point<'a> {
    pub(crate) class: usize,
    pub(crate) scalars: &'a [f32],
}

/// Some of the points in flat arrays: classes `[n]` and scalars `[n, k]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Points<'a> {
    classes: &'a [u8],
    scalars: &'a [f32],
    width: usize,
}

impl<'a> Points<'a> {
    /// Those at these positions, with so many scalars each.
    pub(crate) fn new(classes: &'a [u8], scalars: &'a [f32], at: Range<usize>, width: usize) -> Self {
        Self { scalars: &scalars[at.start * width..at.end * width], classes: &classes[at], width }
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.classes.len()
    }

    /// One of them.
    pub(crate) fn at(&self, index: usize) -> Point<'a> {
        let scalars = &self.scalars[index * self.width..][..self.width];
        Point { class: usize::from(self.classes[index]), scalars }
    }
}

impl Valuer {
    /// For networks of this shape.
    ///
    /// # Errors
    /// [`EngineError::Spec`].
    pub(crate) fn new(net: &NetSpec) -> Result<Self, EngineError> {
        let map = ValueMap::new(net)?;
        let account = AccountPart::new(net)?;
        let mut heads = net.raw_ranges().filter(|(head, _)| head.kind == HeadKind::Value);
        let plain = match (heads.next(), heads.next()) {
            (Some((head, range)), None) if !head.dueling => Some(range),
            _ => None,
        };
        let quantiles = (0..map.classes()).map(|class| map.quantiles(class).len()).max().unwrap_or(0);
        Ok(Self {
            plain,
            pre: net.hidden_range(),
            values: vec![0.0; map.width()],
            hidden: vec![0.0; account.as_ref().map_or(0, AccountPart::room)],
            quantiles: vec![0.0; quantiles],
            account,
            map,
        })
    }

    /// Takes the account part's weights over, the tail of the flat array; nothing without one.
    pub(crate) fn load(&mut self, tail: &[f32]) -> Result<(), EngineError> {
        self.account.as_mut().map_or(Ok(()), |account| account.load(tail))
    }

    /// No slopes yet by the account part's weights; none without one.
    pub(crate) fn gradient(&self) -> Option<AccountGradient> {
        self.account.as_ref().map(AccountGradient::new)
    }

    /// Where values and outputs lie.
    pub(crate) fn map(&self) -> &ValueMap {
        &self.map
    }

    /// Quantiles of each value.
    pub(crate) fn width(&self) -> usize {
        self.quantiles.len()
    }

    /// Turns to a raw row.
    pub(crate) fn row<'a>(&'a mut self, raw: &'a [f32]) -> Row<'a> {
        let values = if let Some(range) = &self.plain {
            &raw[range.clone()]
        } else {
            self.map.combine(raw, &mut self.values);
            &self.values
        };
        Row {
            map: &self.map,
            plain: self.plain.as_ref(),
            account: self.account.as_ref().map(|account| Account { part: account, pre: &raw[self.pre.clone()], at: &self.pre }),
            values,
            hidden: &mut self.hidden,
            quantiles: &mut self.quantiles,
        }
    }

    /// Adds to the slopes by a raw row what the slopes by its values are there, where they do not lie there as they are.
    pub(crate) fn combine_back(&self, by_values: &[f32], by_raw: &mut [f32]) {
        if self.plain.is_none() {
            self.map.combine_back(by_values, by_raw);
        }
    }
}

/// Values points at one row.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    map: &'a ValueMap,
    plain: Option<&'a Range<usize>>,
    account: Option<Account<'a>>,
    values: &'a [f32],
    hidden: &'a mut [f32],
    quantiles: &'a mut [f32],
}

/// The account part and its place in the row.
#[derive(Debug, Clone, Copy)]
struct Account<'a> {
    part: &'a AccountPart,
    pre: &'a [f32],
    at: &'a Range<usize>,
}

/// Slopes of one row by its raw outputs, by its values where these do not lie there as they are, and by the account part's weights.
#[derive(Debug)]
pub(crate) struct Slopes<'a> {
    pub(crate) raw: &'a mut [f32],
    pub(crate) values: &'a mut [f32],
    pub(crate) account: Option<&'a mut AccountGradient>,
}

impl Row<'_> {
    /// Quantiles of each value.
    pub(crate) fn width(&self) -> usize {
        self.quantiles.len()
    }

    /// The quantiles of one point.
    pub(crate) fn quantiles(&mut self, point: Point<'_>) -> &[f32] {
        let at = self.map.quantiles(point.class);
        let Some(Account { part, pre, .. }) = self.account else { return &self.values[at] };
        part.forward(pre, point.scalars, self.hidden);
        copy(self.quantiles, &self.values[at.clone()]);
        part.add_values(at, self.hidden, self.quantiles);
        self.quantiles
    }

    /// The mean of each point.
    pub(crate) fn means(&mut self, points: Points<'_>, means: &mut [f32]) {
        match self.account {
            // Where the quantiles are the means, all points are one call.
            Some(Account { part, pre, .. }) if self.width() == 1 => {
                for (mean, class) in means.iter_mut().zip(points.classes) {
                    *mean = self.values[usize::from(*class)];
                }
                part.evaluate(pre, (points.classes, points.scalars), self.hidden, means);
            }
            _ => {
                for (index, mean) in means.iter_mut().enumerate() {
                    *mean = mean_of(self.quantiles(points.at(index)));
                }
            }
        }
    }

    /// Adds the slopes of the point that was valued last, from those by its quantiles.
    pub(crate) fn backward(&self, point: Point<'_>, by_quantiles: &[f32], slopes: &mut Slopes<'_>) {
        let at = self.map.quantiles(point.class);
        let sums = match self.plain {
            Some(range) => &mut slopes.raw[range.start + at.start..range.start + at.end],
            None => &mut slopes.values[at.clone()],
        };
        sums.iter_mut().zip(by_quantiles).for_each(|(sum, slope)| *sum += slope);
        if let (Some(own), Some(gradient)) = (self.account, &mut slopes.account) {
            let point = AccountPoint { values: at, scalars: point.scalars, hidden: self.hidden };
            own.part.backward(&point, by_quantiles, &mut slopes.raw[own.at.clone()], gradient);
        }
    }
}

/// Copies quantiles. Most often there is one: a call of the system's function takes longer.
pub(crate) fn copy(to: &mut [f32], from: &[f32]) {
    match (to, from) {
        ([to], [from]) => *to = *from,
        (to, from) => to.copy_from_slice(from),
    }
}
