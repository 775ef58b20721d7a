//! Tables for people: no borders, columns as wide as they need to be.

use comfy_table::{Cell, ContentArrangement, Table as Grid, presets};

/// Rows under a header.
#[derive(Debug)]
pub struct Table {
    grid: Grid,
}

impl Table {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let mut grid = Grid::new();
        grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(header);
        Self { grid }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.grid.add_row(cells.into_iter().map(|text| Cell::new(printable(&text))));
    }

    /// The text, without spaces at the ends of lines and without a final newline.
    pub fn render(&mut self) -> String {
        let columns = self.grid.column_count();
        for index in 0..columns {
            if let Some(column) = self.grid.column_mut(index) {
                column.set_padding((0, if index + 1 == columns { 0 } else { 2 }));
            }
        }
        self.grid.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// Control characters of foreign data must not reach the terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}
