//! BM25: how well a text fits a query, by the words that they share.
//!
//! `sum_w idf(w) f (k + 1) / (f + k (1 - b + b L / mean L))` over the query's distinct words, f being how often the word stands in the text and L the text's number of
//! words; `idf(w) = ln(1 + (N - n_w + 1/2) / (n_w + 1/2))` with n_w of N texts that hold w; k = 1.2, b = 0.75 (Robertson, Zaragoza 2009). Divided by what a text of
//! nothing but the query's words would get at most, so that it is 0 to 1 and texts of several queries compare.
//!
//! A word is a run of letters and digits, in lower case; nothing is stemmed and no word is left out, since what stands everywhere weighs nearly nothing.
//! Written here because nothing is needed but this sum over texts that are read once: search libraries bring an index, stemmers and lists of words for some
//! languages, and we have texts in any.
//!
//! Cost: a look at each word of each text. Memory: 4 bytes a text and word of the query.

use libm::log;

const K: f64 = 1.2;
const B: f64 = 0.75;
/// Words of a query that are looked at.
const MOST: usize = 64;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Sorted, each once.
    words: Vec<String>,
}

/// How often each of the query's words stands in a text, and how many words that has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    of: Vec<u32>,
    length: u32,
}

impl Counts {
    /// Counts two texts of one query as one.
    pub fn add(&mut self, other: &Counts) {
        self.of.resize(self.of.len().max(other.of.len()), 0);
        self.of.iter_mut().zip(&other.of).for_each(|(f, more)| *f = f.saturating_add(*more));
        self.length = self.length.saturating_add(other.length);
    }
}

impl Query {
    /// The words of a text, the first 64 in order of the alphabet; none if it has no letter or digit.
    pub fn new(text: &str) -> Option<Query> {
        let mut all: Vec<String> = words(text).collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(MOST);
        (!all.is_empty()).then_some(Query { words: all })
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Counts of a text; several texts are counted as one by adding to the same.
    pub fn count(&self, text: &str, counts: &mut Counts) {
        counts.of.resize(self.words.len(), 0);
        for word in words(text) {
            counts.length = counts.length.saturating_add(1);
            if let Ok(place) = self.words.binary_search(&word) {
                counts.of[place] = counts.of[place].saturating_add(1);
            }
        }
    }

    /// How well each text fits, 0 to 1, where these are all that there are.
    pub fn fit(&self, texts: &[Counts]) -> Vec<f64> {
        let all = texts.len() as f64;
        let length: f64 = texts.iter().map(|text| f64::from(text.length)).sum();
        let mean = (length / all.max(1.0)).max(1.0);
        let weight = |place: usize| {
            let with = texts.iter().filter(|text| text.of.get(place).is_some_and(|f| *f > 0));
            let with = with.count() as f64;
            log(1.0 + (all - with + 0.5) / (with + 0.5))
        };
        let weights: Vec<f64> = (0..self.words.len()).map(weight).collect();
        let most: f64 = weights.iter().map(|weight| weight * (K + 1.0)).sum();
        let fit = |text: &Counts| {
            let share = 1.0 - B + B * f64::from(text.length) / mean;
            let parts = weights.iter().zip(&text.of).map(|(weight, f)| {
                let f = f64::from(*f);
                weight * f * (K + 1.0) / (f + K * share)
            });
            parts.sum::<f64>() / most
        };
        texts.iter().map(fit).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(query: &str, texts: &[&str]) -> Vec<f64> {
        let query = Query::new(query).unwrap();
        let counted = texts.iter().map(|text| {
            let mut counts = Counts::default();
            query.count(text, &mut counts);
            counts
        });
        query.fit(&counted.collect::<Vec<_>>())
    }

    #[test]
    fn it_is_the_formula() {
        let found = fit(
            "Red kettle",
            &["the kettle is red", "a kettle, a kettle", "nothing here at all, no"],
        );
        let lengths = [4.0, 4.0, 5.0];
        let mean = 13.0 / 3.0;
        let idf = |with: f64| (1.0 + (3.0 - with + 0.5) / (with + 0.5)).ln();
        let part = |f: f64, length: f64| f * 2.2 / (f + 1.2 * (0.25 + 0.75 * length / mean));
        let most = 2.2 * (idf(2.0) + idf(1.0));
        let first = (idf(2.0) * part(1.0, lengths[0]) + idf(1.0) * part(1.0, lengths[0])) / most;
        let second = idf(2.0) * part(2.0, lengths[1]) / most;
        assert!((found[0] - first).abs() < 1e-12 && (found[1] - second).abs() < 1e-12);
        assert_eq!(found[2], 0.0);
    }

    #[test]
    fn a_rare_word_tells_more_than_one_that_stands_everywhere() {
        let found = fit("the boiler", &["the cat", "the boiler", "the dog", "boiler"]);
        assert!(found[1] > found[3] && found[3] > found[0] && found[0] == found[2]);
        assert!(found.iter().all(|fit| (0.0..=1.0).contains(fit)));
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_of_any_script() {
        let query = Query::new("Wie geht's, Übergrößen-2? Κόσμε! wie").unwrap();
        assert_eq!(query.words(), ["2", "geht", "s", "wie", "übergrößen", "κόσμε"]);
        assert_eq!(Query::new(" ?! "), None);
        assert_eq!(fit("x", &[]), Vec::<f64>::new());
        assert_eq!(fit("x", &["", "x"])[0], 0.0);
    }
}
