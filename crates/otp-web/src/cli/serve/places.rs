//! The places that connections take: so many in all, and so many for each address.
//!
//! When every place is taken, whoever comes gets that of a connection on which there is nobody to answer, of the
//! network that holds most of them: a few networks cannot keep others out.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::activity::Activity;
use crate::client_address::TrustedProxies;
use crate::config::Limits;

/// The places there are.
#[derive(Clone)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<Taken>>,
    /// Told when there is a connection that may lose its place.
    pauses: Arc<Notify>,
    per_address: usize,
    trusted: TrustedProxies,
}

/// The connections of each network, without those of trusted proxies.
type Taken = HashMap<IpAddr, Vec<Activity>>;

impl Places {
    /// Makes the places that `limits` name; proxies that are `trusted` may take any number and lose none, for they
    /// bring everybody.
    pub(super) fn new(limits: Limits, trusted: TrustedProxies) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.connections)),
            taken: Arc::default(),
            pauses: Arc::default(),
            per_address: limits.connections_per_address,
            trusted,
        }
    }

    /// Takes a place for a connection of `peer`, and waits until there is one; `None` when the peer has as many as it
    /// may.
    pub(super) async fn take(&self, peer: IpAddr) -> Option<Place> {
        let network = (!self.trusted.contains(peer)).then(|| otp_core::client_network(peer));
        let held = |network| self.with(|taken| taken.get(&network).map_or(0, Vec::len));
        if network.is_some_and(|network| held(network) >= self.per_address) {
            return None;
        }
        let permit = self.permit().await;
        let activity = Activity::new(self.pauses.clone());
        if let Some(network) = network {
            self.with(|taken| taken.entry(network).or_default().push(activity.clone()));
        }
        Some(Place {
            places: self.clone(),
            network,
            activity,
            _permit: permit,
        })
    }

    /// Waits for a free place, and makes one as soon as that is possible.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let mut permit = pin!(self.free.clone().acquire_owned());
        while self.free.available_permits() == 0 && !self.give_one_up() {
            tokio::select! {
                biased;
                permit = &mut permit => return permit.ok(),
                () = self.pauses.notified() => {}
            }
        }
        // The semaphore is never closed; without it there would be no limit, and no harm.
        permit.await.ok()
    }

    /// Ends the connection that has had nobody to answer for the longest time, of the network that holds the most
    /// places; says whether there was one.
    fn give_one_up(&self) -> bool {
        self.with(|taken| {
            let idle = taken.values().flat_map(|held| {
                held.iter().filter_map(|activity| {
                    Some(((held.len(), Reverse(activity.idle_since()?)), activity))
                })
            });
            idle.max_by_key(|(rank, _)| *rank)
                .is_some_and(|(_, activity)| activity.give_up())
        })
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Taken) -> T) -> T {
        use_it(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place that a connection has, until it is dropped.
pub(super) struct Place {
    places: Places,
    /// Whose place it is, unless it is that of a trusted proxy.
    network: Option<IpAddr>,
    activity: Activity,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// What is asked on its connection.
    pub(super) fn activity(&self) -> Activity {
        self.activity.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else {
            return;
        };
        self.places.with(|taken| {
            if let Some(held) = taken.get_mut(&network) {
                held.retain(|activity| !activity.is(&self.activity));
                // Nothing is kept of who is gone.
                if held.is_empty() {
                    taken.remove(&network);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio::time::sleep;

    use super::*;

    fn places(connections: usize, connections_per_address: usize, trusted: &str) -> Places {
        let limits = Limits {
            connections,
            connections_per_address,
        };
        Places::new(limits, TrustedProxies::parse(trusted).expect("proxies"))
    }

    async fn take(places: &Places, peer: &str) -> Option<Place> {
        places.take(peer.parse().expect(peer)).await
    }

    #[tokio::test]
    async fn an_address_has_so_many_places_and_gets_them_back() {
        let places = places(100, 2, "");
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(take(&places, "192.0.2.1").await.expect("a place"));
        }
        for same in ["192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::c000:201"] {
            assert!(take(&places, same).await.is_none(), "{same}");
        }
        assert!(take(&places, "192.0.2.2").await.is_some());
        held.pop();
        assert!(take(&places, "192.0.2.1").await.is_some());
        drop(held);
        assert!(places.with(|taken| taken.is_empty()), "nothing is kept");
        assert_eq!(places.free.available_permits(), 100);
    }

    #[tokio::test]
    async fn a_network_of_ipv6_is_one_address() {
        let places = places(100, 2, "");
        let first = take(&places, "2001:db8:0:1::1").await;
        let second = take(&places, "2001:db8:0:1:ffff::2").await;
        assert!(first.is_some() && second.is_some());
        assert!(take(&places, "2001:db8:0:1::3").await.is_none());
        assert!(take(&places, "2001:db8:0:2::1").await.is_some());
    }

    #[tokio::test]
    async fn a_trusted_proxy_brings_everybody_up_to_the_limit_of_all() {
        let places = places(3, 1, "10.0.0.0/8");
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(take(&places, "10.0.0.1").await.expect("a place"));
        }
        let mut next = Box::pin(take(&places, "10.0.0.1"));
        assert!(futures_util::poll!(&mut next).is_pending());
        held.pop();
        assert!(futures_util::poll!(&mut next).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_network_gives_up_what_is_idle_longest() {
        let places = places(5, 3, "");
        let mut held = Vec::new();
        for peer in [
            "192.0.2.9",
            "192.0.2.1",
            "192.0.2.1",
            "192.0.2.1",
            "192.0.2.2",
        ] {
            held.push(take(&places, peer).await.expect("a place"));
            sleep(Duration::from_millis(1)).await;
        }
        // The first one of the largest network was asked for something since, and the second one is right now.
        drop(held[1].activity.begin());
        let answering = held[2].activity.begin();
        let mut next = Box::pin(take(&places, "198.51.100.1"));
        assert!(futures_util::poll!(&mut next).is_pending());
        let given_up = |held: &[Place]| -> Vec<bool> {
            let ended = held
                .iter()
                .map(|place| place.activity.silence().now_or_never());
            ended.map(|ended| ended.is_some()).collect()
        };
        assert_eq!(given_up(&held), [false, false, false, true, false]);
        held.remove(3);
        held.push(next.await.expect("a place"));
        // Its last one that nobody is answered on, before the older ones of smaller networks.
        let mut next = Box::pin(take(&places, "198.51.100.2"));
        assert!(futures_util::poll!(&mut next).is_pending());
        assert_eq!(given_up(&held), [false, true, false, false, false]);
        drop(answering);
    }

    #[tokio::test]
    async fn whoever_comes_while_all_are_answered_gets_the_place_of_the_first_to_pause() {
        let places = places(2, 2, "");
        let first = take(&places, "192.0.2.1").await.expect("a place");
        let second = take(&places, "192.0.2.2").await.expect("a place");
        let _answering = first.activity.begin();
        let answering = second.activity.begin();
        let mut next = Box::pin(take(&places, "192.0.2.3"));
        assert!(futures_util::poll!(&mut next).is_pending());
        assert!(second.activity.silence().now_or_never().is_none());
        drop(answering);
        assert!(futures_util::poll!(&mut next).is_pending());
        assert!(first.activity.silence().now_or_never().is_none());
        assert!(second.activity.silence().now_or_never().is_some());
        drop(second);
        assert!(next.await.is_some());
    }

    #[tokio::test]
    async fn who_has_as_many_as_it_may_costs_nobody_a_place() {
        let places = places(2, 1, "");
        let held = [
            take(&places, "192.0.2.1").await.expect("a place"),
            take(&places, "192.0.2.2").await.expect("a place"),
        ];
        assert!(take(&places, "192.0.2.1").await.is_none());
        for place in held {
            assert!(place.activity.silence().now_or_never().is_none());
        }
    }
}
