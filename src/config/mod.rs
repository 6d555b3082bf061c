//! Text to [`Plan`]: everything a round needs to know, checked as a whole before anything is opened.
//!
//! The text is YAML. It is first read into a tree whose nodes know their place, then section by section into the
//! settings of the stages, and every problem is collected on the way, so that one run of `skewwatch validate` shows all
//! of them with their lines. Keys that have no effect are problems too. Secrets are covered in every message.
//!
//! The commented `skewwatch.example.yaml` is the reference of the language.

mod accept;
mod alertmanager;
mod api;
mod between;
mod checks;
mod columns;
mod error;
mod expand;
mod hysteresis;
mod limits;
mod load;
mod lookup;
mod mask;
mod online;
mod plan;
mod problem;
mod publish;
pub mod quantity;
mod reader;
mod redis;
mod registry;
mod reports;
mod sample;
mod schedule;
mod section;
mod service;
mod serving;
mod smtp;
mod snapshots;
mod tree;
mod view;
mod views;

pub use api::{ApiSettings, MetricsAccess};
pub use error::ConfigError;
pub use load::{from_text, load};
pub use lookup::{DrainSettings, LookupObjective, PartialAnswers, RequestLimits, ServingSettings};
pub use plan::Plan;
pub use problem::{Place, Problem, Span};
pub use publish::{PublishMode, PublishSettings};
pub use schedule::ScheduleSettings;
pub use service::{ServicePlan, service_from_text};
pub use serving::{LogSettings, PathSettings, ServedPlan, ServedSettings};
