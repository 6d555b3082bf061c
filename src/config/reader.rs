//! Reading values out of the tree, collecting every problem on the way.
//!
//! A reading function gives `None` where it noted a problem, so that the rest of the file is still read; a plan is made
//! only when nothing was noted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::expand::{Environment, expand, is_name};
use super::mask;
use super::problem::{Problem, Span, suggestion};
use super::quantity::{self, Complaint};
use super::section::Section;
use super::tree::{Content, Node};
use crate::model::ratio::Ratio;
use crate::model::secret::Secret;

/// What reading needs from outside, and what it has found wrong.
pub(super) struct Reader<'a> {
    environment: Environment<'a>,
    folder: &'a Path,
    problems: Vec<Problem>,
    secrets: Vec<Span>,
}

impl<'a> Reader<'a> {
    /// A reader that has seen nothing; relative paths are relative to `folder`.
    pub(super) fn new(environment: Environment<'a>, folder: &'a Path) -> Self {
        Self { environment, folder, problems: Vec::new(), secrets: Vec::new() }
    }

    /// Where variables come from.
    pub(super) fn environment(&self) -> Environment<'a> {
        self.environment
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Covers everything in `node` wherever it would be shown.
    pub(super) fn conceal(&mut self, node: &Node) {
        self.secrets.extend(mask::whole(node));
    }

    /// Whether nothing was found wrong so far.
    pub(super) fn is_content(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was found wrong, and what must not be shown.
    pub(super) fn into_findings(self) -> (Vec<Problem>, Vec<Span>) {
        (self.problems, self.secrets)
    }

    /// The scalar as text; `expected` completes "expected …, found a list".
    pub(super) fn text(&mut self, node: &Node, expected: &str) -> Option<String> {
        self.parsed(
            node,
            expected,
            |text| {
                if text.is_empty() { Err(Complaint::new("is empty")) } else { Ok(text.to_owned()) }
            },
        )
    }

    /// The scalar as `parse` understands it. The text in a message is the file's own, before variables went in.
    pub(super) fn parsed<T>(
        &mut self,
        node: &Node,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let raw = match &node.content {
            Content::Scalar(raw) => raw,
            Content::Nothing | Content::List(_) | Content::Mapping(_) => {
                let found = node.content.name();
                self.note(Problem::new(node.span, format!("expected {expected}, found {found}")));
                return None;
            }
        };
        match expand(raw, self.environment).and_then(|text| parse(&text)) {
            Ok(value) => Some(value),
            Err(complaint) => {
                let unspoken = raw.is_empty() || self.secrets.contains(&node.span);
                let shown = if unspoken { "the text".to_owned() } else { format!("`{}`", mask::addresses(raw)) };
                let message = format!("{shown} {}", complaint.clause);
                self.note(Problem { span: node.span, message, hint: complaint.hint });
                None
            }
        }
    }

    /// One of a closed set of names.
    pub(super) fn choice<T: Clone>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let expected = format!("one of {}", names.join(", "));
        self.parsed(node, &expected, |text| {
            choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| choice.clone()).ok_or_else(|| Complaint {
                clause: format!("is not {expected}"),
                hint: suggestion(text, names.iter().copied()).filter(|hint| hint.starts_with("did")),
            })
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        self.choice(node, &[("true", true), ("false", false)])
    }

    /// A duration, perhaps zero.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        self.parsed(node, "a duration such as `15m`", quantity::duration)
    }

    /// A duration above zero.
    pub(super) fn positive_duration(&mut self, node: &Node) -> Option<Duration> {
        self.parsed(node, "a duration such as `15m`", quantity::positive_duration)
    }

    /// A share.
    pub(super) fn share(&mut self, node: &Node) -> Option<Ratio> {
        self.parsed(node, "a share such as `0.5%`", quantity::share)
    }

    /// A number from 0 up.
    pub(super) fn amount(&mut self, node: &Node) -> Option<f64> {
        self.parsed(node, "a number", quantity::amount)
    }

    /// A number from 0 up or a percentage.
    pub(super) fn proportion(&mut self, node: &Node) -> Option<f64> {
        self.parsed(node, "a number such as `1e-6` or `0.1%`", |text| {
            if text.ends_with('%') { quantity::share(text).map(Ratio::get) } else { quantity::amount(text) }
        })
    }

    /// A whole number from `least` up.
    pub(super) fn whole<T: TryFrom<u64>>(&mut self, node: &Node, least: u64) -> Option<T> {
        self.parsed(node, "a whole number", |text| quantity::whole(text, least))
    }

    /// A path; a relative one is taken from the configuration's folder.
    pub(super) fn path(&mut self, node: &Node) -> Option<PathBuf> {
        self.text(node, "a path").map(|text| self.folder.join(text.strip_prefix("./").unwrap_or(&text)))
    }

    /// An address of data: a URL as it stands, a relative path from `root` or else from the configuration's folder.
    pub(super) fn location(&mut self, node: &Node, root: Option<&str>) -> Option<String> {
        let text = self.text(node, "a path or an `s3://` address")?;
        if text.contains("://") || Path::new(&text).is_absolute() {
            return Some(text);
        }
        let relative = text.strip_prefix("./").unwrap_or(&text);
        Some(match root {
            Some(root) => format!("{}/{relative}", root.trim_end_matches('/')),
            None => self.folder.join(relative).to_string_lossy().into_owned(),
        })
    }

    /// The items of a list.
    pub(super) fn list<'tree>(&mut self, node: &'tree Node, expected: &str) -> Option<&'tree [Node]> {
        match &node.content {
            Content::List(items) => Some(items),
            Content::Nothing | Content::Scalar(_) | Content::Mapping(_) => {
                let found = node.content.name();
                self.note(Problem::new(node.span, format!("expected {expected}, found {found}")));
                None
            }
        }
    }

    /// The value of `name`, of the variable that `name_env` names, or of the file that `name_file` names.
    pub(super) fn given(&mut self, section: &mut Section<'_>, names: [&'static str; 3]) -> Option<String> {
        let [name, variable, file] = names;
        let ways = [section.entry(name), section.entry(variable), section.entry(file)];
        if let Some(entry) = ways[1].filter(|entry| self.holds_no_name(&entry.value)) {
            self.conceal(&entry.value);
        }
        let mut present = ways.into_iter().flatten();
        let first = present.next()?;
        for other in present {
            let message = format!("`{}` is given already, and one of them is enough", first.key);
            self.note(Problem::new(other.span, message));
        }
        let (node, expected) = (&first.value, format!("the text of `{}`", first.key));
        if mask::is_secret(&first.key) {
            self.conceal(node);
        }
        if first.key == name {
            return self.text(node, &expected);
        }
        if first.key == variable {
            return self.variable(node, variable);
        }
        let folder = self.folder;
        self.parsed(node, "the path of a file", |text| match std::fs::read_to_string(folder.join(text)) {
            Ok(content) if content.trim().is_empty() => Err(Complaint::new("names a file that is empty")),
            Ok(content) => Ok(content.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(Complaint::new(format!("names a file that could not be read: {}", plain(&error)))),
        })
    }

    fn variable(&mut self, node: &Node, key: &str) -> Option<String> {
        if self.holds_no_name(node) {
            let message = format!("`{key}` does not name an environment variable that is set");
            self.note(Problem::new(node.span, message).hint("it takes the name of the variable, not its value"));
            return None;
        }
        let environment = self.environment;
        self.parsed(node, "the name of an environment variable", |text| match environment(text) {
            Some(value) if value.is_empty() => Err(Complaint::new("names an environment variable that is empty")),
            Some(value) => Ok(value),
            None => Err(Complaint::new("names an environment variable that is not set")),
        })
    }

    /// Whether a text in the place of a variable's name is most likely the secret itself.
    fn holds_no_name(&self, node: &Node) -> bool {
        match &node.content {
            Content::Scalar(raw) => {
                let shouted = !raw.contains(|letter: char| letter.is_ascii_lowercase());
                !is_name(raw) || (!shouted && (self.environment)(raw).is_none())
            }
            Content::Nothing | Content::List(_) | Content::Mapping(_) => false,
        }
    }

    /// Like [`Reader::given`], for what must not be shown.
    pub(super) fn secret(&mut self, section: &mut Section<'_>, names: [&'static str; 3]) -> Option<Secret> {
        self.given(section, names).map(Secret::new)
    }
}

/// An input error in the words of a message, without the system's number.
pub(super) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
