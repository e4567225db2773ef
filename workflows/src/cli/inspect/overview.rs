//! The run on one screen: 80 columns, 24 lines.

use super::detectors::DetectorLine;
use super::keys::shape;
use super::summary::Summary;
use trainyard_format::words::{bytes, counted};

const COLUMNS: usize = 80;
/// Most gaps and oddities shown; `--json` has all.
const SHOWN: usize = 3;
const DETECTORS: usize = 2;

/// `whole`: more follows, so nobody needs to be told how to get it.
pub fn overview(summary: &Summary, whole: bool) -> String {
    let mut text = String::new();
    let mut say = |line: String| text.push_str(&format!("{line}\n"));
    summary.folders.iter().for_each(|folder| say(folder.clone()));
    say(about(summary));
    trains(summary).into_iter().for_each(&mut say);
    for detector in summary.detectors.iter().take(DETECTORS) {
        of_detector(detector).into_iter().for_each(&mut say);
    }
    for more in summary.detectors.iter().skip(DETECTORS) {
        say(format!("{}: {}, {}", more.name, more.kind, counted(more.modules.len(), "module")));
    }
    say("sources".into());
    others(summary).into_iter().for_each(&mut say);
    for filter in summary.filters.iter().filter(|filter| filter.remedy.is_some()) {
        let used = counted(filter.datasets, "dataset");
        say(format!("filter {} ({}), in {used}, cannot be read here:", filter.id, filter.name));
        say(format!("  {}", filter.remedy.as_deref().unwrap_or_default()));
    }
    for (title, list) in [("files left out", &summary.skipped), ("odd", &summary.problems)] {
        if !list.is_empty() {
            say(format!("{title}: {}", list.len()));
            list.iter().take(SHOWN).for_each(|problem| say(format!("  {problem}")));
        }
    }
    if !whole {
        say("more: --files, --sources, --source TEXT, --all, --json".into());
    }
    text
}

/// `p900000, run 1, sample water, created 20230812T101112Z`, and on a line of its own how much it is.
fn about(summary: &Summary) -> String {
    let about = &summary.about;
    let known = [
        about.proposal.map(|n| format!("p{n:06}")),
        about.run.map(|n| format!("run {n}")),
        about.sample.as_ref().map(|s| format!("sample {s}")),
        about.created.as_ref().map(|d| format!("created {d}")),
    ];
    let files = counted(summary.files.len(), "file");
    let size = format!("{files} of format {}, {}", about.formats.join(" and "), bytes(about.bytes));
    let known = known.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if known.is_empty() {
        size
    } else {
        format!("{known}\n{size}")
    }
}

fn trains(summary: &Summary) -> Vec<String> {
    let trains = &summary.trains;
    let (Some(first), Some(last)) = (trains.first, trains.last) else { return vec!["no trains".into()] };
    let mut lines =
        vec![format!("{}, {first} to {last}, {}", counted(trains.count, "train"), duration(trains.seconds))];
    if trains.missing > 0 {
        lines.push(list(&format!("  {} ids between them are missing: ", trains.missing), &trains.gaps));
    }
    if trains.suspect > 0 {
        lines.push(list(&format!("  {} are flagged as suspect: ", trains.suspect), &trains.suspects));
    }
    lines
}

/// `0:01:12.3`
fn duration(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() as u64;
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60);
    format!("{hours}:{minutes:02}:{:02}.{}", tenths / 10 % 60, tenths % 10)
}

fn of_detector(detector: &DetectorLine) -> Vec<String> {
    let state = if detector.raw { "raw" } else { "corrected" };
    let numbers: Vec<u64> = detector.modules.iter().map(|m| u64::from(m.number)).collect();
    let modules = counted(numbers.len(), "module");
    let mut lines = vec![format!("{}: {}, {state}, {modules}: {}", detector.name, detector.kind, runs(&numbers))];
    if !detector.missing_modules.is_empty() {
        let missing: Vec<u64> = detector.missing_modules.iter().map(|&number| number.into()).collect();
        lines.push(format!("  not there: {}", runs(&missing)));
    }
    if detector.parallel_gain {
        lines.push("  three gain stages in each train (parallel gain)".into());
    }
    let frames = match detector.frames_per_train {
        None => "no frames".to_string(),
        Some(spread) if spread.least == spread.most => {
            format!("{}, {} per train", counted(detector.frames, "frame"), spread.most)
        }
        Some(spread) => {
            let (least, median, most) = (spread.least, spread.median, spread.most);
            format!("{}, {least} to {most} per train, median {median}", counted(detector.frames, "frame"))
        }
    };
    lines.push(match detector.trains_without_frames {
        0 => format!("  {frames}"),
        without => format!("  {frames}, {} without", counted(without, "train")),
    });
    if let Some(pixels) = &detector.pixels {
        lines.push(format!("  {}  {} {}", pixels.key, pixels.dtype, shape(&pixels.shape)));
        lines.push(format!("    {}", pixels.storage()));
        let ratio = pixels.ratio.map(|ratio| format!(", ratio {ratio:.2}")).unwrap_or_default();
        lines.push(format!("    {} stored of {}{ratio}", bytes(pixels.stored_bytes), bytes(pixels.raw_bytes)));
    }
    let lacking: Vec<String> =
        detector.lacking().iter().map(|(module, fewer)| format!("module {module}: {fewer}")).collect();
    if !lacking.is_empty() {
        lines.push(list("  trains that single modules lack: ", &lacking));
    }
    lines
}

/// `0-3, 7`
fn runs(numbers: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let text = |&(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    runs.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Sources that are no detector's, by section.
fn others(summary: &Summary) -> Vec<String> {
    let modules: Vec<&str> =
        summary.detectors.iter().flat_map(|d| &d.modules).map(|module| module.source.as_str()).collect();
    let mut lines = Vec::new();
    if !modules.is_empty() {
        lines.push(format!("  {} of detector modules", modules.len()));
    }
    for section in ["INSTRUMENT", "CONTROL", "REDUCTION", "ERRATA"] {
        let names: Vec<String> = summary
            .sources
            .iter()
            .filter(|s| s.section == section && s.alias_of.is_none() && !modules.contains(&s.name.as_str()))
            .map(|s| s.name.clone())
            .collect();
        if !names.is_empty() {
            lines.push(list(&format!("  {} {}: ", names.len(), section.to_lowercase()), &names));
        }
    }
    let aliases = summary.sources.iter().filter(|s| s.alias_of.is_some()).count();
    if aliases > 0 {
        lines.push(format!("  {aliases} old names of sources above"));
    }
    lines
}

/// As many of the items as fit on a line, and how many more there are.
fn list(before: &str, items: &[String]) -> String {
    let more = |n: usize| if n == 0 { String::new() } else { format!(" and {n} more") };
    let line = |shown: usize| format!("{before}{}{}", items[..shown].join(", "), more(items.len() - shown));
    let fits = |shown: &usize| line(*shown).chars().count() <= COLUMNS;
    line((1..=items.len()).rev().find(fits).unwrap_or(items.len().min(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_with_the_line() {
        let names: Vec<String> = (0..30).map(|n| format!("SPB_DEVICE/{n:02}")).collect();
        let line = list("  30 control: ", &names);
        assert!(line.chars().count() <= COLUMNS && line.ends_with(" and 27 more"), "{line}");
        assert_eq!(list("one: ", &names[..1]), "one: SPB_DEVICE/00");
        assert_eq!(list("none: ", &[]), "none: ");
        assert_eq!(list("", &["x".repeat(100), "y".into()]), format!("{} and 1 more", "x".repeat(100)));
    }

    #[test]
    fn times_and_runs_of_numbers() {
        assert_eq!([0.4, 72.3, 36_010.0].map(duration), ["0:00:00.4", "0:01:12.3", "10:00:10.0"]);
        assert_eq!(runs(&[0, 1, 2, 5, 7, 8]), "0-2, 5, 7-8");
        assert_eq!(runs(&[]), "");
    }
}
