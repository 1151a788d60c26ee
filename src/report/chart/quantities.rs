//! What is along the axes of a chart.

use super::entry::Source;
use super::series::Mean;
use crate::format::capitalized;
use crate::report::draw::{Quantity, has_place};
use crate::results::{Column, Derived, Format, MeasuredStage};
use crate::spec::{Chart, Scale};

/// A column, or an axis of the sweep, for people.
pub(super) fn quantity(source: &Source<'_>, name: &str) -> Quantity {
    if let Some(column) = Column::named(name) {
        return Quantity { name: column.title.to_owned(), format: column.format };
    }
    if let Some(derived) = Derived::named(name) {
        return Quantity { name: derived.title.to_owned(), format: derived.format };
    }
    let axis = source.measurements.axes.iter().find(|axis| axis.key == name);
    let is_share = |number: &f64| (0.0..=1.0).contains(number);
    let are_shares = |numbers: &Vec<f64>| name.ends_with(".sparsity") && numbers.iter().all(is_share);
    let format = match axis.and_then(|axis| axis.numbers.as_ref()) {
        Some(numbers) if are_shares(numbers) => Format::Percent,
        Some(numbers) if numbers.iter().all(|number| number.fract() == 0.0) => Format::Whole,
        Some(_) | None => Format::Plain,
    };
    Quantity { name: axis.map_or(name, |axis| &axis.short).to_owned(), format }
}

/// The same in a few words, without what it is measured in.
pub(super) fn short(source: &Source<'_>, name: &str) -> String {
    quantity(source, name).name.split(" (").next().unwrap_or_default().to_owned()
}

/// `Test accuracy against parameters`
pub(super) fn against(source: &Source<'_>, chart: &Chart) -> String {
    let (x, y) = (short(source, chart.x()), short(source, chart.y()));
    format!("{} against {x}", capitalized(&y))
}

/// How x is spread where it is a number, for these values of it.
pub(super) fn scale(chart: &Chart, values: impl Iterator<Item = f64>) -> Scale {
    let is_share = ["sparsity", "requested"].contains(&chart.x()) || chart.x().ends_with(".sparsity");
    let usual = match chart.x() {
        // Compressions are ratios.
        "compression" => Scale::Log,
        _ if is_share => Scale::Sparsity,
        _ => Scale::Linear,
    };
    // A network with nothing left has no place on the scale of sparsities.
    let fits = values.filter(|x| x.is_finite()).all(|x| has_place(usual, x));
    chart.scale.unwrap_or(if fits { usual } else { Scale::Linear })
}

/// `target.sparsity=0.9 (compression is not finite)`: a point that is not drawn, and why.
pub(super) fn nowhere(source: &Source<'_>, chart: &Chart, stage: &MeasuredStage, mean: &Mean<'_>) -> String {
    let setting = source.measurements.describe(&stage.axes, &mean.setting.values);
    let setting = if setting.is_empty() { stage.name.clone() } else { setting };
    let (x, y) = (short(source, chart.x()), short(source, chart.y()));
    match (mean.x, mean.y) {
        (_, None) => format!("{setting} (no {y})"),
        (None, _) => format!("{setting} (no {x})"),
        (_, Some(mean)) if !mean.is_finite() => format!("{setting} ({y} is not finite)"),
        (Some(mean), _) if !mean.is_finite() => format!("{setting} ({x} is not finite)"),
        _ => format!("{setting} (it has no place on the axis)"),
    }
}
