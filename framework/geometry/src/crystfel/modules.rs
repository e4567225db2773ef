//! Which module of the detector a panel belongs to.
//!
//! A panel says which part of the data array it covers. The array is [module, slow, fast] (then a `dimN` of the panel is
//! its module), or the modules are stacked along the slow axis (then min_ss / slow is). Modules count from 0 in the file.

use super::panel::Panel;
use super::parse::CrystfelGeometry;
use crate::error::GeometryError;
use crate::layout::ModuleLayout;

/// A panel's place in the data: position of its module in the layout, first and last slow and fast pixel.
pub(super) struct Extent {
    pub module: usize,
    pub slow: [usize; 2],
    pub fast: [usize; 2],
}

/// Where a panel lies.
pub(super) enum Lies {
    On(Extent),
    /// on a module of the detector that is not among those looked at
    Absent,
    /// on a module that the detector does not have, counted from 0
    Beyond(usize),
}

/// The module of each panel, counted from 0, and whether modules are stacked along the slow axis of one array.
pub(super) struct Modules {
    indices: Vec<usize>,
    stacked: bool,
}

impl CrystfelGeometry {
    /// The fixed dimension that differs between panels, else the last fixed one, else the place in the stack.
    ///
    /// # Errors
    /// When several dimensions differ.
    pub(super) fn modules(&self, layout: &ModuleLayout) -> Result<Modules, GeometryError> {
        let fixed = |panel: &Panel, dim: usize| panel.dimensions.fixed(dim);
        let everywhere: Vec<usize> =
            (0..10).filter(|&dim| self.panels.iter().all(|panel| fixed(panel, dim).is_some())).collect();
        let first = self.panels.first();
        let differs = |dim: &usize| {
            self.panels.iter().any(|panel| Some(fixed(panel, *dim)) != first.map(|first| fixed(first, *dim)))
        };
        let differing: Vec<usize> = everywhere.iter().copied().filter(differs).collect();
        if let [one, other, ..] = differing[..] {
            return Err(GeometryError::configuration(
                format!("both dim{one} and dim{other} differ between panels: only one can tell the module"),
                "the data are one array [frame, module, slow, fast]",
            ));
        }
        let dim = differing.first().or(everywhere.last()).copied();
        let index = |panel: &Panel| match dim {
            Some(dim) => fixed(panel, dim).unwrap_or(0),
            None => panel.ss_range[0] / layout.slow(),
        };
        Ok(Modules { indices: self.panels.iter().map(index).collect(), stacked: dim.is_none() })
    }
}

impl Modules {
    /// # Errors
    /// When the panel does not fit into its module.
    pub(super) fn place_of(&self, panel: &Panel, at: usize, layout: &ModuleLayout) -> Result<Lies, GeometryError> {
        let index = self.indices[at];
        let offset = if self.stacked { index * layout.slow() } else { 0 };
        let slow = panel.ss_range.map(|ss| ss.checked_sub(offset));
        let slow = match slow {
            [Some(first), Some(last)] if last < layout.slow() && panel.fs_range[1] < layout.fast() => [first, last],
            _ => {
                return Err(GeometryError::configuration(
                    format!(
                        "panel `{}` covers ss {}..={} and fs {}..={}, outside module {index} of {} x {} pixels (slow, fast)",
                        panel.name, panel.ss_range[0], panel.ss_range[1], panel.fs_range[0], panel.fs_range[1],
                        layout.slow(), layout.fast(),
                    ),
                    "is it the file of this detector?",
                ));
            }
        };
        // One module in the file and one in the run are each other's, whatever they are called.
        let alone = layout.modules().len() == 1 && self.indices.iter().all(|&other| other == index);
        let number = index + usize::from(layout.first_number());
        let module =
            if alone { Some(0) } else { layout.modules().iter().position(|&module| usize::from(module) == number) };
        Ok(match module {
            Some(module) => Lies::On(Extent { module, slow, fast: panel.fs_range }),
            None if layout.absent().iter().any(|&absent| usize::from(absent) == number) => Lies::Absent,
            None => Lies::Beyond(index),
        })
    }
}
