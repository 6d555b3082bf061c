//! The web page of a service: an overview of its views, and a page for each.
//!
//! From what is known of the views ([`KnownView`]) and their past to HTML: no script, nothing loaded from elsewhere, light
//! and dark, fit for a phone. No colour says anything alone, every graphic has its figures as text, and a time without
//! rounds is a gap. Names and messages come from configuration and data and are escaped.
//!
//! Entity keys never stand on a page. Values of features do, as the ends of ranges and as keys that many rows share.

mod callers;
mod document;
mod drawing;
mod facts;
mod features;
mod findings;
mod freshness;
mod health;
mod known;
mod link;
mod lost;
mod overview;
mod plot;
mod rounds;
mod share;
mod strip;
mod timeline;
pub(super) mod verdicts;
mod view;

pub use document::{PALETTE, POLICY, STYLE, head};
pub(super) use drawing::runs;
pub use health::Health;
pub use known::KnownView;
pub use link::{encoded, view as view_path};
pub use lost::lost;
pub use overview::{Filter, Overview, OverviewView, overview};
pub use strip::{Fire, Strip};
pub use timeline::{Stretch, Timeline};
pub use view::{Past, ViewPage, view};
