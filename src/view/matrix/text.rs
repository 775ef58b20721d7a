//! A matrix as a table with the causes under it, and as CSV.

use std::collections::BTreeMap;

use crate::model::probe::matrix::outcome::{Cell, Matrix};
use crate::model::probe::reach::written;
use crate::view::table::{Table, printable};

/// Up to so many columns have names; more have the numbers of their rows.
const NAMED: usize = 8;
/// Failures of one cause that are listed.
const LISTED: usize = 10;

/// Rows ask, columns are asked.
pub fn table(matrix: &Matrix) -> String {
    let count = matrix.containers.len();
    let numbered = count > NAMED;
    let head = |at: usize| if numbered { (at + 1).to_string() } else { matrix.containers[at].clone() };
    let corner = "from \\ to".to_owned();
    let heads: Vec<String> = std::iter::once(corner).chain((0..count).map(head)).collect();
    let mut grid = Table::new(heads.iter().map(String::as_str));
    let pairs = pairs(matrix);
    for (row, from) in matrix.containers.iter().enumerate() {
        let name = if numbered { format!("{:>3} {from}", row + 1) } else { from.clone() };
        let marks = matrix.containers.iter().map(|to| mark(from, to, pairs.get(&(from.as_str(), to.as_str()))));
        grid.row(std::iter::once(name).chain(marks));
    }
    let mut lines = vec![grid.render(), String::new()];
    lines.push(format!("{} of {} answered in {} ms", matrix.ok, matrix.total, matrix.duration_ms));
    for name in &matrix.without_address {
        lines.push(format!("{} has no address of its own: nobody can ask it", printable(name)));
    }
    lines.extend(causes(matrix));
    lines.join("\n")
}

type Pairs<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Cell>>;

fn pairs(matrix: &Matrix) -> Pairs<'_> {
    let mut pairs = Pairs::new();
    for cell in &matrix.cells {
        pairs.entry((&cell.from, &cell.to)).or_default().push(cell);
    }
    pairs
}

/// ✓ for all that was asked, ✗ for none, how many for some.
fn mark(from: &str, to: &str, cells: Option<&Vec<&Cell>>) -> String {
    let Some(cells) = cells else { return if from == to { "–" } else { "·" }.to_owned() };
    match cells.iter().filter(|cell| cell.ok).count() {
        0 => "✗".to_owned(),
        ok if ok == cells.len() => "✓".to_owned(),
        ok => format!("{ok}/{}", cells.len()),
    }
}

/// The failures, by cause.
fn causes(matrix: &Matrix) -> Vec<String> {
    let mut by_cause: BTreeMap<String, Vec<&Cell>> = BTreeMap::new();
    for cell in &matrix.failures {
        by_cause.entry(cell.cause.to_string()).or_default().push(cell);
    }
    let mut lines = Vec::new();
    for (cause, cells) in by_cause {
        lines.push(format!("✗ {cause}: {}", cells.len()));
        for cell in cells.iter().take(LISTED) {
            lines.push(printable(&format!("    {} → {}  {}: {}", cell.from, cell.to, asked(cell), cell.message)));
        }
        if cells.len() > LISTED {
            lines.push(format!("    … and {} more; --json and --csv have all", cells.len() - LISTED));
        }
    }
    lines
}

/// `tcp 10.0.0.2:80`
fn asked(cell: &Cell) -> String {
    let address = cell.address.map(|address| format!(" {}", written(address, cell.port))).unwrap_or_default();
    format!("{}{address}", cell.protocol)
}

const COLUMNS: &str = "from,to,network,address,protocol,port,ok,cause,latency_ms,message";

/// A line for each cell, as RFC 4180 has it but for the ends of lines.
pub fn csv(matrix: &Matrix) -> String {
    let line = |cell: &Cell| {
        let text = |value: Option<String>| value.unwrap_or_default();
        [
            cell.from.clone(),
            cell.to.clone(),
            text(cell.network.clone()),
            text(cell.address.map(|address| address.to_string())),
            cell.protocol.to_string(),
            text(cell.port.map(|port| port.to_string())),
            cell.ok.to_string(),
            cell.cause.to_string(),
            text(cell.latency_ms.map(|latency| latency.to_string())),
            cell.message.clone(),
        ]
        .map(|field| quoted(&field))
        .join(",")
    };
    std::iter::once(COLUMNS.to_owned()).chain(matrix.cells.iter().map(line)).collect::<Vec<_>>().join("\n")
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
pub(in crate::view::matrix) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::probe::matrix::plan::{Member, Step};
    use crate::model::probe::matrix::spec::Question;
    use crate::model::probe::order::{Found, Inside};
    use crate::model::probe::place::Transport;
    use crate::model::probe::verdict::{Cause, Miss};

    pub(in crate::view::matrix) fn example() -> Matrix {
        let member = |name: &str| Member {
            name: name.into(),
            inside: Some(Inside { id: name.into(), pid: 1, sandbox: String::new() }),
            status: "running".into(),
            addresses: vec![("net".into(), "10.0.0.2".parse().unwrap())],
        };
        let members = [member("db"), member("web")];
        let question = Question { transport: Transport::Tcp, port: Some(80) };
        let step = |from, to| Step {
            from,
            to,
            network: Some("net".into()),
            address: Some("10.0.0.2".parse().unwrap()),
            question,
        };
        let cells = vec![
            Cell::of(
                &members,
                &step(1, 0),
                Err(Miss::new(Cause::Filtered, "no answer, \"asked\" twice", Duration::ZERO)),
            ),
            Cell::of(&members, &step(0, 1), Ok(Found::Echoed { latency: Duration::from_micros(83) })),
        ];
        Matrix::new(&members, cells, Duration::from_millis(12))
    }

    #[test]
    fn a_table_marks_pairs_and_tells_causes() {
        let text = table(&example());
        assert_eq!(
            text,
            "from \\ to  db  web\ndb         –   ✓\nweb        ✗   –\n\n1 of 2 answered in 12 ms\n✗ filtered: 1\n    \
             web → db  tcp 10.0.0.2:80: no answer, \"asked\" twice"
        );
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(
            csv(&example()),
            "from,to,network,address,protocol,port,ok,cause,latency_ms,message\n\
             db,web,net,10.0.0.2,tcp,80,true,reachable,0.083,\n\
             web,db,net,10.0.0.2,tcp,80,false,filtered,,\"no answer, \"\"asked\"\" twice\""
        );
    }
}
