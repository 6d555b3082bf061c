//! Incidents: features with one relation and one locus are one thing that went wrong.

use crate::model::cause::{Attribution, Diagnosis};

/// Features that share a cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident<'a> {
    /// The cause, as found for the first of them.
    pub cause: &'a Attribution,
    /// Their names, in the order given.
    pub features: Vec<&'a str>,
}

/// Groups the causes of a view's features, in the order in which they come first.
#[must_use]
pub fn incidents<'a>(diagnoses: &[(&'a str, &'a Diagnosis)]) -> Vec<Incident<'a>> {
    let mut incidents: Vec<Incident<'a>> = Vec::new();
    for (feature, diagnosis) in diagnoses {
        for cause in &diagnosis.causes {
            let same = |incident: &&mut Incident<'a>| {
                incident.cause.relation == cause.relation
                    && incident.cause.locus == cause.locus
                    && !incident.features.contains(feature)
            };
            match incidents.iter_mut().find(same) {
                Some(incident) => incident.features.push(feature),
                None => incidents.push(Incident { cause, features: vec![feature] }),
            }
        }
    }
    incidents
}
