//! The places that connections take: so many in all, and so many for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client_address::TrustedProxies;
use crate::config::Limits;

/// The places there are.
#[derive(Clone)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_address: usize,
    trusted: TrustedProxies,
}

impl Places {
    /// Makes the places that `limits` name; proxies that are `trusted` may take any number, for they bring everybody.
    pub(super) fn new(limits: Limits, trusted: TrustedProxies) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.connections)),
            taken: Arc::default(),
            per_address: limits.connections_per_address,
            trusted,
        }
    }

    /// Waits for a free place.
    pub(super) async fn next(&self) -> Free {
        Free {
            places: self.clone(),
            // The semaphore is never closed; without it there would be no limit, and no harm.
            permit: self.free.clone().acquire_owned().await.ok(),
        }
    }
}

/// A place that nobody has taken yet.
pub(super) struct Free {
    places: Places,
    permit: Option<OwnedSemaphorePermit>,
}

impl Free {
    /// Takes the place for a connection of `peer`; `None` when that has as many as it may.
    pub(super) fn of(self, peer: IpAddr) -> Option<Place> {
        let mut place = Place {
            places: self.places,
            counted: None,
            _permit: self.permit,
        };
        if place.places.trusted.contains(peer) {
            return Some(place);
        }
        let network = otp_core::client_network(peer);
        let limit = place.places.per_address;
        let is_free = place.places.with(|taken| {
            let count = taken.entry(network).or_default();
            let is_free = *count < limit;
            *count += usize::from(is_free);
            is_free
        });
        place.counted = is_free.then_some(network);
        is_free.then_some(place)
    }
}

impl Places {
    fn with<T>(&self, change: impl FnOnce(&mut HashMap<IpAddr, usize>) -> T) -> T {
        change(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place that a connection has, until it is dropped.
pub(super) struct Place {
    places: Places,
    counted: Option<IpAddr>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.counted else {
            return;
        };
        self.places.with(|taken| {
            let left = taken
                .get(&network)
                .map_or(0, |count| count.saturating_sub(1));
            // Nothing is kept of who is gone.
            match left {
                0 => taken.remove(&network),
                left => taken.insert(network, left),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, connections_per_address: usize, trusted: &str) -> Places {
        let limits = Limits {
            connections,
            connections_per_address,
        };
        Places::new(limits, TrustedProxies::parse(trusted).expect("proxies"))
    }

    async fn take(places: &Places, peer: &str) -> Option<Place> {
        places.next().await.of(peer.parse().expect(peer))
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
        let mut next = Box::pin(places.next());
        assert!(futures_util::poll!(&mut next).is_pending());
        held.pop();
        assert!(futures_util::poll!(&mut next).is_ready());
    }
}
