//! The lines of a chart spread over panels, and panels over pictures.

use super::series::Series;
use crate::report::draw::{MOST_PANELS, MOST_SERIES};
use std::collections::BTreeMap;

/// What one picture shows.
pub(super) struct Sheet<'s, 'a> {
    /// One of the series of each line, which says what the line is in all panels.
    pub lines: Vec<&'s Series<'a>>,
    pub panels: Vec<SheetPanel<'s, 'a>>,
}

/// One panel of it.
pub(super) struct SheetPanel<'s, 'a> {
    /// One of its series, which says what sets the panel apart; `None` where there is one panel, of everything.
    pub named_by: Option<&'s Series<'a>>,
    /// What each of the lines is here.
    pub lines: Vec<Option<&'s Series<'a>>>,
}

impl<'s, 'a> Sheet<'s, 'a> {
    /// All that it shows; a series that is in every panel comes more than once.
    pub fn series(&self) -> Vec<&'s Series<'a>> {
        self.panels.iter().flat_map(SheetPanel::series).collect()
    }
}

impl<'s, 'a> SheetPanel<'s, 'a> {
    pub fn series(&self) -> impl Iterator<Item = &'s Series<'a>> {
        self.lines.iter().flatten().copied()
    }
}

/// What a line is in every panel: the number of its stage, what tells it apart there, and its seed.
type Identity<'s> = (usize, &'s [u32], Option<i64>);

/// `series` in as many pictures as their lines and panels need. A stage that has not the axis of the panels is in all.
pub(super) fn sheets<'s, 'a>(series: &[&'s Series<'a>]) -> Vec<Sheet<'s, 'a>> {
    let mut stages: Vec<&str> = Vec::new();
    let mut lines: BTreeMap<Identity<'s>, &'s Series<'a>> = BTreeMap::new();
    let mut panels: BTreeMap<u32, &'s Series<'a>> = BTreeMap::new();
    let mut found: BTreeMap<(Identity<'s>, Option<u32>), &'s Series<'a>> = BTreeMap::new();
    for series in series {
        let name = series.layout.stage.name.as_str();
        let stage = stages.iter().position(|known| *known == name).unwrap_or_else(|| {
            stages.push(name);
            stages.len() - 1
        });
        let identity: Identity<'s> = (stage, &series.group, series.seed);
        let panel = series.panel.first().copied();
        lines.entry(identity).or_insert(series);
        found.insert((identity, panel), series);
        if let Some(value) = panel {
            panels.entry(value).or_insert(series);
        }
    }
    let lines: Vec<(Identity<'s>, &'s Series<'a>)> = lines.into_iter().collect();
    let mut panels: Vec<Option<(u32, &'s Series<'a>)>> = panels.into_iter().map(Some).collect();
    if panels.is_empty() {
        panels.push(None);
    }
    // More than one picture holds are divided by their places, as in every chart of theirs.
    let fit = lines.len() <= MOST_SERIES;
    let is_beside = |(_, one): &(_, &Series<'a>), (_, other): &(_, &Series<'a>)| {
        fit || one.place / MOST_SERIES == other.place / MOST_SERIES
    };
    let mut sheets = Vec::new();
    for panels in panels.chunks(MOST_PANELS) {
        for lines in lines.chunk_by(is_beside) {
            let panel = |panel: &Option<(u32, &'s Series<'a>)>| {
                let value = panel.map(|(value, _)| value);
                let here = |(identity, _): &(Identity<'s>, _)| {
                    found.get(&(*identity, value)).or_else(|| found.get(&(*identity, None))).copied()
                };
                let named_by = panel.map(|(_, series)| series);
                SheetPanel { named_by, lines: lines.iter().map(here).collect() }
            };
            let lines: Vec<&'s Series<'a>> = lines.iter().map(|(_, series)| *series).collect();
            sheets.push(Sheet { lines, panels: panels.iter().map(panel).collect() });
        }
    }
    sheets.retain(|sheet| !sheet.series().is_empty());
    sheets
}
