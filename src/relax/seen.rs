//! What is seen of the states after a forward pass: what nothing sees need not be written.
use super::rule::UnitRule;
use super::schedule::{Plan, Update};
use crate::dynamics::unit::Seen;
use crate::network::Network;
use smallvec::SmallVec;

/// One for every population, in memory that need not be allocated for most networks.
type OfPopulations<T> = SmallVec<[T; 32]>;

/// What is seen of every population (1 first) after the forward pass before this plan: of one that is updated next when
/// something comes back to it, only s̄. If an observer, or hardware that keeps moving, `sees_all`, everything is.
pub(super) fn seen_after_forward_pass(
    rule: &dyn UnitRule,
    network: &Network,
    plan: &Plan,
    sees_all: bool,
) -> OfPopulations<Seen> {
    let last = network.last();
    let mut seen = OfPopulations::from_elem(Seen::All, last);
    if sees_all {
        return seen;
    }
    // As the cache will see it: all but the outputs are at rest, and nothing comes back yet.
    let [mut moves, mut is_fed_back, mut is_first] =
        [false, false, true].map(|flag| OfPopulations::from_elem(flag, last + 1));
    moves[last] = true;
    for update in &plan.updates {
        let k = match *update {
            Update::Layer(k) => k,
            Update::OutputsUnnudged => last,
            Update::AllHidden | Update::All | Update::AllUnnudged => break,
        };
        if !std::mem::take(&mut moves[k]) {
            continue;
        }
        let needs_itself = rule.depends_on_own_state(network, k) || network.reads_s_plus(k);
        if std::mem::take(&mut is_first[k]) && k < last && is_fed_back[k] && !needs_itself {
            seen[k - 1] = Seen::Mean;
        }
        // Now it reads the differences of all above it, even of those that have not been updated.
        network.leaving(k).for_each(|own| is_first[own.to] = false);
        for below in network.arriving(k).map(|own| own.from) {
            (moves[below], is_fed_back[below]) = (true, true);
        }
        network.leaving(k).for_each(|own| moves[own.to] = true);
    }
    seen
}
