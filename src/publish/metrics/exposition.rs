//! Families to Prometheus' text.

use std::collections::HashMap;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{Registry, TextEncoder};

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

    pub(super) const fn series(&self) -> u64 {
        self.series
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

    /// Adds a distribution.
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

    fn description(&self) -> prometheus::Result<Desc> {
        let labels = self.family.labels.iter().map(|label| (*label).to_owned()).collect();
        Desc::new(self.full_name(), self.family.help.to_owned(), labels, HashMap::new())
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
}

/// The text of these families, by name; a family without series is left out.
///
/// # Errors
/// When a name or label is not valid: a fault of this module, not of its input.
pub(in crate::publish) fn encode(families: Vec<Exposed>) -> prometheus::Result<String> {
    let descriptions = families.iter().map(Exposed::description).collect::<prometheus::Result<Vec<_>>>()?;
    let families = families.into_iter().map(Exposed::into_family).collect();
    let registry = Registry::new();
    registry.register(Box::new(Once { descriptions, families: std::sync::Mutex::new(families) }))?;
    TextEncoder::new().encode_to_string(&registry.gather())
}

/// Gives its families once: they are large, and a registry is made for one text.
struct Once {
    descriptions: Vec<Desc>,
    families: std::sync::Mutex<Vec<MetricFamily>>,
}

impl Collector for Once {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        std::mem::take(&mut self.families.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
