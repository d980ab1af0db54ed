//! What a world is made from: one seed and a few sizes.

use crate::error::Error;
use model::Time;
use model::time::DAY;

/// How the worlds differ. Equal settings make equal worlds, byte for byte.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Config {
    /// Of everything random.
    pub seed: u64,
    /// Real people, 1 to 4,000,000. House accounts, bots and fake accounts come on top.
    pub people: usize,
    /// About how many interactions a draw has, follows not counted; 0 is a silent world. `None` is 40 a person.
    pub interactions: Option<u64>,
    /// First moment after the window.
    pub end: Time,
    /// Length of the window in days, 1 to 3,650.
    pub days: u32,
    /// How many people somebody follows, on average, 0 to 200. Who is followed back and whom friends follow come on top.
    pub follows: f64,
    /// Number of communities; `None` is as many as heavy-tailed sizes make.
    pub communities: Option<usize>,
    /// Planted branching ratio of brand talk: how many posts one post excites, 0 to 0.9.
    pub branching: f64,
    /// How long excitation takes.
    pub kernel: Kernel,
    /// Whether rings, farms, smears and the other schemes are planted.
    pub schemes: bool,
    /// Chance that an asker begins to contribute, 30 days after an employee answered them. With it, which may be 0, others contribute too: 3 in 100 of those who ask do
    /// from the beginning, and everybody once in 50 times that they come. `None`: planted climbers alone contribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_by_answers: Option<f64>,
}

/// The law of the delay from a post of brand talk to one that it excites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// Exponential with a mean of 8 hours.
    Exponential,
    /// Lomax with exponent 1.5 and scale 2 hours, cut at 30 days.
    PowerLaw,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            seed: 1,
            people: 5_000,
            interactions: None,
            // 2026-06-01T00:00:00Z, a Monday.
            end: Time(1_780_272_000_000_000),
            days: 180,
            follows: 8.0,
            communities: None,
            branching: 0.4,
            kernel: Kernel::Exponential,
            schemes: true,
            moved_by_answers: None,
        }
    }
}

impl Config {
    /// First moment of the window.
    pub fn start(&self) -> Time {
        Time(self.end.0 - i64::from(self.days) * DAY)
    }

    /// About how many interactions a draw has.
    pub fn expected(&self) -> u64 {
        self.interactions.unwrap_or(self.people as u64 * 40)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let range = |name: &str, good: bool, bounds: &str| match good {
            true => Ok(()),
            false => Err(Error::config(format!("{name} is out of range; choose {bounds}"))),
        };
        range("people", (1..=4_000_000).contains(&self.people), "1 to 4,000,000")?;
        range("interactions", self.expected() <= 10_000_000_000, "at most 10,000,000,000")?;
        range("days", (1..=3_650).contains(&self.days), "1 to 3,650")?;
        range("follows", (0.0..=200.0).contains(&self.follows), "0 to 200")?;
        range("communities", self.communities != Some(0), "1 or more")?;
        range("branching", (0.0..=0.9).contains(&self.branching), "0 to 0.9")?;
        let moved = self.moved_by_answers.unwrap_or(0.0);
        range("moved_by_answers", (0.0..=1.0).contains(&moved), "0 to 1")?;
        // Everything in the world, people's past included, lies after 1970 and before the year 2200.
        let years = 4_000 * DAY..=83_000 * DAY;
        range("end", years.contains(&self.end.0), "a time from 1981 to 2197")
    }
}
