//! `report.tex`: the report for a paper, with tables by booktabs and siunitx.

mod escape;
mod layout;
mod table;

use escape::{breakable, escaped, escaped_code, joined};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};
use table::Table;

const BEGIN: &str = r"% Made by niwaki; compile it twice, for the widths of tables, with pdflatex, lualatex or xelatex in the folder of the results.
\documentclass[a4paper]{article}
\usepackage{iftex}
\ifpdftex
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\fi
\usepackage[margin=20mm]{geometry}
\usepackage{textcomp}
\usepackage{amsmath}
\usepackage{array}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage[font=small]{caption}
\usepackage{graphicx}
\usepackage{lscape}
\usepackage{xparse}
\usepackage{siunitx}
\usepackage[hidelinks]{hyperref}
\sisetup{separate-uncertainty = true, table-align-uncertainty = true, retain-zero-uncertainty = true}
\setlength{\emergencystretch}{3em}
% A table with the columns #1, the caption #2 and the heading #3 over as many pages as it takes. Its letters have 8pt, or
% less where it would be wider than the text; where that is less than 6pt, it is on pages that lie on their side.
\newlength{\letters}
\newsavebox{\trial}
\newif\iflying
\newcommand{\smallletters}{\fontsize{\letters}{1.2\letters}\selectfont\setlength{\tabcolsep}{0.375em}}
\newcommand{\stacked}[2]{\begin{tabular}[b]{@{}#1@{}}#2\end{tabular}}
\newcommand{\fit}[1]{%
  \setlength{\letters}{8pt}%
  \loop
    \smallletters
    \sbox{\trial}{#1}%
  \ifdim\wd\trial>\linewidth
    \setlength{\letters}{\dimexpr\letters*\number\linewidth/\number\wd\trial-0.02pt\relax}%
  \repeat
}
\setcounter{LTchunksize}{250}
\NewDocumentEnvironment{fitted}{m m m +b}{%
  \begingroup
  \fit{\begin{tabular}{#1}#3\\#4\end{tabular}}%
  \ifdim\letters<6pt
    \lyingtrue
    \begin{landscape}
    \fit{\begin{tabular}{#1}#3\\#4\end{tabular}}%
  \fi
  \begin{longtable}{#1}
    \caption{#2}\\
    \toprule #3\\ \midrule \endfirsthead
    \toprule #3\\ \midrule \endhead
    \bottomrule \endfoot
    #4
  \end{longtable}
  \iflying\end{landscape}\fi
  \endgroup
}{}
";

/// The document of a report that reads `markdown`; what a table is under is its caption.
pub(super) fn document(markdown: &str) -> String {
    let mut writer = Writer { text: BEGIN.to_owned(), ..Writer::default() };
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    TextMergeStream::new(parser).for_each(|event| writer.event(event));
    writer.text + "\\end{document}\n"
}

/// What is written so far, and what is open.
#[derive(Default)]
struct Writer {
    text: String,
    /// Of the figure whose words come.
    figure: Option<Figure>,
    table: Option<Table>,
    /// The headings that the next table is under: that of the section, and its own.
    section: String,
    heading: String,
    /// Where the text of the heading that is open begins.
    heading_at: Option<usize>,
    /// Of the commands that are open.
    commands: Option<String>,
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
        if let Some(commands) = &mut self.commands {
            return commands.push_str(text);
        }
        let words = match (is_code, &self.table) {
            (true, _) => format!("\\texttt{{{}}}", escaped_code(text)),
            (false, Some(_)) => escaped(&breakable(text)),
            (false, None) => escaped(text),
        };
        match (&mut self.table, &mut self.figure) {
            (Some(table), _) => table.add(text, &words),
            (None, Some(figure)) => figure.words.push_str(&words),
            (None, None) => self.text.push_str(&words),
        }
    }

    /// What the next table is about.
    fn about(&self) -> String {
        if self.heading == self.section {
            return self.heading.clone();
        }
        let mut heading = self.heading.chars();
        let first = heading.next().into_iter().flat_map(char::to_lowercase);
        format!("{}: {}{}", self.section, first.collect::<String>(), heading.as_str())
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
                self.commands = Some(String::new());
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
                if level == HeadingLevel::H2 {
                    self.section = self.heading.clone();
                }
                if level == HeadingLevel::H1 {
                    self.text.push_str("\\author{}\n\\date{}\n\\begin{document}\n\\maketitle\n");
                }
            }
            TagEnd::BlockQuote(_) => self.text.push_str("\\end{quote}\n"),
            TagEnd::CodeBlock => {
                let commands = self.commands.take().unwrap_or_default();
                let lines: Vec<String> = commands.lines().map(escaped_code).collect();
                self.text.push_str(&format!(
                    "\n\\begin{{quote}}\n\\raggedright\\ttfamily\n{}\n\\end{{quote}}\n",
                    joined(&lines, " \\\\\n")
                ));
            }
            TagEnd::List(_) => self.text.push_str("\\end{itemize}\n"),
            TagEnd::Item => self.text.push('\n'),
            TagEnd::Table => {
                let table = self.table.take().map(|table| table.written(&self.about()));
                self.text.push_str(&table.unwrap_or_default());
            }
            TagEnd::Emphasis | TagEnd::Strong => self.mark("}"),
            TagEnd::Image => {
                if let Some(Figure { path, words }) = self.figure.take() {
                    self.text.push_str(&format!(
                        "\\begin{{figure}}[htbp]\n\\centering\n\\includegraphics[width=\\linewidth,height=0.8\\textheight,keepaspectratio]{{{path}}}\n\
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
            "{A \\& B}\n\\author{}\n\\date{}\n\\begin{document}\n\\maketitle\n\n\\emph{Why 50~\\%?}\n\n\
             \\begin{figure}[htbp]\n\\centering\n\\includegraphics[width=\\linewidth,height=0.8\\textheight,keepaspectratio]{charts/a-1.pdf}\n\
             \\caption{Test: 1 of 2}\n\\end{figure}\n\n\\section*{Protocol}\n\n\\textbf{Data.} \\texttt{a\\_b} *\n\n\
             \\begin{quote}\n\n\\begin{itemize}\n\\item one\n\\end{itemize}\n\\end{quote}\n\n\
             \\begin{quote}\n\\raggedright\\ttfamily\nniwaki run a\\_b.toml\n\\end{quote}\n\\end{document}\n"
        );
    }
}
