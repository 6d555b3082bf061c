//! `lookup`: how features are served over HTTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::api::{self, ApiSettings};
use super::publish::address;
use super::quantity::{self, Complaint};
use super::reader::Reader;
use super::sample::set;
use super::section::Section;
use super::tree::{Content, Node};
use crate::lookup::{L1Settings, LookupSettings};
use crate::model::ratio::Ratio;

/// Where features are served unless the file says otherwise: the port of Feast's own server.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 6566);

/// How features are served.
#[derive(Clone, Debug, PartialEq)]
pub struct ServingSettings {
    /// Address of the HTTP server; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// How features are looked up.
    pub lookup: LookupSettings,
    /// What is answered when a part of the values could not be read.
    pub partial: PartialAnswers,
    /// What a request may ask for.
    pub limits: RequestLimits,
    /// Who may ask.
    pub access: ApiSettings,
    /// What lookups are held against.
    pub objective: LookupObjective,
    /// How the server stops.
    pub drain: DrainSettings,
}

/// What is answered when a part of the values could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialAnswers {
    /// Those that could, and of the others that they could not.
    Serve,
    /// That the request failed.
    Refuse,
}

/// What a request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Most bytes of its body.
    pub body: u64,
    /// Most entities.
    pub entities: usize,
}

/// What lookups are held against; `None` holds them against nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LookupObjective {
    /// Time that half of the lookups should keep to.
    pub p50: Option<Duration>,
    /// Time that 99 of 100 lookups should keep to.
    pub p99: Option<Duration>,
    /// Least share of lookups that L1 should answer.
    pub hit: Option<Ratio>,
}

/// How the server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainSettings {
    /// How long it says that it is about to stop, and answers everything still.
    pub notice: Duration,
    /// How long running requests may go on after that.
    pub limit: Duration,
}

impl Default for ServingSettings {
    /// Port 6566 of all addresses; partial answers; 4 MiB and 10,000 entities a request; everyone may ask; no objective;
    /// 5 s of notice and 10 s for running requests.
    fn default() -> Self {
        Self {
            listen: LISTEN,
            lookup: LookupSettings::default(),
            partial: PartialAnswers::Serve,
            limits: RequestLimits { body: 4 << 20, entities: 10_000 },
            access: ApiSettings::default(),
            objective: LookupObjective::default(),
            drain: DrainSettings { notice: Duration::from_secs(5), limit: Duration::from_secs(10) },
        }
    }
}

/// Reads the section.
pub(super) fn read(node: Option<&Node>, reader: &mut Reader<'_>) -> Option<ServingSettings> {
    let mut settings = ServingSettings::default();
    let Some(node) = node else { return Some(settings) };
    let mut section = Section::open(node, "`lookup`", reader)?;
    let listen = |node, reader: &mut Reader<'_>| reader.parsed(node, "an address such as `0.0.0.0:6566`", address);
    set(&mut settings.listen, section.optional("listen").and_then(|node| listen(node, reader)));
    if let Some(node) = section.optional("l1") {
        l1(node, &mut settings.lookup.l1, reader);
    }
    let lookup = &mut settings.lookup;
    set(&mut lookup.deadline, section.optional("deadline").and_then(|node| brief(node, reader)));
    set(&mut lookup.batch, section.optional("batch").and_then(|node| reader.whole(node, 1)));
    set(&mut lookup.in_flight, section.optional("in_flight").and_then(|node| reader.whole(node, 1)));
    set(&mut lookup.queue, section.optional("queue").and_then(|node| reader.whole(node, 1)));
    let policies = [("serve", PartialAnswers::Serve), ("refuse", PartialAnswers::Refuse)];
    set(&mut settings.partial, section.optional("partial").and_then(|node| reader.choice(node, &policies)));
    if let Some(node) = section.optional("limits") {
        limits(node, &mut settings.limits, reader);
    }
    let access = section.optional("api").map(|node| api::read(node, "`lookup.api`", reader));
    if let Some(node) = section.optional("objective") {
        objective(node, &mut settings.objective, reader);
    }
    if let Some(node) = section.optional("drain") {
        drain(node, &mut settings.drain, reader);
    }
    section.close(reader);
    if let Some(access) = access {
        settings.access = access?;
    }
    Some(settings)
}

fn l1(node: &Node, l1: &mut L1Settings, reader: &mut Reader<'_>) {
    let Some(mut section) = Section::open(node, "`l1`", reader) else { return };
    set(&mut l1.capacity, section.optional("capacity").and_then(|node| capacity(node, reader)));
    set(&mut l1.ttl, section.optional("ttl").and_then(|node| reader.positive_duration(node)));
    set(&mut l1.jitter, section.optional("jitter").and_then(|node| reader.share(node)));
    set(&mut l1.negative_ttl, section.optional("negative_ttl").and_then(|node| reader.duration(node)));
    section.close(reader);
}

/// A size, or `none`.
fn capacity(node: &Node, reader: &mut Reader<'_>) -> Option<u64> {
    match &node.content {
        Content::Scalar(text) if text == "none" => Some(0),
        Content::Scalar(_) | Content::Nothing | Content::List(_) | Content::Mapping(_) => {
            reader.parsed(node, "a size such as `256MiB`, or `none`", quantity::bytes)
        }
    }
}

fn limits(node: &Node, limits: &mut RequestLimits, reader: &mut Reader<'_>) {
    let Some(mut section) = Section::open(node, "`limits`", reader) else { return };
    let body = section.optional("body");
    set(&mut limits.body, body.and_then(|node| reader.parsed(node, "a size such as `4MiB`", quantity::bytes)));
    set(&mut limits.entities, section.optional("entities").and_then(|node| reader.whole(node, 1)));
    section.close(reader);
}

fn objective(node: &Node, objective: &mut LookupObjective, reader: &mut Reader<'_>) {
    let Some(mut section) = Section::open(node, "`objective`", reader) else { return };
    objective.p50 = section.optional("p50").and_then(|node| brief(node, reader));
    objective.p99 = section.optional("p99").and_then(|node| brief(node, reader));
    objective.hit = section.optional("hit").and_then(|node| reader.share(node));
    section.close(reader);
}

fn drain(node: &Node, drain: &mut DrainSettings, reader: &mut Reader<'_>) {
    let Some(mut section) = Section::open(node, "`drain`", reader) else { return };
    set(&mut drain.notice, section.optional("notice").and_then(|node| reader.duration(node)));
    set(&mut drain.limit, section.optional("limit").and_then(|node| reader.duration(node)));
    section.close(reader);
}

/// A duration above zero, of milliseconds also a fraction.
fn brief(node: &Node, reader: &mut Reader<'_>) -> Option<Duration> {
    reader.parsed(node, "a duration such as `50ms` or `1.2ms`", |text| {
        let millis = text.strip_suffix("ms").and_then(|number| quantity::amount(number).ok());
        let given = millis.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok());
        match given {
            Some(given) if given.is_zero() => Err(Complaint::new("must be longer than nothing")),
            Some(given) => Ok(given),
            None if quantity::amount(text).is_ok_and(|number| number > 0.0) => {
                Err(Complaint::new("has no unit").hint(format!("write `{text}ms`")))
            }
            None => quantity::positive_duration(text),
        }
    })
}
