//! YAML as a tree whose nodes know where they stand in the file.
//!
//! Reading stops at the first fault of YAML itself, since nothing after it can be trusted; what YAML allows and a
//! configuration does not (a key twice, a key that is no text, a tag) is noted and reading goes on. Anchors and aliases
//! work; the size of the whole is bounded, so that aliases of aliases cannot grow without end.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::granit_parser::{Event, Marker, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::problem::{Place, Problem, Span};

/// Most nodes of one file, aliases counted as often as they are used.
const MOST_NODES: usize = 100_000;
/// Deepest nesting of blocks, and of brackets inside them.
const DEEPEST: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The scalar itself; for a mapping or list the key that names it, or else its first part.
    pub(super) span: Span,
    /// The value.
    pub(super) content: Content,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Nothing, or a plain `null` or `~`.
    Nothing,
    /// One value, as text.
    Scalar(String),
    /// Values in order.
    List(Vec<Node>),
    /// Values by key, in the order of the file; a key that comes again is a problem already.
    Mapping(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) span: Span,
    /// Its value.
    pub(super) value: Node,
}

impl Content {
    /// What it is, with its article, for messages.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Scalar(_) => "a single value",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// A whole document, with the faults that did not stop its reading.
#[derive(Debug)]
pub(super) struct Document {
    /// Its root; `None` if there is no document at all.
    pub(super) root: Option<Node>,
    /// Faults noted on the way.
    pub(super) problems: Vec<Problem>,
}

/// Reads the one document of `text`.
///
/// # Errors
/// The first fault of YAML itself.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.block_nesting_limit = DEEPEST;
    options.flow_nesting_limit = DEEPEST;
    let mut builder = Builder {
        events: Parser::new_from_str_with_options(text, options),
        anchors: BTreeMap::new(),
        problems: Vec::new(),
        nodes: 0,
    };
    let root = builder.document()?;
    Ok(Document { root, problems: builder.problems })
}

type Positioned<'text> = (Event<'text>, Span);

struct Builder<'text> {
    events: Parser<'text, StrInput<'text>>,
    anchors: BTreeMap<usize, Node>,
    problems: Vec<Problem>,
    nodes: usize,
}

impl<'text> Builder<'text> {
    fn next(&mut self) -> Result<Option<Positioned<'text>>, Problem> {
        match self.events.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, Span::new(place(span.start), place(span.end))))),
            Some(Err(error)) => Err(syntax(&error)),
        }
    }

    fn document(&mut self) -> Result<Option<Node>, Problem> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            if event.is_node() {
                root = Some(self.node((event, span))?);
            } else if matches!(event, Event::DocumentStart(..)) && root.is_some() {
                return Err(Problem::new(span, "a second document begins here, and a file is one configuration"));
            }
        }
        Ok(root)
    }

    fn node(&mut self, (event, span): Positioned<'text>) -> Result<Node, Problem> {
        self.count(1, span)?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                let plain = matches!(style, ScalarStyle::Plain);
                let nothing = plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let content = if nothing { Content::Nothing } else { Content::Scalar(text.into_owned()) };
                (anchor, Node { span, content })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                (anchor, self.list(span)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                (anchor, self.mapping(span)?)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err(Problem::new(span, "an anchor cannot hold itself"));
                };
                self.count(size(&node), span)?;
                (0, node)
            }
            _ => return Err(Problem::new(span, "a value was expected here")),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, span: Span) -> Result<Node, Problem> {
        let mut items = Vec::new();
        while let Some(event) = self.next()? {
            if matches!(event.0, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event)?);
        }
        let span = if span.is_empty() { items.first().map_or(span, |item| item.span) } else { span };
        Ok(Node { span, content: Content::List(items) })
    }

    fn mapping(&mut self, span: Span) -> Result<Node, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some(event) = self.next()? {
            if matches!(event.0, Event::MappingEnd) {
                break;
            }
            let key = self.node(event)?;
            let Some(event) = self.next()? else { break };
            let mut value = self.node(event)?;
            let Content::Scalar(name) = key.content else {
                let found = key.content.name();
                self.problems.push(Problem::new(key.span, format!("a key must be text, and this is {found}")));
                continue;
            };
            if !matches!(value.content, Content::Scalar(_)) {
                value.span = key.span;
            }
            if !seen.insert(name.clone()) {
                let first = entries.iter().find(|entry| entry.key == name).map_or(0, |entry| entry.span.start.line);
                self.problems.push(Problem::new(key.span, format!("`{name}` is already given on line {first}")));
            }
            // Kept even when it is there already, so that what it holds is covered if it is a secret.
            entries.push(Entry { key: name, span: key.span, value });
        }
        let span = if span.is_empty() { entries.first().map_or(span, |entry| entry.span) } else { span };
        Ok(Node { span, content: Content::Mapping(entries) })
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST_NODES {
            return Err(Problem::new(span, format!("the file holds more than {MOST_NODES} values, aliases included")));
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.problems.push(Problem::new(span, format!("the tag `{}` has no meaning here", tag.original())));
        }
    }
}

fn size(node: &Node) -> usize {
    match &node.content {
        Content::Nothing | Content::Scalar(_) => 1,
        Content::List(items) => items.iter().map(size).sum::<usize>() + 1,
        Content::Mapping(entries) => entries.iter().map(|entry| 1 + size(&entry.value)).sum::<usize>() + 1,
    }
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

fn syntax(error: &ScanError) -> Problem {
    let at = place(*error.marker());
    let info = error.info();
    let problem = Problem::new(Span::point(at), format!("this is not YAML: {info}"));
    if info.contains("tab") { problem.hint("indent with spaces") } else { problem }
}
