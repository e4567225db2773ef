//! Names of the devices at an instrument, as the field's tools look for them.

use crate::specification::Kind;

/// Where a run is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument {
    pub name: &'static str,
    /// `<time server>:outputBunchPattern`
    pub time_server: &'static str,
    /// pulse energies in `<XGM>:output`
    pub xgm: &'static str,
    /// settings of AGIPD as RUN values
    pub fpga: &'static str,
    /// value of a slot of the bunch pattern whose pulse reaches the instrument: the destination in bits 18-21
    pub own_pulse: u32,
    /// value of a slot that does not
    pub foreign_pulse: u32,
    /// whether the XGM sees foreign pulses too: those for SA3 (bit 27) pass the undulators of SA1
    pub xgm_sees_foreign: bool,
}

const SA1: u32 = 4 << 18;
const SA2: u32 = 2 << 18;
const SA3: u32 = SA1 | 1 << 27;

impl Instrument {
    /// SPB at SA1; MID at SA2 for XPCS.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Xpcs => Instrument {
                name: "MID",
                time_server: "MID_RR_UTC/TSYS/TIMESERVER",
                xgm: "SA2_XTD1_XGM/XGM/DOOCS",
                fpga: "MID_EXP_AGIPD1M1/MDL/FPGA_COMP",
                own_pulse: SA2,
                foreign_pulse: SA1,
                xgm_sees_foreign: false,
            },
            _ => Instrument {
                name: "SPB",
                time_server: "SPB_EXP_SYS/TSYS/TIMESERVER",
                xgm: "SPB_XTD9_XGM/XGM/DOOCS",
                fpga: "SPB_IRU_AGIPD1M1/MDL/FPGA_COMP",
                own_pulse: SA1,
                foreign_pulse: SA3,
                xgm_sees_foreign: true,
            },
        }
    }
}
