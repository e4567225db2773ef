//! What took how long, and who waited for whom. This part alone differs from run to run.

use super::words::table;
use crate::escape::escape;
use crate::timing::{RankTime, Timing, Track};
use trainyard_format::words::{bytes, counted};

/// Ranks that are drawn; the table has all.
const DRAWN: usize = 16;
/// Ranks in the table; report.json has all.
const LISTED: usize = 256;

pub fn section(timing: &Timing) -> String {
    let mut out = format!("<p>{}</p>", escape(&says(timing)));
    if !timing.ranks.is_empty() {
        let rows: String = timing.ranks.iter().take(LISTED).map(row).collect();
        let heads = [
            "rank",
            "frames",
            "read",
            "written",
            "reading",
            "computing",
            "writing",
            "waiting for reading",
            "waiting for writing",
        ];
        out.push_str(&table("Seconds of each rank", &heads, &rows));
    }
    let drawn = timing.ranks.iter().filter(|rank| !rank.track.reading.is_empty()).take(DRAWN);
    let tracks: String = drawn.map(|rank| track(rank.rank, &rank.track)).collect();
    if !tracks.is_empty() {
        out.push_str(&format!("<h3>How busy each rank was</h3><div class=\"tracks\">{tracks}</div>"));
    }
    out
}

fn says(timing: &Timing) -> String {
    let sum = |of: fn(&RankTime) -> f64| timing.ranks.iter().map(of).sum::<f64>();
    let (read, written) = (sum(|rank| rank.waiting_for_reading), sum(|rank| rank.waiting_for_writing));
    let whole = timing.seconds * timing.ranks.len().max(1) as f64;
    let share = |seconds: f64| format!("{:.0} %", 100.0 * (seconds / whole.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0));
    let mut text =
        format!("{:.2} s on {}, {}.", timing.seconds, counted(timing.ranks.len() as u64, "rank"), timing.bound_by);
    if !timing.ranks.is_empty() {
        text.push_str(&format!(
            " Computing waited {} of the time for reading, and {} for writing.",
            share(read),
            share(written)
        ));
    }
    if timing.report_seconds > 0.0 {
        text.push_str(&format!(
            " This report took {:.2} s and read {}.",
            timing.report_seconds,
            bytes(timing.report_bytes)
        ));
    }
    text
}

fn row(rank: &RankTime) -> String {
    let seconds = [rank.reading, rank.computing, rank.writing, rank.waiting_for_reading, rank.waiting_for_writing];
    let seconds: String = seconds.iter().map(|s| format!("<td class=\"number\">{s:.2}</td>")).collect();
    format!(
        "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>{seconds}</tr>",
        rank.rank,
        rank.frames,
        bytes(rank.bytes_read),
        bytes(rank.bytes_written)
    )
}

/// Three lanes over time, filled as far as each was busy.
fn track(rank: usize, track: &Track) -> String {
    const LEFT: f64 = 100.0;
    const RIGHT: f64 = 630.0;
    const LANE: f64 = 26.0;
    let count = track.reading.len().max(1) as f64;
    let lanes = [("reading", &track.reading), ("computing", &track.computing), ("writing", &track.writing)];
    let mut inside = String::new();
    for (number, (name, shares)) in lanes.iter().enumerate() {
        let foot = 2.0 + LANE * number as f64 + LANE - 4.0;
        let mut path = format!("M{LEFT} {foot:.1}");
        for (at, share) in shares.iter().enumerate() {
            let right = LEFT + (RIGHT - LEFT) * (at + 1) as f64 / count;
            path.push_str(&format!("V{:.1}H{right:.1}", foot - (LANE - 6.0) * f64::from(*share)));
        }
        inside.push_str(&format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text><path class=\"busy s{number}\" d=\"{path}V{foot:.1}Z\"/>\
             <path class=\"axis\" d=\"M{LEFT} {foot:.1}H{RIGHT}\"/>",
            LEFT - 8.0,
            foot - 5.0
        ));
    }
    let mean = |shares: &[f32]| 100.0 * shares.iter().map(|s| f64::from(*s)).sum::<f64>() / count;
    let says = format!(
        "Rank {rank}: reading {:.0} %, computing {:.0} %, writing {:.0} % of {:.2} s",
        mean(&track.reading),
        mean(&track.computing),
        mean(&track.writing),
        track.stretch * count
    );
    format!(
        "<p>{0}</p><svg class=\"plot\" viewBox=\"0 0 640 86\" role=\"img\" aria-label=\"{0}\">{inside}</svg>",
        escape(&says)
    )
}
