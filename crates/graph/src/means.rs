//! Means over those that a vertex is credited by.
//!
//! `mean_i = sum_j s_ji v_j / sum_j s_ji` over in-neighbors j, in 64 bits and in the order of the row. Cost: O(n + m), with
//! one read in `v` an edge. Values that are not there (NaN) are the caller's to avoid: one makes the mean NaN.

use crate::error::Error;
use crate::ties::Ties;
use rayon::prelude::*;

/// The mean of `values` over each vertex's in-neighbors, weighted by strength; NaN where there are none.
///
/// Takes one value for each vertex, or else fails with [`crate::ErrorKind::Argument`].
pub fn mean_over_sources(ties: &Ties, values: &[f64]) -> Result<Vec<f64>, Error> {
    if values.len() != ties.vertices() {
        return Err(Error::argument(format!(
            "{} values for {} vertices; give one for each",
            values.len(),
            ties.vertices()
        )));
    }
    let mean = |i: usize| {
        let (ids, strengths) = ties.into().row(i);
        let (mut sum, mut total) = (0.0, 0.0);
        for (j, s) in ids.iter().zip(strengths) {
            sum += f64::from(*s) * values[*j as usize];
            total += f64::from(*s);
        }
        if ids.is_empty() { f64::NAN } else { sum / total }
    };
    Ok((0..ties.vertices()).into_par_iter().with_min_len(256).map(mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{self, assert_close, graph};
    use proptest::prelude::*;

    #[test]
    fn a_mean_weighs_by_strength_and_is_absent_without_sources() {
        let ties = verify::ties(3, [(0, 2, 1.0), (1, 2, 3.0)]);
        let means = mean_over_sources(&ties, &[10.0, 20.0, 0.0]).unwrap();
        assert!(means[0].is_nan() && means[1].is_nan());
        assert_eq!(means[2], 17.5);
    }

    #[test]
    fn it_wants_a_value_for_each_vertex() {
        let ties = verify::ties(3, [(0, 2, 1.0)]);
        assert!(mean_over_sources(&ties, &[1.0]).is_err());
    }

    proptest! {
        #[test]
        fn it_equals_sums_over_the_list_of_edges(graph in graph(40, 300)) {
            let values: Vec<f64> = (0..graph.vertices()).map(|v| 1.0 / (1.0 + v as f64)).collect();
            let mut sums = vec![(0.0, 0.0); graph.vertices()];
            for (source, target, s) in verify::edges(&graph) {
                let sum = &mut sums[target as usize];
                sum.0 += f64::from(s) * values[source as usize];
                sum.1 += f64::from(s);
            }
            let expected: Vec<f64> = sums.iter().map(|(sum, total)| sum / total).collect();
            assert_close(&mean_over_sources(&graph, &values).unwrap(), &expected, 1e-14);
        }
    }
}
