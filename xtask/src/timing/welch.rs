//! Whether two samples of times are alike: Welch's t-test, as dudect uses it, and the difference of the medians.

/// Above this `t`, two classes are told apart (dudect; the same bound as in ISO/IEC 17825).
pub(super) const LARGEST_T: f64 = 4.5;
/// In milliseconds.
pub(super) const LARGEST_DIFFERENCE: f64 = 1.0;
/// The share of both samples that is kept: what waited for the machine is not the service's.
const KEPT: f64 = 0.95;

/// How two samples differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// In milliseconds.
    pub(super) medians: [f64; 2],
    pub(super) t: f64,
}

impl Comparison {
    pub(super) fn apart(&self) -> f64 {
        let [ours, theirs] = self.medians;
        (ours - theirs).abs()
    }

    pub(super) fn is_alike(&self) -> bool {
        self.t.abs() < LARGEST_T && self.apart() < LARGEST_DIFFERENCE
    }
}

/// Compares two samples, cropped at one bound for both: the 95th percentile of all.
pub(super) fn compare(ours: &[f64], theirs: &[f64]) -> Comparison {
    let mut all = [ours, theirs].concat();
    let bound = quantile(&mut all, KEPT);
    let [(mean, error), (other_mean, other_error)] = [ours, theirs].map(|sample| {
        let kept: Vec<f64> = sample
            .iter()
            .copied()
            .filter(|time| *time <= bound)
            .collect();
        mean_and_error(&kept)
    });
    Comparison {
        medians: [ours, theirs].map(|sample| quantile(&mut sample.to_vec(), 0.5)),
        t: (mean - other_mean) / (error + other_error).sqrt(),
    }
}

/// Returns the mean and its squared standard error.
fn mean_and_error(sample: &[f64]) -> (f64, f64) {
    let count = count(sample.len());
    let mean = sample.iter().sum::<f64>() / count;
    let squares: f64 = sample.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

/// Sorts the sample and returns its quantile by the nearest rank.
fn quantile(sample: &mut [f64], share: f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let last = sample.len().saturating_sub(1);
    let at = sample
        .iter()
        .enumerate()
        .find(|(rank, _)| count(*rank) >= count(last) * share);
    at.map_or(f64::NAN, |(_, time)| *time)
}

/// A count as a number to divide.
fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times between `from` and a millisecond more, evenly.
    fn sample(from: f64) -> Vec<f64> {
        (0..1000).map(|n| from + f64::from(n) / 1000.0).collect()
    }

    #[test]
    fn one_sample_is_like_itself_whatever_is_slow_in_it() {
        let mut slow = sample(5.0);
        slow.extend([900.0; 20]);
        assert!(compare(&sample(5.0), &slow).is_alike());
    }

    #[test]
    fn a_small_steady_difference_is_found_by_t_and_a_large_one_by_the_medians() {
        let steady = compare(&sample(5.0), &sample(5.2));
        assert!(
            steady.t < -LARGEST_T && steady.apart() < LARGEST_DIFFERENCE,
            "{steady:?}"
        );
        assert!(!steady.is_alike());
        let few = compare(&[1.0, 9.0, 2.0], &[4.0, 1.0, 9.0]);
        assert!(few.t.abs() < LARGEST_T && few.apart() >= 1.0, "{few:?}");
        assert!(!few.is_alike());
    }

    #[test]
    fn t_is_the_one_of_the_book() {
        // Welch 1947, in the form of any textbook: means 3 and 5, variances 2.5 and 10, five each.
        let (mean, error) = mean_and_error(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        let (other, other_error) = mean_and_error(&[1.0, 3.0, 5.0, 7.0, 9.0]);
        let t = (mean - other) / (error + other_error).sqrt();
        assert!((t + 1.264_911).abs() < 1e-6, "{t}");
    }

    #[test]
    fn nothing_to_compare_is_not_alike() {
        assert!(!compare(&[], &[]).is_alike());
    }
}
