//! `hysteresis`: after how many rounds a finding fires, and after how many it is over.

use super::quantity::{self, Complaint};
use super::reader::Reader;
use super::section::Section;
use super::tree::Node;
use crate::judge::hysteresis::{Patience, PatienceRules};
use crate::model::check::CheckKind;

/// What one level of the section says; what it leaves out comes from the level above.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Breaches, of so many judged rounds.
    fire: Option<(usize, usize)>,
    /// Judged rounds in a row without a breach.
    resolve: Option<usize>,
}

impl Said {
    fn read(section: &mut Section<'_>, reader: &mut Reader<'_>) -> Self {
        let fire = section.optional("fire");
        let fire = fire.and_then(|node| reader.parsed(node, "a number of rounds such as `2 of 3`", rounds));
        let resolve = section.optional("resolve");
        let resolve = resolve.and_then(|node| reader.parsed(node, "a number of rounds", number));
        Self { fire, resolve }
    }

    /// What it makes of `before`.
    fn apply(self, before: Patience) -> Patience {
        let (breaches, of) = self.fire.unwrap_or((before.breaches(), before.of()));
        // Both numbers were checked where they were read.
        Patience::new(breaches, of, self.resolve.unwrap_or(before.calm())).unwrap_or(before)
    }
}

/// Reads the section.
pub(super) fn read(node: Option<&Node>, reader: &mut Reader<'_>) -> PatienceRules {
    let mut rules = PatienceRules::default();
    let Some(mut section) = node.and_then(|node| Section::open(node, "`hysteresis`", reader)) else { return rules };
    rules.usual = Said::read(&mut section, reader).apply(rules.usual);
    for check in CheckKind::ALL {
        let Some(node) = section.optional(check.name()) else { continue };
        let Some(mut inner) = Section::open(node, format!("`{check}`"), reader) else { continue };
        let said = Said::read(&mut inner, reader);
        inner.close(reader);
        let patience = said.apply(rules.of(check));
        rules.checks.insert(check, patience);
    }
    section.close(reader);
    rules
}

/// `2 of 3`, or `2` for `2 of 2`.
fn rounds(text: &str) -> Result<(usize, usize), Complaint> {
    let (breaches, of) = match text.split_once(" of ") {
        Some((breaches, of)) => (number(breaches.trim())?, number(of.trim())?),
        None => {
            let all = number(text).map_err(|complaint| complaint.hint("write `2 of 3`"))?;
            (all, all)
        }
    };
    if breaches > of {
        return Err(Complaint::new("asks for more rounds than it looks at").hint(format!("write `{of} of {breaches}`")));
    }
    Ok((breaches, of))
}

fn number(text: &str) -> Result<usize, Complaint> {
    let number: usize = quantity::whole(text, 1)?;
    if number > Patience::LONGEST {
        return Err(Complaint::new("is more than the 1,000 rounds that are remembered"));
    }
    Ok(number)
}
