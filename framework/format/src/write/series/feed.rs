//! One dataset of a series: how far it was fed, what waits, and its column in the file being written.

use super::column::Column;
use super::declared::Declared;
use super::group::Group;
use crate::map::Section;
use crate::write::FileWriter;
use crate::Result;
use std::collections::VecDeque;

pub(super) struct Feed {
    pub declared: Declared,
    /// its index group
    pub group: usize,
    /// trains it has been fed
    pub fed: usize,
    /// trains whose rows are in a file
    pub moved: usize,
    /// rows of the trains between
    pub waiting: VecDeque<u8>,
    pub column: Column,
    /// first row of the series, which RUN shows for a CONTROL key
    pub first_row: Option<Vec<u8>>,
    /// and its time
    pub first_time: Option<u64>,
}

impl Feed {
    pub fn new(declared: Declared, group: usize) -> Self {
        Feed {
            declared,
            group,
            fed: 0,
            moved: 0,
            waiting: VecDeque::new(),
            column: Column::default(),
            first_row: None,
            first_time: None,
        }
    }

    /// Moves the rows of all trains before `end` into the file.
    pub fn move_to(&mut self, end: usize, group: &Group, file: &mut FileWriter) -> Result<()> {
        let rows: u64 = group.counts.get(self.moved..end).unwrap_or_default().iter().sum();
        let bytes = (rows as usize).saturating_mul(self.declared.row_bytes).min(self.waiting.len());
        let (front, back) = self.waiting.as_slices();
        let front = &front[..front.len().min(bytes)];
        let back = &back[..bytes - front.len()];
        self.column.append(file, &self.declared, front)?;
        self.column.append(file, &self.declared, back)?;
        if self.declared.section == Section::Control && self.first_row.is_none() && bytes > 0 {
            self.first_row = Some(self.waiting.iter().take(self.declared.row_bytes).copied().collect());
        }
        self.waiting.drain(..bytes);
        self.moved = end;
        Ok(())
    }
}
