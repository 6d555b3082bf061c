//! `online.redis`: how to reach Redis.

use super::problem::{Problem, Span};
use super::quantity::Complaint;
use super::reader::Reader;
use super::section::Section;
use super::tree::Node;
use crate::model::secret::Secret;
use crate::store::online::{RedisTls, RedisTopology};

/// How to reach Redis, before it is known how rows lie in it.
#[derive(Clone, Debug)]
pub(super) struct RedisAccess {
    /// `host:port` of each server named.
    pub(super) nodes: Vec<String>,
    /// Number of the database.
    pub(super) database: i64,
    /// ACL user.
    pub(super) username: Option<String>,
    /// Its password.
    pub(super) password: Option<Secret>,
    /// Encryption.
    pub(super) tls: Option<RedisTls>,
    /// How Redis is run.
    pub(super) topology: RedisTopology,
    /// Whether reads may go to replicas, and where the file says so.
    pub(super) replica_reads: Option<(bool, Span)>,
}

const PORT: &str = "6379";
const SENTINEL_PORT: &str = "26379";

#[derive(Clone, Copy)]
enum Kind {
    Single,
    Cluster,
    Sentinel,
}

/// A Redis address taken apart.
#[derive(Debug, PartialEq)]
struct Address {
    encrypted: Encryption,
    username: Option<String>,
    password: Option<Secret>,
    host: String,
    database: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Encryption {
    None,
    Tls,
}

/// Reads the section; what it leaves out comes from `base`, the access that Feast's configuration gives.
pub(super) fn read(node: &Node, base: Option<&RedisAccess>, reader: &mut Reader<'_>) -> Option<RedisAccess> {
    let mut section = Section::open(node, "`redis`", reader)?;
    let at = section.at();
    let url_entry = section.entry("url");
    let url =
        url_entry.and_then(|entry| reader.parsed(&entry.value, "an address such as `redis://cache:6379`", address));
    let nodes_entry = section.entry("nodes");
    let nodes = nodes_entry.and_then(|entry| nodes(&entry.value, reader));
    if let (Some(entry), true) = (nodes_entry, url_entry.is_some()) {
        reader.note(Problem::new(entry.span, "`url` names the server already: give `url` or `nodes`"));
    }
    if url_entry.is_none() && nodes_entry.is_none() && base.is_none() {
        reader.note(Problem::new(at, "`redis` needs `url` or `nodes`"));
    }
    let topology = topology(&mut section, base, reader);
    let port = if matches!(topology, Some(RedisTopology::Sentinel { .. })) { SENTINEL_PORT } else { PORT };
    let hosts = url.as_ref().map(|url| vec![url.host.clone()]).or(nodes);
    let nodes = hosts.map(|hosts| hosts.iter().map(|host| with_port(host, port)).collect());
    let nodes: Option<Vec<String>> = nodes.or_else(|| base.map(|base| base.nodes.clone()));
    if let (Some(nodes), Some(RedisTopology::Single), Some(entry)) = (&nodes, &topology, nodes_entry)
        && nodes.len() > 1
    {
        let message = format!("`nodes` names {} servers, and `topology` is `single`", nodes.len());
        reader.note(Problem::new(entry.span, message).hint("write `topology: cluster` or `topology: sentinel`"));
    }
    let username_entry = section.entry("username");
    let username = username_entry.and_then(|entry| reader.text(&entry.value, "a user"));
    let password = reader.secret(&mut section, ["password", "password_env", "password_file"]);
    let in_url = |part: fn(&Address) -> bool| url.as_ref().is_some_and(part);
    if let (Some(entry), true) = (username_entry, in_url(|url| url.username.is_some())) {
        reader.note(Problem::new(entry.span, "`url` names a user already"));
    }
    if let (true, Some(entry)) = (in_url(|url| url.password.is_some()), password_entry(&mut section)) {
        reader.note(Problem::new(entry, "`url` holds a password already"));
    }
    let tls = tls(&mut section, url.as_ref(), base, reader);
    let database = database(&mut section, url.as_ref(), topology.as_ref(), reader);
    let replica_reads = section.entry("replica_reads").and_then(|entry| Some((reader.flag(&entry.value)?, entry.span)));
    section.close(reader);
    let of_base = |part: fn(&RedisAccess) -> Option<String>| base.and_then(part);
    let (url_user, url_password) = url.map_or((None, None), |url| (url.username, url.password));
    Some(RedisAccess {
        nodes: nodes?,
        database: database.or(base.map(|base| base.database)).unwrap_or(0),
        username: username.or(url_user).or_else(|| of_base(|base| base.username.clone())),
        password: password.or(url_password).or_else(|| base.and_then(|base| base.password.clone())),
        tls,
        topology: topology?,
        replica_reads: replica_reads.or_else(|| base.and_then(|base| base.replica_reads)),
    })
}

fn password_entry(section: &mut Section<'_>) -> Option<Span> {
    ["password", "password_env", "password_file"]
        .into_iter()
        .find_map(|name| section.entry(name))
        .map(|entry| entry.span)
}

fn nodes(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let items = reader.list(node, "a list of servers such as `[cache-1:6379, cache-2:6379]`")?;
    if items.is_empty() {
        reader.note(Problem::new(node.span, "`nodes` is empty"));
    }
    let nodes: Vec<Option<String>> =
        items.iter().map(|item| reader.parsed(item, "a server such as `cache-1:6379`", host)).collect();
    nodes.into_iter().collect()
}

fn topology(section: &mut Section<'_>, base: Option<&RedisAccess>, reader: &mut Reader<'_>) -> Option<RedisTopology> {
    let kinds = [("single", Kind::Single), ("cluster", Kind::Cluster), ("sentinel", Kind::Sentinel)];
    let entry = section.entry("topology");
    let of_base = base.map(|base| match base.topology {
        RedisTopology::Single => Kind::Single,
        RedisTopology::Cluster => Kind::Cluster,
        RedisTopology::Sentinel { .. } => Kind::Sentinel,
    });
    let kind = match entry {
        Some(entry) => reader.choice(&entry.value, &kinds),
        None => Some(of_base.unwrap_or(Kind::Single)),
    };
    let master_entry = section.entry("master");
    let master = master_entry.and_then(|entry| reader.text(&entry.value, "the name of a master"));
    let names = ["sentinel_password", "sentinel_password_env", "sentinel_password_file"];
    let password = reader.secret(section, names);
    let topology = match kind? {
        Kind::Single => RedisTopology::Single,
        Kind::Cluster => RedisTopology::Cluster,
        Kind::Sentinel => {
            let (base_master, base_password) = match base.map(|base| &base.topology) {
                Some(RedisTopology::Sentinel { master, password }) => (Some(master.clone()), password.clone()),
                Some(RedisTopology::Single | RedisTopology::Cluster) | None => (None, None),
            };
            let Some(master) = master.or(base_master) else {
                if master_entry.is_none() {
                    let at = entry.map_or(section.at(), |entry| entry.span);
                    reader.note(Problem::new(
                        at,
                        "`topology: sentinel` needs `master`, the name that the sentinels watch",
                    ));
                }
                return None;
            };
            return Some(RedisTopology::Sentinel { master, password: password.or(base_password) });
        }
    };
    let idle = ["master", "sentinel_password", "sentinel_password_env", "sentinel_password_file"];
    for entry in idle.into_iter().filter_map(|name| section.entry(name)) {
        reader.note(Problem::new(entry.span, format!("`{}` has no effect without `topology: sentinel`", entry.key)));
    }
    Some(topology)
}

fn tls(
    section: &mut Section<'_>,
    url: Option<&Address>,
    base: Option<&RedisAccess>,
    reader: &mut Reader<'_>,
) -> Option<RedisTls> {
    let tls_entry = section.entry("tls");
    let ca_entry = section.entry("tls_ca_file");
    let wanted = tls_entry.and_then(|entry| reader.flag(&entry.value));
    let ca_file = ca_entry.and_then(|entry| reader.path(&entry.value));
    let of_url = url.map(|url| url.encrypted);
    let encrypted = match (of_url, wanted) {
        (Some(encrypted), None) => encrypted == Encryption::Tls,
        (Some(encrypted), Some(wanted)) => {
            if let (true, Some(entry)) = (wanted != (encrypted == Encryption::Tls), tls_entry) {
                let message = "`tls` contradicts `url`: `redis://` is plain and `rediss://` is TLS";
                reader.note(Problem::new(entry.span, message));
            }
            wanted
        }
        (None, Some(wanted)) => wanted,
        (None, None) => ca_entry.is_some() || base.is_some_and(|base| base.tls.is_some()),
    };
    if let (Some(entry), false) = (ca_entry, encrypted) {
        reader.note(Problem::new(entry.span, "`tls_ca_file` has no effect without TLS").hint("write `rediss://`"));
    }
    let of_base = base.and_then(|base| base.tls.clone()).and_then(|tls| tls.ca_file);
    encrypted.then(|| RedisTls { ca_file: ca_file.or(of_base) })
}

fn database(
    section: &mut Section<'_>,
    url: Option<&Address>,
    topology: Option<&RedisTopology>,
    reader: &mut Reader<'_>,
) -> Option<i64> {
    let entry = section.entry("database");
    let given: Option<u32> = entry.and_then(|entry| reader.whole(&entry.value, 0));
    let of_url = url.and_then(|url| url.database);
    if let (Some(entry), Some(_)) = (entry, of_url) {
        reader.note(Problem::new(entry.span, "`url` names a database already"));
    }
    let database = given.map(i64::from).or(of_url)?;
    if let (true, Some(RedisTopology::Cluster)) = (database != 0, topology) {
        let at = entry.map_or(section.at(), |entry| entry.span);
        reader.note(Problem::new(at, format!("a cluster has only database 0, and this is {database}")));
    }
    Some(database)
}

fn address(text: &str) -> Result<Address, Complaint> {
    let (encrypted, rest) = if let Some(rest) = text.strip_prefix("redis://") {
        (Encryption::None, rest)
    } else if let Some(rest) = text.strip_prefix("rediss://") {
        (Encryption::Tls, rest)
    } else {
        let complaint = Complaint::new("is not a Redis address");
        return Err(complaint.hint("write `redis://host:6379`, or `rediss://host:6379` for TLS"));
    };
    if rest.contains(['?', '#']) {
        return Err(
            Complaint::new("has options behind `?` or `#`").hint("options have keys of their own under `redis`")
        );
    }
    let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
    let (username, password) = match user.map(|user| user.split_once(':').map_or((user, None), |(u, p)| (u, Some(p)))) {
        None => (None, None),
        Some((username, password)) => (decoded(username)?, password.map(decoded).transpose()?.flatten()),
    };
    let (server, database) = rest.split_once('/').map_or((rest, ""), |(server, database)| (server, database));
    let database = match database {
        "" => None,
        number => Some(
            number
                .parse()
                .ok()
                .filter(|number| *number >= 0)
                .ok_or_else(|| Complaint::new(format!("names the database `{number}`, which is no number")))?,
        ),
    };
    Ok(Address { encrypted, username, password: password.map(Secret::new), host: host(server)?, database })
}

/// Text with `%XX` decoded; `None` if there is none.
fn decoded(text: &str) -> Result<Option<String>, Complaint> {
    let broken =
        || Complaint::new("has a `%` that is not followed by two hexadecimal digits of UTF-8").hint("write `%25`");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok()).ok_or_else(broken)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| broken())?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| broken())?;
    Ok((!text.is_empty()).then_some(text))
}

/// `host`, `host:port` or `[v6]:port`, as it stands.
fn host(text: &str) -> Result<String, Complaint> {
    let complaint = || Complaint::new("does not name a server").hint("write `host:port`");
    if text.contains("://") || text.contains('@') || text.contains('/') || text.contains(char::is_whitespace) {
        return Err(complaint());
    }
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(complaint)?,
        None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
    };
    let port = match port {
        "" => None,
        port => Some(port.strip_prefix(':').ok_or_else(complaint)?),
    };
    let numbered = |port: &str| port.parse().ok().filter(|number: &u16| *number > 0);
    if name.is_empty() || port.is_some_and(|port| numbered(port).is_none()) {
        return Err(complaint());
    }
    Ok(text.to_owned())
}

fn with_port(host: &str, port: &str) -> String {
    let numbered = if host.starts_with('[') { host.contains("]:") } else { host.contains(':') };
    if numbered { host.to_owned() } else { format!("{host}:{port}") }
}
