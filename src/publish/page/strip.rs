//! The last week of a view as a strip of marks: how its rounds went and what fired.
//!
//! The worse a slot was, the taller its mark; a slot without rounds has none.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::drawing::{SLOT, width};
use super::timeline::Timeline;
use crate::history::HourOutcomes;
use crate::model::check::Severity;
use crate::model::time::Timestamp;

/// A time over which a finding fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fire {
    /// When it began.
    pub from: Timestamp,
    /// When it ended, or the present.
    pub until: Timestamp,
    /// How bad it was.
    pub severity: Severity,
}

/// The worst of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Calm,
    Unmeasured,
    Fired(Severity),
}

/// Marks over a timeline; `None` is a slot without rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    timeline: Timeline,
    marks: Vec<Option<Mark>>,
}

impl Strip {
    /// The strip of a view from its hours and from what fired.
    #[must_use]
    pub fn of(timeline: Timeline, hours: &BTreeMap<Timestamp, HourOutcomes>, fires: &[Fire]) -> Self {
        let mut marks: Vec<Option<Mark>> = vec![None; timeline.slots()];
        for (start, hour) in hours {
            let Some(mark) = timeline.slot(*start).and_then(|slot| marks.get_mut(slot)) else { continue };
            if hour.failed > 0 {
                *mark = Some(Mark::Unmeasured).max(*mark);
            } else if hour.complete + hour.partial > 0 {
                *mark = Some(Mark::Calm).max(*mark);
            }
        }
        for (slot, mark) in marks.iter_mut().enumerate().filter(|(_, mark)| mark.is_some()) {
            let (begin, end) = (timeline.begin(slot), timeline.begin(slot + 1));
            let here = fires.iter().filter(|fire| fire.from < end && fire.until > begin);
            let worst = here.map(|fire| Mark::Fired(fire.severity)).max();
            *mark = worst.max(*mark);
        }
        Self { timeline, marks }
    }

    /// The strip in words.
    fn words(&self) -> String {
        let count = |wanted: Option<Mark>| self.marks.iter().filter(|mark| **mark == wanted).count();
        let parts: Vec<String> = [
            (Some(Mark::Fired(Severity::Critical)), "critical"),
            (Some(Mark::Fired(Severity::Warning)), "with warnings"),
            (Some(Mark::Unmeasured), "with failed rounds"),
            (Some(Mark::Calm), "without findings"),
            (None, "without rounds"),
        ]
        .into_iter()
        .filter_map(|(mark, words)| {
            Some(count(mark)).filter(|slots| *slots > 0).map(|slots| format!("{slots} {words}"))
        })
        .collect();
        let stretch = self.timeline.stretch();
        format!("Last {}, in spans of {}: {}", stretch.words(), stretch.slot(), parts.join(", "))
    }

    /// The strip as a graphic.
    pub(super) fn draw(&self) -> Markup {
        html! {
            svg.strip viewBox={ "0 0 " (width(self.timeline)) " 24" } preserveAspectRatio="none" role="img" aria-label=(self.words()) {
                line.ground x1="0" x2=(width(self.timeline)) y1="23.5" y2="23.5" {}
                @for (slot, mark) in self.marks.iter().enumerate() {
                    @if let Some(mark) = mark {
                        @let (class, height) = look(*mark);
                        rect class=(class) x=(slot * SLOT + 1) width=(SLOT - 2) y=(24 - height) height=(height) {}
                    }
                }
            }
        }
    }
}

/// Style class and height of a mark.
const fn look(mark: Mark) -> (&'static str, usize) {
    match mark {
        Mark::Calm => ("calm", 6),
        Mark::Unmeasured => ("unmeasured", 11),
        Mark::Fired(Severity::Warning) => ("warning", 17),
        Mark::Fired(Severity::Critical) => ("critical", 24),
    }
}
