//! Families to Prometheus' text.
//!
//! Most of a text stays as it was from one scrape to the next. So families are written per view, as [`Sheet`]s, when
//! something changes, and a scrape only puts them together.

use std::collections::BTreeMap;

use prometheus::TextEncoder;
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

use super::family::{Family, Kind};
use crate::model::lag::LagHistogram;

/// A family that is being filled.
#[derive(Debug)]
pub(in crate::publish) struct Exposed {
    family: &'static Family,
    metrics: Vec<Metric>,
    /// Lines of the text.
    series: u64,
}

impl Exposed {
    pub(in crate::publish) const fn new(family: &'static Family) -> Self {
        Self { family, metrics: Vec::new(), series: 0 }
    }

    pub(in crate::publish) const fn family(&self) -> &'static Family {
        self.family
    }

    /// Adds a series with these values of its labels.
    pub(in crate::publish) fn push<L: AsRef<str>>(&mut self, labels: &[L], value: f64) {
        let mut metric = self.metric(labels);
        match self.family.kind {
            Kind::Gauge => {
                let mut gauge = Gauge::default();
                gauge.set_value(value);
                metric.set_gauge(gauge);
            }
            Kind::Counter | Kind::Histogram => {
                let mut counter = Counter::default();
                counter.set_value(value);
                metric.set_counter(counter);
            }
        }
        self.metrics.push(metric);
        self.series += 1;
    }

    /// Adds a distribution of spans of time.
    pub(super) fn push_lags<L: AsRef<str>>(&mut self, labels: &[L], lags: &LagHistogram) {
        let mut below = 0;
        let buckets = lags.bounds().iter().zip(lags.counts()).map(|(bound, count)| {
            below += count;
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(bound.as_secs_f64());
            bucket.set_cumulative_count(below);
            bucket
        });
        let mut histogram = Histogram::default();
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(lags.n());
        histogram.set_sample_sum(lags.sum().as_secs_f64());
        let mut metric = self.metric(labels);
        metric.set_histogram(histogram);
        self.metrics.push(metric);
        // One for each bound, and `+Inf`, sum and count.
        self.series += lags.bounds().len() as u64 + 3;
    }

    fn metric<L: AsRef<str>>(&self, labels: &[L]) -> Metric {
        let pair = |(name, value): (&&str, &L)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value(value.as_ref().to_owned());
            pair
        };
        let mut pairs: Vec<LabelPair> = self.family.labels.iter().zip(labels).map(pair).collect();
        pairs.sort_by(|one, other| one.name().cmp(other.name()));
        Metric::from_label(pairs)
    }

    fn full_name(&self) -> String {
        format!("skewwatch_{}", self.family.name)
    }

    fn into_family(self) -> MetricFamily {
        let mut family = MetricFamily::default();
        family.set_name(self.full_name());
        family.set_help(self.family.help.to_owned());
        family.set_field_type(match self.family.kind {
            Kind::Gauge => MetricType::GAUGE,
            Kind::Counter => MetricType::COUNTER,
            Kind::Histogram => MetricType::HISTOGRAM,
        });
        family.set_metric(self.metrics);
        family
    }

    /// The family as text, its series by the values of their labels; `None` without series.
    ///
    /// # Errors
    /// When the family has no name: a fault of its table.
    fn write(mut self) -> prometheus::Result<Option<Written>> {
        if self.metrics.is_empty() {
            return Ok(None);
        }
        fn values(metric: &Metric) -> impl Iterator<Item = &str> {
            metric.get_label().iter().map(LabelPair::value)
        }
        self.metrics.sort_by(|one, other| values(one).cmp(values(other)));
        let series = self.series;
        let text = TextEncoder::new().encode_to_string(&[self.into_family()])?;
        let head = text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
        Ok(Some(Written { text, head, series }))
    }
}

/// A family's text.
#[derive(Debug)]
struct Written {
    text: String,
    /// Bytes of its help and type, which stand before its series.
    head: usize,
    series: u64,
}

/// Families as text, by name. Sheets over the same families are put together without looking into their lines.
#[derive(Debug, Default)]
pub(in crate::publish) struct Sheet {
    families: BTreeMap<&'static str, Written>,
}

impl Sheet {
    /// Writes families; one without series is left out.
    ///
    /// # Errors
    /// When a family has no name: a fault of its table.
    pub(in crate::publish) fn write(families: impl IntoIterator<Item = Exposed>) -> prometheus::Result<Self> {
        let mut sheet = Self::default();
        for exposed in families {
            let name = exposed.family.name;
            if let Some(written) = exposed.write()? {
                sheet.families.insert(name, written);
            }
        }
        Ok(sheet)
    }

    /// Lines of a family.
    pub(super) fn series(&self, name: &str) -> u64 {
        self.families.get(name).map_or(0, |written| written.series)
    }

    /// Lines in all.
    pub(super) fn all_series(&self) -> u64 {
        self.families.values().map(|written| written.series).sum()
    }
}

/// The text of sheets together, but for the families `left_out`: by family, then in the order of the sheets.
pub(in crate::publish) fn bind<S: AsRef<Sheet>>(sheets: &[S], left_out: &[&Family]) -> String {
    let mut families: BTreeMap<&str, Vec<&Written>> = BTreeMap::new();
    for (name, written) in sheets.iter().flat_map(|sheet| &sheet.as_ref().families) {
        if !left_out.iter().any(|family| family.name == *name) {
            families.entry(name).or_default().push(written);
        }
    }
    let length = families.values().flatten().map(|written| written.text.len()).sum();
    let mut text = String::with_capacity(length);
    for family in families.values() {
        for (place, written) in family.iter().enumerate() {
            let (head, lines) = written.text.split_at_checked(written.head).unwrap_or((&written.text, ""));
            if place == 0 {
                text.push_str(head);
            }
            text.push_str(lines);
        }
    }
    text
}

impl AsRef<Self> for Sheet {
    fn as_ref(&self) -> &Self {
        self
    }
}
