//! `report.tex`: the report for a paper, with tables by booktabs and siunitx.

mod escape;
mod table;

use escape::escaped;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use table::Table;

const BEGIN: &str = r"% Made by niwaki; compile it with pdflatex, lualatex or xelatex in the folder of the results.
\documentclass[a4paper]{article}
\usepackage{iftex}
\ifpdftex
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\fi
\usepackage[margin=25mm]{geometry}
\usepackage{textcomp}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage{graphicx}
\usepackage{siunitx}
\usepackage[hidelinks]{hyperref}
\sisetup{separate-uncertainty = true, table-align-uncertainty = true, retain-zero-uncertainty = true}
\setlength{\emergencystretch}{3em}
";

/// The document of a report that reads `markdown`; what is said above its tables of means is their caption.
pub(super) fn document(markdown: &str) -> String {
    let mut writer = Writer { text: BEGIN.to_owned(), ..Writer::default() };
    Parser::new_ext(markdown, Options::ENABLE_TABLES).for_each(|event| writer.event(event));
    writer.text + "\\end{document}\n"
}

/// What is written so far, and what is open.
#[derive(Default)]
struct Writer {
    text: String,
    /// Of the figure whose words come.
    figure: Option<Figure>,
    table: Option<Table>,
    /// The heading that the next table is under.
    heading: String,
    /// Where the text of the heading that is open begins.
    heading_at: Option<usize>,
    /// Whether words are lines of commands.
    is_code: bool,
}

struct Figure {
    path: String,
    words: String,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.words(&text, false),
            Event::Code(text) => self.words(&text, true),
            Event::SoftBreak | Event::HardBreak => self.words(" ", false),
            Event::Rule => self.text.push_str("\n\\bigskip\n"),
            // Nothing of this is in a report: what a user wrote is escaped.
            Event::Html(_) | Event::InlineHtml(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn words(&mut self, text: &str, is_code: bool) {
        let words = match (self.is_code, is_code) {
            (true, _) => text.to_owned(),
            (false, true) => format!("\\texttt{{{}}}", escaped(text)),
            (false, false) => escaped(text),
        };
        match (&mut self.table, &mut self.figure) {
            (Some(table), _) => table.add(text, &words),
            (None, Some(figure)) => figure.words.push_str(&words),
            (None, None) => self.text.push_str(&words),
        }
    }

    fn mark(&mut self, text: &str) {
        match &mut self.table {
            Some(table) => table.add("", text),
            None => self.text.push_str(text),
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.text.push('\n'),
            Tag::Heading { level, .. } => {
                self.text.push_str(match level {
                    HeadingLevel::H1 => "\\title{",
                    HeadingLevel::H2 => "\n\\section*{",
                    _ => "\n\\subsection*{",
                });
                self.heading_at = Some(self.text.len());
            }
            Tag::BlockQuote(_) => self.text.push_str("\n\\begin{quote}\n"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.text.push_str("\n\\begin{verbatim}\n");
                self.is_code = true;
            }
            Tag::List(_) => self.text.push_str("\n\\begin{itemize}\n"),
            Tag::Item => self.text.push_str("\\item "),
            Tag::Table(alignments) => self.table = Some(Table::new(&alignments)),
            Tag::TableHead | Tag::TableRow => self.table.iter_mut().for_each(Table::row),
            Tag::TableCell => self.table.iter_mut().for_each(Table::cell),
            Tag::Emphasis => self.mark("\\emph{"),
            Tag::Strong => self.mark("\\textbf{"),
            Tag::Image { dest_url, .. } => {
                let name = dest_url.strip_suffix(".svg").unwrap_or(&dest_url);
                self.figure = Some(Figure { path: format!("{name}.pdf"), words: String::new() });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.text.push('\n'),
            TagEnd::Heading(level) => {
                self.heading =
                    self.heading_at.take().map(|at| self.text[at..].to_owned()).unwrap_or_default();
                self.text.push_str("}\n");
                if level == HeadingLevel::H1 {
                    self.text.push_str("\\author{}\n\\date{}\n\\begin{document}\n\\maketitle\n");
                }
            }
            TagEnd::BlockQuote(_) => self.text.push_str("\\end{quote}\n"),
            TagEnd::CodeBlock => {
                self.text.push_str("\\end{verbatim}\n");
                self.is_code = false;
            }
            TagEnd::List(_) => self.text.push_str("\\end{itemize}\n"),
            TagEnd::Item => self.text.push('\n'),
            TagEnd::Table => {
                let table = self.table.take().map(|table| table.written(&self.heading));
                self.text.push_str(&table.unwrap_or_default());
            }
            TagEnd::Emphasis | TagEnd::Strong => self.mark("}"),
            TagEnd::Image => {
                if let Some(Figure { path, words }) = self.figure.take() {
                    self.text.push_str(&format!(
                        "\\begin{{figure}}[htbp]\n\\centering\n\\includegraphics[width=\\linewidth]{{{path}}}\n\
                         \\caption{{{words}}}\n\\end{{figure}}"
                    ));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_becomes_a_document() {
        let markdown = "# A & B\n\n*Why 50 %?*\n\n![Test: 1 of 2](charts/a-1.svg)\n\n## Protocol\n\n**Data.** `a_b` \\*\n\n\
                        > - one\n\n```sh\nniwaki run a_b.toml\n```\n";
        let text = document(markdown);
        let (_, body) = text.split_once("\\title").unwrap();
        assert_eq!(
            body,
            "{A \\& B}\n\\author{}\n\\date{}\n\\begin{document}\n\\maketitle\n\n\\emph{Why 50 \\%?}\n\n\
             \\begin{figure}[htbp]\n\\centering\n\\includegraphics[width=\\linewidth]{charts/a-1.pdf}\n\
             \\caption{Test: 1 of 2}\n\\end{figure}\n\n\\section*{Protocol}\n\n\\textbf{Data.} \\texttt{a\\_b} *\n\n\
             \\begin{quote}\n\n\\begin{itemize}\n\\item one\n\\end{itemize}\n\\end{quote}\n\n\
             \\begin{verbatim}\nniwaki run a_b.toml\n\\end{verbatim}\n\\end{document}\n"
        );
    }
}
