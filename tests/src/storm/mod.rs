//! A run in a storm: on any number of ranks, with storage that lies, while ranks, openers and launchers are killed, stopped
//! and started beside one another. Then the weather is fair again, and a plain start has to finish with the right bytes.
//!
//! What is judged after every start: it ended, in time, with a code that says whose fault it was and a message; and where it
//! says that all is done, the bytes are right. Damage to files that are published already is none of the run's business any
//! more: from there on the next start may say so and ask for `--overwrite`.

mod mischief;
mod weather;

use crate::family::{Relative, Role};
use crate::{published, Child, Finished, Lying, Published, Random, Reduction};
use mischief::Mischief;
use std::time::{Duration, Instant};
use weather::Weather;

/// Longer than a run with all its rounds and retries takes on a busy machine.
const STUCK: Duration = Duration::from_secs(150);

pub struct Storm<'a> {
    seed: u64,
    random: Random,
    reduction: Reduction,
    mischief: Mischief,
    whole: &'a Published,
    /// how long a run takes without a storm
    time: Duration,
    most_ranks: usize,
    lying: Option<Lying>,
    /// a published file may have been harmed
    late: bool,
    /// processes were killed or asked to stop in this start
    violent: bool,
    /// how often a stop was asked for in this start: the second time it ends at once, without a word
    asked: usize,
    ranks: Vec<Relative>,
}

impl<'a> Storm<'a> {
    /// `whole`: what `reduction` makes in `time` when nothing disturbs it.
    pub fn new(seed: u64, reduction: Reduction, whole: &'a Published, time: Duration, most_ranks: usize) -> Self {
        let treasure = reduction.folder().join("treasure");
        std::fs::write(&treasure, "not to be touched").expect("written");
        Storm {
            seed,
            random: Random::new(seed.wrapping_mul(0x9e37_79b9)),
            mischief: Mischief::new(reduction.output(), treasure),
            reduction,
            whole,
            time,
            most_ranks,
            lying: Lying::built(),
            late: false,
            violent: false,
            asked: 0,
            ranks: Vec::new(),
        }
    }

    fn say(&self, what: &str) {
        println!("storm {}: {what}", self.seed);
    }

    /// All of it, to the end.
    pub fn rage(mut self) {
        for _ in 0..1 + self.random.below(3) {
            let mut child = self.begin();
            for _ in 0..1 + self.random.below(3) {
                self.wait_for_a_moment(&mut child);
                if child.ended() {
                    break;
                }
                self.blow(&mut child);
            }
            let ended = child.wait(STUCK);
            self.judge(&ended);
            for _ in 0..self.random.below(3) {
                self.harm();
            }
        }
        self.calm();
    }

    fn begin(&mut self) -> Child {
        let weather = Weather::some(&mut self.random, self.lying.as_ref());
        let ranks = self.random.below(self.most_ranks) + 1;
        let mut more = vec!["--threads", ["1", "2", "8"][self.random.below(3)]];
        // an earlier reduction is replaced: until this is done, a start without the word may refuse
        if self.is_published() && self.random.below(3) == 0 {
            more.push("--overwrite");
            self.late = true;
        }
        self.say(&format!("{ranks} ranks, {more:?}, {}", weather.what));
        (self.violent, self.asked) = (false, 0);
        let environment: Vec<(&str, &str)> =
            weather.environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        if ranks > 1 || self.random.below(4) == 0 {
            if let Some(child) = self.reduction.start_on_ranks_with(ranks, &environment, &more) {
                return child;
            }
        }
        self.reduction.start_with(&environment, &more)
    }

    fn is_published(&self) -> bool {
        std::fs::symlink_metadata(self.reduction.output().join("reduction.json")).is_ok()
    }

    /// Some time, or until something stands and a little longer.
    fn wait_for_a_moment(&mut self, child: &mut Child) {
        let work = self.reduction.output().join(".trainyard");
        let stands = |name: &str| work.join(name).exists();
        let longest = self.time.mul_f64(3.0) + Duration::from_secs(2);
        let began = Instant::now();
        let (mut wait, mut after) = (Duration::ZERO, Duration::from_millis(60));
        let choice = self.random.below(10);
        let reached = |reduction: &Reduction| match choice {
            0 | 1 => stands("journal.json"),
            2 | 3 => reduction.under_way(),
            4 => stands("lease.json"),
            5 => std::fs::read_dir(work.join("parts"))
                .is_ok_and(|p| p.flatten().any(|p| p.file_name().to_string_lossy().starts_with("1-"))),
            6 => std::fs::read_dir(work.join("finished"))
                .is_ok_and(|f| f.flatten().any(|f| f.file_name().to_string_lossy().contains("REDU01"))),
            _ => true,
        };
        if choice < 2 {
            after = Duration::from_millis(5);
        } else if choice > 6 {
            wait = self.time.mul_f64(1.3 * self.random.share());
            after = Duration::ZERO;
        }
        // renames take microseconds: nothing that sleeps would hit between two
        let pause = if choice < 2 { Duration::ZERO } else { Duration::from_micros(300) };
        while !reached(&self.reduction) && !child.ended() && began.elapsed() < longest {
            std::thread::sleep(pause);
        }
        let until = Instant::now() + wait + after.mul_f64(self.random.share());
        while Instant::now() < until && !child.ended() {
            std::thread::sleep(pause);
        }
    }

    fn blow(&mut self, child: &mut Child) {
        let family = child.family();
        self.ranks.extend(family.iter().filter(|r| r.role == Role::Rank));
        let of = |role| family.iter().copied().filter(|r| r.role == role).collect::<Vec<_>>();
        let (ranks, openers, launchers) = (of(Role::Rank), of(Role::Opener), of(Role::Launcher));
        let random = &mut self.random;
        let one = |of: &[Relative], random: &mut Random| of.get(random.below(of.len())).copied();
        let what = match random.below(20) {
            0..=8 => return self.harm(),
            9 => {
                let Some(what) = self.mischief.stranger(random) else { return };
                what
            }
            10 | 11 => {
                family.iter().for_each(|r| r.signal(libc::SIGKILL));
                self.violent = true;
                "all killed".into()
            }
            12 => {
                let Some(rank) = one(&ranks, random) else { return };
                rank.signal(libc::SIGKILL);
                self.violent = true;
                "a rank killed".into()
            }
            13 => {
                let Some(launcher) = launchers.first() else { return };
                launcher.signal(libc::SIGKILL);
                self.violent = true;
                "the launcher killed".into()
            }
            14 => {
                let Some(opener) = one(&openers, random) else { return };
                opener.signal(libc::SIGKILL);
                "an opener killed".into()
            }
            15 => {
                openers.iter().for_each(|o| o.signal(libc::SIGKILL));
                "all openers killed".into()
            }
            16 => {
                let Some(rank) = one(&ranks, random) else { return };
                rank.signal([libc::SIGTERM, libc::SIGINT, libc::SIGUSR1][random.below(3)]);
                (self.violent, self.asked) = (true, self.asked + 1);
                "a rank asked to stop".into()
            }
            17 => {
                child.signal_all(libc::SIGTERM);
                (self.violent, self.asked) = (true, self.asked + 1);
                "all asked to stop".into()
            }
            18 => {
                let Some(one) = one(&[ranks, openers].concat(), random) else { return };
                one.signal(libc::SIGSTOP);
                std::thread::sleep(Duration::from_millis(random.below(400) as u64));
                one.signal(libc::SIGCONT);
                format!("{one:?} held")
            }
            _ => return self.rival(),
        };
        self.say(&what);
    }

    fn harm(&mut self) {
        let Some(what) = self.mischief.strike(&mut self.random) else { return };
        // whatever it was, it may be published by now
        self.late |= self.is_published() || what.ends_with(" reduction.json");
        self.say(&format!("{what}{}", if self.late { ", late" } else { "" }));
    }

    /// Another start in the same folder: it refuses, or finds that the first has ended.
    fn rival(&mut self) {
        let ended = self.reduction.start(&["--threads", "1"]).wait(STUCK);
        self.say(&format!("another start beside it ended with {:?}", ended.code));
        let violent = std::mem::replace(&mut self.violent, false);
        self.judge(&ended);
        self.violent = violent;
    }

    fn judge(&mut self, ended: &Finished) {
        let said = &ended.stderr;
        let what = format!("storm {}: {:?} after {:?}\n{said}", self.seed, ended.code, ended.time);
        self.say(&format!("ended with {:?} after {:?}", ended.code, ended.time));
        assert!(!said.contains("panicked"), "{what}");
        match ended.code {
            Some(0) if self.late => {}
            Some(0) => self.reduction.published().same_as(self.whole, &what),
            Some(3) => {
                assert!(said.contains("another run works") || self.late && said.contains("--overwrite"), "{what}")
            }
            Some(5) => assert!(said.contains("error: "), "{what}"),
            Some(7) => assert!(self.violent && (said.contains("interrupted") || self.asked > 1), "{what}"),
            // the launcher has codes of its own for ranks that were killed
            _ => assert!(self.violent, "{what}"),
        }
        self.nothing_short(&what);
    }

    /// With the manifest all stands; without it what stands is whole.
    fn nothing_short(&self, what: &str) {
        if self.late {
            return;
        }
        let Ok(entries) = std::fs::read_dir(self.reduction.output()) else { return };
        let beside = [".trainyard", "timing.json", "report.json", "report.html"];
        let ours = |e: &std::fs::DirEntry| !beside.iter().any(|name| e.file_name() == *name);
        let files: Vec<_> = entries.flatten().filter(ours).collect();
        if self.is_published() {
            published(&self.reduction.output()).same_as(self.whole, what);
            return;
        }
        for file in files {
            assert!(
                self.whole.0.contains_key(&*file.file_name().to_string_lossy()),
                "{:?} stands there: {what}",
                file.path()
            );
        }
    }

    /// The storm is over.
    fn calm(mut self) {
        self.violent = false;
        let mut ended = self.finish(&[]);
        if self.late && ended.code != Some(0) {
            self.say(&format!("a plain start ends with {:?}", ended.code));
            assert!(matches!(ended.code, Some(3 | 5)), "storm {}: {ended:?}", self.seed);
            ended = ended.complains(&["--overwrite"]);
        }
        let whole = !self.late || ended.code == Some(0) && self.reduction.published() == *self.whole;
        if !whole {
            ended = self.finish(&["--overwrite"]);
        }
        let what = format!("storm {}, in the end", self.seed);
        assert_eq!(ended.code, Some(0), "{what}: {}", ended.stderr);
        self.reduction.published().same_as(self.whole, &what);
        let notes = ["basis.json", "ledger", "lease.json", "lock", "plan.json"];
        for left in std::fs::read_dir(self.reduction.output().join(".trainyard")).into_iter().flatten().flatten() {
            let name = left.file_name().to_string_lossy().into_owned();
            assert!(self.late || notes.contains(&name.as_str()), "{what}: {name} is left");
        }
        let treasure = std::fs::read_to_string(self.reduction.folder().join("treasure"));
        assert_eq!(treasure.expect("it stands"), "not to be touched", "{what}");
    }

    /// Ranks whose launcher was killed may take a moment to notice.
    fn finish(&self, more: &[&str]) -> Finished {
        for _ in 0..60 {
            let ended = self.reduction.start(more).wait(STUCK);
            if ended.code != Some(3) || !ended.stderr.contains("another run works") {
                return ended;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        panic!("storm {}: ranks that were killed hold the folder for ever", self.seed);
    }
}

impl Drop for Storm<'_> {
    /// Ranks that lost their launcher must not outlive their folder.
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("storm {}: failed; TRAINYARD_SEED={} repeats it", self.seed, self.seed);
        }
        let folder = self.reduction.folder().display().to_string();
        self.ranks.iter().filter(|rank| rank.lives(&folder)).for_each(|rank| rank.signal(libc::SIGKILL));
    }
}
