//! `report.html`: one file that needs no other, for a browser.

mod width;

use super::draw::{Figure, Spot, on_dark, web_fonts};
use super::error::ReportError;
use crate::results::Record;
use minijinja::{AutoEscape, Environment, HtmlEscape, Value, context};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::collections::{BTreeMap, BTreeSet};
use width::letters;

/// Letters of a table that can be read across a sheet that stands upright.
const UPRIGHT: usize = 145;

/// The page of a report that reads `markdown`, with its figures by their names.
pub(super) fn page(
    record: &Record,
    markdown: &str,
    figures: &BTreeMap<String, Figure>,
) -> Result<String, ReportError> {
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let mut sections = Vec::new();
    let mut body = String::new();
    html::push_html(&mut body, transformed(events, figures, &mut sections).into_iter());
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = environment.render_str(
        include_str!("html/page.html"),
        context! {
            title => &*record.title,
            version => &*record.niwaki,
            fonts => web_fonts(),
            style => include_str!("html/style.css"),
            dark => dark(figures),
            script => include_str!("html/script.js"),
            sections => sections,
            body => body,
        },
    );
    page.map_err(ReportError::draw)
}

/// Rules that give the shapes of `figures` the colours of a dark page.
fn dark(figures: &BTreeMap<String, Figure>) -> String {
    let parts = figures.values().flat_map(|figure| figure.drawing.split('"'));
    let colours: BTreeSet<&str> = parts.filter(|part| part.starts_with('#')).collect();
    let rule = |colour: &str| {
        let dark = on_dark(colour)?;
        let of = |paint: &str| format!("figure svg [{paint}=\"{colour}\"] {{ {paint}: {dark}; }}\n");
        Some(of("fill") + &of("stroke"))
    };
    colours.into_iter().filter_map(rule).collect()
}

/// The events of a document with its figures drawn in place, its sections named, and its tables in boxes of their own.
fn transformed<'a>(
    events: Vec<Event<'a>>,
    figures: &BTreeMap<String, Figure>,
    sections: &mut Vec<Value>,
) -> Vec<Event<'a>> {
    let mut written = Vec::with_capacity(events.len());
    let mut rest = &events[..];
    while let [event, others @ ..] = rest {
        rest = others;
        match event {
            Event::Start(Tag::Paragraph) => match alone(rest, figures) {
                Some((figure, after)) => {
                    written.push(Event::Html(figure.into()));
                    rest = after;
                }
                None => written.push(event.clone()),
            },
            Event::Start(Tag::Heading { level: HeadingLevel::H2, classes, attrs, .. }) => {
                let id = format!("section-{}", sections.len() + 1);
                sections.push(context! { id => &*id, title => text(rest) });
                let (classes, attrs) = (classes.clone(), attrs.clone());
                let level = HeadingLevel::H2;
                written.push(Event::Start(Tag::Heading { level, id: Some(id.into()), classes, attrs }));
            }
            Event::Start(Tag::Table(alignments)) => {
                written.extend([Event::Html(table(letters(alignments, rest)).into()), event.clone()]);
            }
            Event::End(TagEnd::Table) => written.extend([event.clone(), Event::Html("</div>\n".into())]),
            _ => written.push(event.clone()),
        }
    }
    written
}

/// The begin of the box of a table that is so many letters wide.
fn table(letters: usize) -> String {
    let width = if letters > UPRIGHT { " wide" } else { "" };
    format!(
        "<div class=\"scroll{width}\" style=\"--letters: {letters}\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">"
    )
}

/// The figure that a paragraph, whose begin is past, consists of, and what comes after it; `None` where it is another
/// paragraph.
fn alone<'e, 'a>(
    events: &'e [Event<'a>],
    figures: &BTreeMap<String, Figure>,
) -> Option<(String, &'e [Event<'a>])> {
    let [Event::Start(Tag::Image { dest_url, .. }), inner @ ..] = events else { return None };
    let name = dest_url.strip_prefix("charts/")?.strip_suffix(".svg")?;
    let drawn = figures.get(name)?;
    let end = inner.iter().position(|event| matches!(event, Event::End(TagEnd::Paragraph)))?;
    Some((figure(name, &text(inner), drawn), &inner[end + 1..]))
}

/// The words up to where what has begun ends.
fn text(events: &[Event<'_>]) -> String {
    let words = events.iter().map_while(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        Event::End(TagEnd::Heading(_) | TagEnd::Image) => None,
        _ => Some(""),
    });
    words.collect()
}

/// A drawing in the page, with a place to point at for each of its values.
fn figure(name: &str, title: &str, drawn: &Figure) -> String {
    let title = HtmlEscape(title);
    let drawing = drawn.drawing.strip_prefix("<svg").unwrap_or(&drawn.drawing);
    let drawing = drawing.trim_end().strip_suffix("</svg>").unwrap_or(drawing);
    let spots: String = drawn.spots.iter().map(|spot| circle(spot, Figure::SCALE)).collect();
    format!(
        "<figure id=\"{name}\"><div class=\"drawing\"><svg role=\"group\" aria-label=\"{title}\"{drawing}<g>{spots}</g></svg></div>\n<figcaption>As a file: \
         <a href=\"charts/{name}.svg\">SVG</a>, <a href=\"charts/{name}.png\">PNG</a>, \
         <a href=\"charts/{name}.pdf\">PDF</a></figcaption></figure>\n",
        name = HtmlEscape(name)
    )
}

fn circle(spot: &Spot, scale: f64) -> String {
    let Spot { x, y, series, colour, pale, value } = spot;
    // Of one line nobody asks which it is.
    let said = if series.is_empty() { value.clone() } else { format!("{series}: {value}") };
    format!(
        "<circle class=\"spot\" cx=\"{:.0}\" cy=\"{:.0}\" r=\"{:.0}\" tabindex=\"0\" data-series=\"{}\" \
         data-colour=\"{colour}\" data-pale=\"{pale}\"><title>{}</title></circle>",
        x * scale,
        y * scale,
        8.0 * scale,
        HtmlEscape(series),
        HtmlEscape(&said)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(markdown: &str, figures: &BTreeMap<String, Figure>) -> String {
        let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
        let mut text = String::new();
        html::push_html(&mut text, transformed(events, figures, &mut Vec::new()).into_iter());
        text
    }

    #[test]
    fn a_drawing_has_a_box_and_the_colours_of_its_lines_on_a_dark_page() {
        let spot = Spot {
            x: 1.0,
            y: 2.0,
            series: "magnitude".to_owned(),
            colour: "#0072B2".to_owned(),
            pale: "#A6CEE3".to_owned(),
            value: "1 %".to_owned(),
        };
        let drawing = "<svg width=\"9\"><rect fill=\"#FFFFFF\"/></svg>\n".to_owned();
        let figures = BTreeMap::from([("a".to_owned(), Figure { drawing, spots: vec![spot] })]);
        let text = written("![A chart](charts/a.svg)\n", &figures);
        let begin =
            "<figure id=\"a\"><div class=\"drawing\"><svg role=\"group\" aria-label=\"A chart\" width=\"9\">";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.contains("data-colour=\"#0072B2\" data-pale=\"#A6CEE3\">"), "{text}");
        assert_eq!(
            dark(&figures),
            "figure svg [fill=\"#FFFFFF\"] { fill: #16181A; }\nfigure svg [stroke=\"#FFFFFF\"] { stroke: #16181A; }\n"
        );
    }

    #[test]
    fn a_table_says_how_wide_it_is() {
        let text = written("| a | b |\n|---|--:|\n| one | 2 |\n", &BTreeMap::new());
        assert!(text.starts_with("<div class=\"scroll\" style=\"--letters: 8\" tabindex"), "{text}");
        assert!(table(146).starts_with("<div class=\"scroll wide\""));
    }
}
