//! Pixels of a panel that the file declares bad: its edges, bad regions, and masks.

use super::bad_region::BadRegion;
use super::mask::MaskName;
use super::modules::Extent;
use super::panel::Panel;
use super::parse::CrystfelGeometry;
use crate::cover::Cover;
use crate::error::GeometryError;

impl CrystfelGeometry {
    /// # Errors
    /// When a mask was not handed over or does not hold the panel.
    pub(super) fn declare_bad(
        &self,
        cover: &mut Cover,
        extent: &Extent,
        panel: &Panel,
        shift: [f64; 2],
    ) -> Result<(), GeometryError> {
        // of pixel (ss, fs), counted from the panel's first
        let shape = [extent.slow[1] - extent.slow[0] + 1, extent.fast[1] - extent.fast[0] + 1];
        let mut declare = |bad: &dyn Fn(usize, usize) -> bool| {
            for ss in 0..shape[0] {
                for fs in 0..shape[1] {
                    if bad(ss, fs) {
                        cover.declare_bad(extent.module, extent.slow[0] + ss, extent.fast[0] + fs);
                    }
                }
            }
        };
        if panel.edge > 0 {
            let n = panel.edge;
            declare(&|ss, fs| ss < n || fs < n || ss + n >= shape[0] || fs + n >= shape[1]);
        }
        for region in self.bad.iter().filter(|region| region.concerns(panel)) {
            match region {
                BadRegion::Pixels { fs: fs_range, ss: ss_range, .. } => declare(&|ss, fs| {
                    (fs_range[0]..=fs_range[1]).contains(&(fs + panel.fs_range[0]))
                        && (ss_range[0]..=ss_range[1]).contains(&(ss + panel.ss_range[0]))
                }),
                BadRegion::Plane { x, y } => {
                    let corner = [0, 1].map(|axis| panel.corner[axis] + shift[axis] * panel.res);
                    declare(&|ss, fs| {
                        let (f, s) = (fs as f64, ss as f64);
                        let px = corner[0] + f * panel.fs.x + s * panel.ss.x;
                        let py = corner[1] + f * panel.fs.y + s * panel.ss.y;
                        x[0] < px && px < x[1] && y[0] < py && py < y[1]
                    });
                }
            }
        }
        for mask in &panel.masks {
            let Some(file) = &mask.file else { continue };
            let name = MaskName { file: file.clone(), data: mask.data.clone() };
            let Some((_, bits)) = self.masks.iter().find(|(known, _)| *known == name) else {
                return Err(GeometryError::configuration(
                    format!("the mask `{}` of `{file}` that the geometry names was not read", name.data),
                    "take the mask out of the geometry, and state it in the workflow: `mask: {file: ...}`",
                ));
            };
            let of = bits.of_panel(panel, &name)?;
            declare(&|ss, fs| mask.is_bad(of(ss + panel.ss_range[0], fs + panel.fs_range[0])));
        }
        Ok(())
    }
}
