//! A matrix as a picture: green by latency where a pair answers, a colour for each cause where it does not.

use std::fmt::Write;

use crate::model::probe::matrix::outcome::{Cell, Matrix};
use crate::model::probe::verdict::Cause;

/// Pixels of a cell, of a letter of a name, and around it all.
const CELL: usize = 18;
const LETTER: usize = 7;
const MARGIN: usize = 12;
/// Longer names are cut in the picture; the tooltips have them whole.
const LONGEST: usize = 28;

/// An SVG of its own, with a tooltip for each cell and a legend.
pub fn svg(matrix: &Matrix) -> String {
    let count = matrix.containers.len();
    let longest = matrix.containers.iter().map(|name| name.chars().count().min(LONGEST)).max().unwrap_or(0);
    let left = MARGIN + longest * LETTER + 6;
    let legend = legend(matrix);
    let width = (left + count * CELL + MARGIN).max(left + 260);
    let height = left + count * CELL + MARGIN + 18 * (legend.len() + 1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (at, name) in matrix.containers.iter().enumerate() {
        let (name, middle) = (escaped(&cut(name)), left + at * CELL + CELL / 2);
        let (end, base) = (left - 6, middle + 4);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "<text x=\"{end}\" y=\"{base}\" text-anchor=\"end\">{name}</text>");
        let _ = writeln!(out, "<text transform=\"translate({base},{end}) rotate(-90)\">{name}</text>");
    }
    for (row, from) in matrix.containers.iter().enumerate() {
        for (column, to) in matrix.containers.iter().enumerate() {
            let cells: Vec<&Cell> = matrix.cells.iter().filter(|cell| cell.from == *from && cell.to == *to).collect();
            let (x, y, size) = (left + column * CELL, left + row * CELL, CELL - 1);
            let (fill, words) = (colour(&cells), escaped(&tooltip(from, to, &cells)));
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" fill=\"{fill}\"><title>{words}</title></rect>"
            );
        }
    }
    for (at, (fill, words)) in legend.iter().enumerate() {
        let y = left + count * CELL + MARGIN + at * 18;
        let _ = writeln!(out, "<rect x=\"{left}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{fill}\"/>");
        let _ = writeln!(out, "<text x=\"{}\" y=\"{}\">{}</text>", left + 18, y + 10, escaped(words));
    }
    out.push_str("</svg>\n");
    out
}

/// The worst of a pair decides; where all answered, the slowest.
fn colour(cells: &[&Cell]) -> &'static str {
    match cells.iter().find(|cell| !cell.ok) {
        Some(_) if cells.iter().any(|cell| cell.ok) => "#f2c14e",
        Some(cell) => of_cause(cell.cause),
        None if cells.is_empty() => "#eeeeee",
        None => shade(cells.iter().filter_map(|cell| cell.latency_ms).fold(0.0, f64::max)),
    }
}

/// Steps of latency in milliseconds.
const SHADES: &[(f64, &str)] = &[(0.1, "#c7e9c0"), (0.5, "#a1d99b"), (2.0, "#74c476"), (10.0, "#31a354")];

fn shade(latency: f64) -> &'static str {
    SHADES.iter().find(|(limit, _)| latency < *limit).map_or("#006d2c", |(_, shade)| shade)
}

fn of_cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Refused => "#fb6a4a",
        Cause::Filtered => "#a50f15",
        Cause::NoRoute => "#756bb1",
        Cause::NotRunning | Cause::SourceGone => "#969696",
        Cause::NoAnswer | Cause::TimedOut => "#d95f0e",
        _ => "#252525",
    }
}

fn legend(matrix: &Matrix) -> Vec<(&'static str, String)> {
    let mut causes: Vec<Cause> = matrix.failures.iter().map(|cell| cell.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    let mut entries = vec![(shade(0.0), "answers; the darker, the slower (0.1, 0.5, 2, 10 ms)".to_owned())];
    if !causes.is_empty() {
        entries.push(("#f2c14e", "answers in part".to_owned()));
    }
    entries.extend(causes.into_iter().map(|cause| (of_cause(cause), cause.to_string())));
    entries
}

fn tooltip(from: &str, to: &str, cells: &[&Cell]) -> String {
    let mut words = format!("{from} → {to}");
    for cell in cells {
        let port = cell.port.map(|port| format!("/{port}")).unwrap_or_default();
        let address = cell.address.map(|address| format!(" {address}")).unwrap_or_default();
        let found = match cell.latency_ms {
            Some(latency) => format!("{latency} ms"),
            None => format!("{} ({})", cell.cause, cell.message),
        };
        let _ = write!(words, "\n{}{port}{address}: {found}", cell.protocol);
    }
    words
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        name.to_owned()
    } else {
        name.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

/// For text of XML; what it does not allow at all is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && c != '\n' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::matrix::text::tests::example;

    #[test]
    fn a_picture_has_a_square_for_each_pair_and_escapes_what_it_writes() {
        let picture = svg(&example());
        assert_eq!(picture.matches("<title>").count(), 4);
        assert!(picture.contains("web → db\ntcp/80 10.0.0.2: filtered (no answer, &quot;asked&quot; twice)"));
        assert!(picture.contains(of_cause(Cause::Filtered)) && picture.ends_with("</svg>\n"));
        assert_eq!(escaped("a<b>&\u{1}"), "a&lt;b&gt;&amp;\u{fffd}");
    }
}
