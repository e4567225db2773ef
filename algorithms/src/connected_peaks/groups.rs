//! Which runs hang together: union-find, the first run of a group being its root.

use super::runs::Run;

/// Sets `parents[i]` to the first run of the group of run `i`. Runs are in raster order.
pub(super) fn group(runs: &[Run], parents: &mut Vec<u32>) {
    parents.clear();
    parents.extend(0..runs.len() as u32);
    // the first run of the row above that can still touch
    let mut above = 0;
    for (number, run) in runs.iter().enumerate() {
        while above < number
            && (runs[above].row + 1 < run.row || (runs[above].row + 1 == run.row && runs[above].end < run.start))
        {
            above += 1;
        }
        for (candidate, upper) in runs.iter().enumerate().take(number).skip(above) {
            if upper.row == run.row || upper.start > run.end {
                break;
            }
            join(parents, candidate as u32, number as u32);
        }
    }
    // a parent comes before its children, so one pass leads each run to its root
    for number in 0..parents.len() {
        parents[number] = parents[parents[number] as usize];
    }
}

fn join(parents: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
}

fn root(parents: &mut [u32], mut run: u32) -> u32 {
    while parents[run as usize] != run {
        let next = parents[parents[run as usize] as usize];
        parents[run as usize] = next;
        run = next;
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(rows: &[&[(u32, u32)]]) -> Vec<u32> {
        let runs: Vec<Run> = (0..)
            .zip(rows)
            .flat_map(|(row, list)| list.iter().map(move |&(start, end)| Run { row, start, end }))
            .collect();
        let mut parents = Vec::new();
        group(&runs, &mut parents);
        parents
    }

    #[test]
    fn corners_touch_and_gaps_do_not() {
        assert_eq!(grouped(&[&[(3, 4)], &[(4, 5)], &[(3, 4)]]), [0, 0, 0]);
        assert_eq!(grouped(&[&[(3, 4)], &[(5, 6)]]), [0, 1]);
        assert_eq!(grouped(&[&[(3, 4)], &[], &[(3, 4)]]), [0, 1]);
    }

    #[test]
    fn arms_that_meet_late_are_one() {
        // two fingers, a third one apart, then a bar below the first two
        assert_eq!(grouped(&[&[(0, 1), (4, 5), (9, 10)], &[(0, 1), (4, 5)], &[(1, 5)]]), [0, 0, 2, 0, 0, 0]);
        // a long run above reaches several below
        assert_eq!(grouped(&[&[(0, 10)], &[(1, 2), (4, 5), (10, 11), (12, 13)]]), [0, 0, 0, 0, 4]);
    }
}
