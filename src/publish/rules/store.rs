//! Alerts on the online store as a whole.

use std::time::Duration;

use super::alert::{Alert, Dashboard, Group, Rule};
use super::burn::BurnPair;
use super::settings::RuleSettings;
use crate::model::check::Severity;
use crate::publish::alert_name::AlertName;

/// Longest interval that the alert on the store outlives its recovery by; slower views may be told of after it.
const LONGEST_RECOVERY: Duration = Duration::from_secs(900);

/// The store is down, or nobody says whether it is up.
pub(super) fn group(settings: &RuleSettings) -> Group {
    let up = settings.series("skewwatch_online_store_up", &[]);
    let watched = settings.series("skewwatch_feature_view_info", &[]);
    let down = Alert {
        name: AlertName::ONLINE_STORE_DOWN.name,
        comment: "Down for every replica: what only one of them cannot reach is a fault of its own. It is over when every view can\n\
                  have been read again and their alerts, which it holds back, are over: or they would be told of then.",
        severity: Some(Severity::Critical),
        expression: format!("max by (job, store) ({up}) == 0"),
        lasting: Some(settings.wait(Duration::from_secs(60))),
        keeping: Some(settings.longest_interval().min(LONGEST_RECOVERY) + 2 * settings.restart()),
        summary: AlertName::ONLINE_STORE_DOWN.summary,
        description: "No key could be read from the online store `{{ $labels.store }}`. Models that read features from it get none."
            .to_owned(),
        dashboard: Dashboard::Service,
    };
    let unknown = Alert {
        name: "SkewwatchOnlineStoreUnknown",
        comment: "The dead-man of SkewwatchOnlineStoreDown.",
        severity: Some(Severity::Critical),
        expression: format!("max by (job, store) ({watched})\nunless on (job, store) {up}"),
        lasting: Some(BurnPair::least_window(settings.longest_interval())),
        keeping: Some(settings.restart()),
        summary: "Nobody says whether the online store answers.",
        description: "Feature views in the online store `{{ $labels.store }}` are watched, and for more than three rounds skewwatch \
                      has not said whether the store answers."
            .to_owned(),
        dashboard: Dashboard::Service,
    };
    Group { name: "store", rules: vec![Rule::Alert(down), Rule::Alert(unknown)] }
}
