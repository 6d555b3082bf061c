//! What of a plan decides who is told of findings, and when, as `validate` prints it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::{Plan, PublishMode};
use crate::judge::hysteresis::Patience;

/// When findings fire, and who tells of them.
#[derive(Debug, Serialize)]
pub(super) struct Telling {
    mode: &'static str,
    hysteresis: Rounds,
    /// Checks with a patience of their own.
    checks: BTreeMap<&'static str, Rounds>,
    /// The Alertmanagers that the service tells itself.
    alertmanager: Vec<String>,
    /// Who tells of what fires, for people.
    #[serde(skip)]
    alerts: String,
}

#[derive(Debug, PartialEq, Serialize)]
struct Rounds {
    fire: String,
    resolve: usize,
}

impl Rounds {
    fn of(patience: Patience) -> Self {
        Self { fire: format!("{} of {}", patience.breaches(), patience.of()), resolve: patience.calm() }
    }

    fn told(&self) -> String {
        let fire =
            if self.fire == "1 of 1" { "fire at once".to_owned() } else { format!("fire after {} rounds", self.fire) };
        let noun = if self.resolve == 1 { "round" } else { "rounds" };
        format!("{fire}, over after {} {noun} without", self.resolve)
    }
}

impl Telling {
    pub(super) fn of(plan: &Plan) -> Self {
        let patience = &plan.service.patience;
        let peers = plan.publish.alertmanager.as_ref().map_or(&[][..], |settings| &settings.urls);
        Self {
            mode: match plan.publish.mode {
                PublishMode::Alert => "alert",
                PublishMode::Observe => "observe",
            },
            alerts: match (plan.publish.mode, peers) {
                (PublishMode::Observe, _) => "none: the service only observes".to_owned(),
                (PublishMode::Alert, []) => "by rules in Prometheus (`skewwatch rules`)".to_owned(),
                (PublishMode::Alert, peers) => {
                    format!("pushed to {}; load no rules beside that, or they come twice", peers.join(", "))
                }
            },
            hysteresis: Rounds::of(patience.usual),
            checks: patience.checks.iter().map(|(check, own)| (check.name(), Rounds::of(*own))).collect(),
            alertmanager: peers.to_vec(),
        }
    }

    /// After how many rounds findings fire and are over.
    pub(super) fn patience(&self) -> String {
        let own = self.checks.iter();
        let own: Vec<String> = own.map(|(check, rounds)| format!("{check}: {}", rounds.told())).collect();
        std::iter::once(self.hysteresis.told()).chain(own).collect::<Vec<_>>().join("\n")
    }

    /// Who tells of what fires.
    pub(super) fn alerts(&self) -> String {
        self.alerts.clone()
    }
}
