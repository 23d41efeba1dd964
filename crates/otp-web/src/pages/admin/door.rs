//! Slows down those who try keys.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// How many keys may be tried at once.
const PLACES: usize = 4;
/// How long a wrong key keeps its place: at most eight of them are tried in a second.
const HELD: Duration = Duration::from_millis(500);
/// How long one waits for a place.
const PATIENCE: Duration = Duration::from_secs(3);

/// Lets few keys be tried at once, in the order in which they come; a right one in time is never refused.
pub(in crate::pages) struct Door(Arc<Semaphore>);

/// What came of trying a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried<T> {
    /// It is right.
    Opened(T),
    /// It is not.
    Wrong,
    /// It was not looked at: too many others wait.
    Crowded,
}

impl Door {
    pub(in crate::pages) fn new() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }

    /// Tries a key, once there is a place.
    ///
    /// # Errors
    /// Those of `trial`.
    pub(super) async fn try_key<T, E>(
        &self,
        trial: impl Future<Output = Result<Option<T>, E>>,
    ) -> Result<Tried<T>, E> {
        let Ok(Ok(place)) = timeout(PATIENCE, self.0.clone().acquire_owned()).await else {
            return Ok(Tried::Crowded);
        };
        if let Some(opened) = trial.await? {
            return Ok(Tried::Opened(opened));
        }
        // In a task of its own: whoever hangs up early frees no place for the next try.
        let held = tokio::spawn(async move {
            sleep(HELD).await;
            drop(place);
        });
        // It can only fail when the runtime ends.
        let _ = held.await;
        Ok(Tried::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::time::Instant;

    use super::*;

    async fn try_key(door: &Door, is_right: bool) -> Tried<()> {
        let trial = async { Ok::<_, Infallible>(is_right.then_some(())) };
        let Ok(tried) = door.try_key(trial).await;
        tried
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_keys_are_slowed_and_right_ones_are_not() {
        let (door, started) = (Door::new(), Instant::now());
        for _ in 0..100 {
            assert_eq!(try_key(&door, true).await, Tried::Opened(()));
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(try_key(&door, false).await, Tried::Wrong);
        assert_eq!(started.elapsed(), HELD);
    }

    #[tokio::test(start_paused = true)]
    async fn eight_wrong_keys_are_tried_in_a_second_also_by_those_who_hang_up() {
        let (door, started) = (Arc::new(Door::new()), Instant::now());
        for _ in 0..PLACES {
            let impatient = timeout(Duration::from_millis(1), try_key(&door, false));
            assert!(impatient.await.is_err());
        }
        let owner = try_key(&door, true).await;
        assert_eq!(owner, Tried::Opened(()));
        assert!(started.elapsed() >= HELD, "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_no_place_in_time_is_turned_away_untried() {
        let (door, started) = (Arc::new(Door::new()), Instant::now());
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let door = door.clone();
                tokio::spawn(async move { try_key(&door, false).await })
            })
            .collect();
        let mut wrong = 0;
        for one in crowd {
            wrong += usize::from(one.await.expect("a task") == Tried::Wrong);
        }
        assert!(started.elapsed() <= PATIENCE + HELD);
        assert!((24..=28).contains(&wrong), "{wrong}");
        assert_eq!(try_key(&door, true).await, Tried::Opened(()));
    }
}
