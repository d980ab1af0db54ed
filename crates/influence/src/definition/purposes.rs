//! Purposes that decide on somebody's life, for which nobody is scored who has not agreed to exactly that.
//!
//! A purpose is recognised by its words. Such a definition is refused, unless it says `consent = "exact"`; then it scores
//! those people alone who consented to that purpose by its name. Consent to everything is none to this.

/// What a purpose decides on, and why influence must not decide it unasked.
#[derive(Debug)]
pub struct Sensitive {
    /// The field, in a word.
    pub what: &'static str,
    /// Why, as part of a sentence after "because".
    pub why: &'static str,
    /// The words by which it is recognised, in lower case.
    words: &'static [&'static str],
}

/// Every field of decisions that needs consent by name.
pub const SENSITIVE: &[Sensitive] = &[
    Sensitive {
        what: "employment",
        why: "who is heard online says nothing of how they work, and follows age, language and time off",
        words: &[
            "applicant",
            "applicants",
            "candidate",
            "candidates",
            "dismissal",
            "dismissals",
            "employment",
            "firing",
            "hire",
            "hiring",
            "hr",
            "job",
            "jobs",
            "layoff",
            "layoffs",
            "personnel",
            "recruiting",
            "recruitment",
            "salaries",
            "salary",
            "staffing",
        ],
    },
    Sensitive {
        what: "credit",
        why: "ties to others are no evidence of what somebody pays back, and stand in for where they come from",
        words: &[
            "credit",
            "creditworthiness",
            "lending",
            "loan",
            "loans",
            "mortgage",
            "mortgages",
            "solvency",
            "underwriting",
        ],
    },
    Sensitive {
        what: "housing",
        why: "ties to others stand in for origin and family, by which nobody may be kept from a home",
        words: &[
            "eviction", "housing", "rent", "rental", "rentals", "tenancy", "tenant", "tenants",
        ],
    },
    Sensitive {
        what: "insurance",
        why: "ties to others are no evidence of risk, and stand in for health and origin",
        words: &["insurability", "insurance", "insurer", "insurers", "insuring"],
    },
];

/// What a purpose decides on that needs consent by name, if it does.
pub fn sensitive(purpose: &str) -> Option<&'static Sensitive> {
    let mut words = purpose.split(|c: char| !c.is_alphanumeric());
    // Asked at every lookup, and mostly of words in lower case already.
    let known = |word: &str| SENSITIVE.iter().find(|one| one.words.contains(&word));
    words.find_map(|word| match word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        true => known(word),
        false => known(&word.to_lowercase()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_are_recognised_by_whole_words() {
        let what = |purpose| sensitive(purpose).map(|found| found.what);
        assert_eq!(what("tenant-screening"), Some("housing"));
        assert_eq!(what("HR"), Some("employment"));
        assert_eq!(what("credit scoring"), Some("credit"));
        assert_eq!(what("car_insurance"), Some("insurance"));
        for harmless in ["community", "employee advocacy", "promotions", "sales", ""] {
            assert_eq!(what(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn no_word_stands_for_two_fields() {
        let mut words: Vec<&str> = SENSITIVE.iter().flat_map(|one| one.words).copied().collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
        assert!(words.iter().all(|word| word.to_lowercase() == *word));
    }
}
