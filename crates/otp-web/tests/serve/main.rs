//! `otp serve` as a service manager runs it: the real binary on a socket that it is handed.

mod attacks;
mod clean_up;
mod collector;
mod deployment;
mod limits;
mod metrics;
mod nodes;
mod odd;
mod person;
mod process;
mod restart;
mod slow;
mod socket;
mod traces;
