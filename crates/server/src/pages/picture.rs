//! Pictures as SVG, drawn here and whole without script.
//!
//! They hold shapes alone and no text, and are stretched to the width of the page: strokes keep their width, and a dot is a line without length and
//! with round ends. What they show stands beside them in words, too.

use maud::{Markup, html};

/// Where a value from 1 to 100 lies in a drawing that is 100 wide.
fn place(score: f64) -> f64 {
    ((score - 1.0) / 99.0 * 100.0).clamp(0.0, 100.0)
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A score with its interval, on the whole scale with its middle: dot and whisker.
pub fn whisker(score: f64, interval: Option<[f64; 2]>) -> Markup {
    let (low, high) = interval.map_or((score, score), |[low, high]| (low, high));
    let words = match interval {
        Some(_) => format!("{score:.0}, between {low:.0} and {high:.0}, on a scale from 1 to 100"),
        None => format!("{score:.0}, on a scale from 1 to 100"),
    };
    let (at, low, high) = (rounded(place(score)), rounded(place(low)), rounded(place(high)));
    html! {
        svg.whisker role="img" aria-label=(words) viewBox="-3 0 106 20" preserveAspectRatio="none" {
            line.axis x1="0" x2="100" y1="10" y2="10" {}
            @for tick in [0, 50, 100] {
                line.axis x1=(tick) x2=(tick) y1="6" y2="14" {}
            }
            @if interval.is_some() {
                line.range x1=(low) x2=(high) y1="10" y2="10" {}
            }
            line.dot x1=(at) x2=(at) y1="10" y2="10" {}
        }
    }
}

/// A step of a waterfall from `from` to `to`, in points of a scale that ends at `end`.
pub fn step(from: f64, to: f64, end: f64) -> Markup {
    let end = if end > 0.0 { end } else { 1.0 };
    let wide = |points: f64| rounded((points / end * 100.0).clamp(0.0, 100.0));
    let (first, last) = (wide(from.min(to)), wide(from.max(to)));
    html! {
        svg.step aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none" {
            line.axis x1=(wide(from)) x2=(wide(from)) y1="0" y2="10" {}
            rect x=(first) y="2" width=(rounded((last - first).max(0.3))) height="6" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whisker_says_in_words_what_it_shows() {
        let drawn = whisker(56.7, Some([48.6, 64.8])).into_string();
        assert!(drawn.contains("aria-label=\"57, between 49 and 65, on a scale from 1 to 100\""));
        assert!(drawn.contains("x1=\"48.08\" x2=\"64.44\""), "{drawn}");
        assert!(!whisker(50.0, None).into_string().contains("range"));
    }

    #[test]
    fn steps_stay_within_the_drawing_whatever_they_are_given() {
        for (from, to, end) in
            [(0.0, 40.0, 57.0), (40.0, 30.0, 57.0), (0.0, 0.0, 0.0), (-5.0, 500.0, 1.0)]
        {
            let drawn = step(from, to, end).into_string();
            assert!(
                !drawn.contains("NaN") && !drawn.contains("inf") && !drawn.contains("x=\"-"),
                "{drawn}"
            );
        }
    }
}
