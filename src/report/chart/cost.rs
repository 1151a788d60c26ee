//! What each setting took, with what others needed too hatched.

use super::caption::{measured_on, sentence};
use super::entry::{Entry, Source};
use super::naming::Naming;
use crate::format::duration;
use crate::report::draw::{Bar, BarChart, Picture, Quantity};
use crate::report::error::ReportError;
use crate::results::Format;
use crate::results::costs::{Costs, SettingCost};
use crate::spec::Chart;

/// Bars that one chart holds.
const MOST_BARS: usize = 24;

/// A chart of an experiment with several settings.
pub(super) fn of_experiment(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    if source.costs.settings.len() < 2 {
        return Ok(Vec::new());
    }
    Ok(vec![Entry::Drawn { name: "cost".to_owned(), picture: picture(source, title(None)) }])
}

/// What the `number`th chart of the experiment asks for.
pub(super) fn asked_for(source: &Source<'_>, chart: &Chart, number: usize) -> Vec<Entry> {
    let title = title(Some(chart));
    if source.costs.settings.is_empty() {
        let why = "no network was measured".to_owned();
        return vec![Entry::Omitted { title, why }];
    }
    vec![Entry::Drawn { name: format!("{number}-cost"), picture: picture(source, title) }]
}

fn title(chart: Option<&Chart>) -> String {
    let own = chart.and_then(|chart| chart.title.clone());
    own.unwrap_or_else(|| "Training time of each setting".to_owned())
}

fn picture(source: &Source<'_>, title: String) -> Picture {
    let Costs { mut settings, together, .. } = source.costs.clone();
    let all = settings.len();
    let shown = (all > MOST_BARS).then(|| {
        settings.sort_by(|a, b| b.all().total_cmp(&a.all()));
        settings.truncate(MOST_BARS);
        format!("the {MOST_BARS} of {all} settings that took longest")
    });
    let (unit, size) = unit(settings.iter().map(SettingCost::all).fold(0.0, f64::max));
    let axes: Vec<usize> = (0..source.measurements.axes.len()).collect();
    let naming = Naming::of(source, &axes, settings.iter().map(|cost| cost.values.clone()).collect());
    let bar = |cost: &SettingCost| Bar {
        label: naming.describe(&cost.values),
        hatched: cost.shared / size,
        filled: cost.own / size,
    };
    let subtitle = [
        Some(measured_on(source.record)),
        Some(
            "trainings of the stages that differ among settings, and of those that they build on in each, over all seeds, \
             as if one had been done after the other"
                .to_owned(),
        ),
        Some(format!("the whole experiment took {}, what is shared once", duration(together))),
        shown,
    ];
    let processor = if source.record.backend.is_gpu() { "GPU" } else { "CPU" };
    Picture::Bars(BarChart {
        title,
        subtitle: sentence(subtitle),
        x: Quantity { name: format!("{unit} of training on a {processor}"), format: Format::Plain },
        parts: ["shared with other settings", "of this setting alone"].map(str::to_owned),
        rows: settings.iter().map(bar).collect(),
    })
}

/// The unit in which people say so many seconds, and how many it has.
fn unit(seconds: f64) -> (&'static str, f64) {
    match seconds {
        seconds if seconds < 120.0 => ("seconds", 1.0),
        seconds if seconds < 7_200.0 => ("minutes", 60.0),
        _ => ("hours", 3_600.0),
    }
}
