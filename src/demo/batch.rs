//! The features once a day for everybody, as a batch job computes them: group, aggregate, join.
//!
//! [`RawTables`] holds the shop's events as three frames; [`RawTables::snapshot`] computes one daily snapshot from them.
//! The mean order value stays in double precision, as a batch job's does, although the feature is declared as single.

use polars::prelude::*;

use super::calendar::{BATCH_DELAY, Seconds, day_number};
use super::feature::{CREATED, EVENT_TIMESTAMP, JOIN_KEY, LONG_WINDOW, SHORT_WINDOW};
use super::shop::Shop;

/// The shop's raw events as frames.
#[derive(Debug)]
pub struct RawTables {
    /// `user` (number), `user_id`, `at` (of the sign-up); ascending by `user`.
    customers: DataFrame,
    /// `user`, `at`, `cents`, `category`.
    orders: DataFrame,
    /// `user`, `at`.
    chargebacks: DataFrame,
}

impl RawTables {
    /// The events of `shop`.
    ///
    /// # Errors
    /// When Polars cannot lay out the frames.
    pub fn new(shop: &Shop) -> PolarsResult<Self> {
        let numbered = || (0_u32..).zip(&shop.customers);
        let orders = || numbered().flat_map(|(user, customer)| customer.orders.iter().map(move |order| (user, order)));
        let chargebacks =
            || numbered().flat_map(|(user, customer)| customer.chargebacks.iter().map(move |at| (user, *at)));
        Ok(Self {
            customers: frame(vec![
                column("user", numbered().map(|(user, _)| user).collect::<Vec<u32>>()),
                column(JOIN_KEY, numbered().map(|(_, customer)| customer.id.as_str()).collect::<Vec<&str>>()),
                column("at", numbered().map(|(_, customer)| customer.signed_up).collect::<Vec<i64>>()),
            ])?,
            orders: frame(vec![
                column("user", orders().map(|(user, _)| user).collect::<Vec<u32>>()),
                column("at", orders().map(|(_, order)| order.at).collect::<Vec<i64>>()),
                column("cents", orders().map(|(_, order)| order.cents).collect::<Vec<i64>>()),
                column("category", orders().map(|(_, order)| order.category).collect::<Vec<&str>>()),
            ])?,
            chargebacks: frame(vec![
                column("user", chargebacks().map(|(user, _)| user).collect::<Vec<u32>>()),
                column("at", chargebacks().map(|(_, at)| at).collect::<Vec<i64>>()),
            ])?,
        })
    }

    /// The snapshot at `cut`: a row for every account open by then, ascending by `user_id`.
    ///
    /// Columns: `user_id`, `event_timestamp` (the cut), `created`, and the features.
    ///
    /// # Errors
    /// When Polars cannot compute it.
    pub fn snapshot(&self, cut: Seconds) -> PolarsResult<DataFrame> {
        let customers = happened(&self.customers, Seconds::MIN, cut)?;
        let long = happened(&self.orders, cut - LONG_WINDOW, cut)?;
        let short = happened(&long, cut - SHORT_WINDOW, cut)?;
        let chargebacks = happened(&self.chargebacks, cut - LONG_WINDOW, cut)?;

        #[expect(deprecated, reason = "its replacement is the lazy engine, which this build leaves out")]
        let sums = aggregate(short.group_by(["user"])?.select(["cents"]).sum()?, "cents")?;
        let counts = aggregate(short.group_by(["user"])?.select(["cents"]).count()?, "orders_7d")?;
        let totals = aggregate(long.group_by(["user"])?.select(["cents"]).count()?, "orders_30d")?;
        let backs = aggregate(chargebacks.group_by(["user"])?.select(["at"]).count()?, "chargebacks")?;
        let mut joined = customers;
        for part in [&sums, &counts, &totals, &favourites(&long)?, &backs] {
            joined = joined.left_join(part, ["user"], ["user"])?;
        }
        let joined = joined.sort(["user"], SortMultipleOptions::default())?;
        features(&joined, cut)
    }
}

/// The category with the most orders of each user, of equals the first in the alphabet: columns `user`, `category`.
fn favourites(orders: &DataFrame) -> PolarsResult<DataFrame> {
    let mut counted = orders.group_by(["user", "category"])?.select(["at"]).count()?;
    counted.set_column_names(&["user", "category", "orders"])?;
    let ranked = counted.sort(
        ["user", "orders", "category"],
        SortMultipleOptions::default().with_order_descending_multi([false, true, false]),
    )?;
    let user = ranked.column("user")?.u32()?;
    let begins = user.not_equal_missing(&user.shift(1));
    ranked.filter(&begins)?.select(["user", "category"])
}

/// From counts and sums per user to the columns of a snapshot.
fn features(joined: &DataFrame, cut: Seconds) -> PolarsResult<DataFrame> {
    let floats = |name: &str| joined.column(name)?.cast(&DataType::Float64);
    let counted = |name: &str| joined.column(name)?.fill_null(FillNullStrategy::Zero)?.cast(&DataType::Int64);
    let mean = (floats("cents")? / (floats("orders_7d")? * 100.0))?;
    let orders = counted("orders_30d")?;
    let backs = counted("chargebacks")?;
    let weight = backs.cast(&DataType::Float64)? * 4.0;
    let score = ((&weight + 1.0) / ((&weight + &orders.cast(&DataType::Float64)?)? + 8.0))?.cast(&DataType::Float32)?;
    let score = score.as_materialized_series().zip_with(
        &((&orders + &backs)?.as_materialized_series().gt(0)?),
        &Series::full_null("fraud_score".into(), joined.height(), &DataType::Float32),
    )?;
    let ages: Vec<i64> = joined
        .column("at")?
        .i64()?
        .into_no_null_iter()
        .map(|signed_up| day_number(cut) - day_number(signed_up))
        .collect();
    frame(vec![
        joined.column(JOIN_KEY)?.clone(),
        moments(EVENT_TIMESTAMP, cut, joined.height())?,
        moments(CREATED, cut + BATCH_DELAY, joined.height())?,
        mean.with_name("avg_order_value_7d".into()),
        orders.with_name("total_orders_30d".into()),
        joined.column("category")?.clone().with_name("preferred_category".into()),
        column("account_age_days", ages),
        score.with_name("fraud_score".into()).into_column(),
    ])
}

/// The rows of `table` with `after < at <= until`.
fn happened(table: &DataFrame, after: Seconds, until: Seconds) -> PolarsResult<DataFrame> {
    let at = table.column("at")?.i64()?;
    table.filter(&(at.gt(after) & at.lt_eq(until)))
}

/// Names the one aggregated column of a grouping by user.
fn aggregate(mut grouped: DataFrame, name: &str) -> PolarsResult<DataFrame> {
    grouped.set_column_names(&["user", name])?;
    Ok(grouped)
}

/// `height` times the same instant, in microseconds of UTC.
fn moments(name: &str, at: Seconds, height: usize) -> PolarsResult<Column> {
    column(name, vec![at * 1_000_000; height]).cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))
}

fn column<T, V: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, V>,
{
    Column::from(Series::new(name.into(), values))
}

fn frame(columns: Vec<Column>) -> PolarsResult<DataFrame> {
    DataFrame::new_infer_height(columns)
}
