//! What synapses learn from in a stream in the place of what their dyads hold at present.
use super::rule::UnitRule;
use super::state::NetworkState;
use crate::dynamics::state::DyadState;
use crate::linalg::Matrix;
use crate::network::Network;

/// What synapses learn from in the place of what their dyads hold at present.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// s⁺ and s⁻ at a drive that was held back; population 1 first. None where they are those of the present.
    pub compartments: Vec<Option<[Matrix; 2]>>,
    /// What was sent, and held back, of every projection; empty where it is that of the present.
    pub activities: Vec<Matrix>,
    /// In which samples the synapses learn; population 1 first. Empty: in all.
    pub learns: Vec<Vec<bool>>,
}

impl Held {
    /// e of every population: what its learning circuit has read, if it has one, or the difference of the compartments;
    /// 0 where synapses do not learn.
    pub fn signals<'a>(
        &self,
        compartments: &[[&Matrix; 2]],
        read: impl Fn(usize) -> Option<&'a Matrix>,
        dyads: &[DyadState],
    ) -> Vec<Matrix> {
        let of_population = |(k, [plus, minus]): (usize, &[&Matrix; 2])| {
            let is_held = self.compartments.get(k - 1).is_some_and(Option::is_some);
            let mut signal = match read(k) {
                Some(signal) => signal.clone(),
                None if is_held => *plus - *minus,
                None => dyads[k - 1].difference.clone(),
            };
            let learns = self.learns.get(k - 1).into_iter().flatten();
            for (mut column, _) in signal.column_iter_mut().zip(learns).filter(|(_, learns)| !**learns) {
                column.fill(0.0);
            }
            signal
        };
        (1..).zip(compartments).map(of_population).collect()
    }
}

/// a, the drive of population k (unit × sample) with the bias, as its last update had it: on hardware with membranes the
/// part of their voltages that the nudges, as they are designed, cancel in.
pub(crate) fn drive(rule: &dyn UnitRule, network: &Network, state: &NetworkState, k: usize) -> Matrix {
    let Some([v_plus, v_minus]) = state.membranes(k) else {
        let mut drive = state.dyads()[k - 1].drive.clone();
        let bias = state.bias(network, k);
        for mut column in drive.column_iter_mut() {
            column.iter_mut().zip(&*bias).for_each(|(a, bias)| *a += bias);
        }
        return drive;
    };
    let step = rule.step(network, k, None);
    let share = if k == network.last() { 0.5 } else { step.nudge_minus / (step.nudge_plus + step.nudge_minus) };
    v_plus.zip_map(v_minus, |plus, minus| minus + share * (plus - minus))
}

/// s⁺ and s⁻ of hidden population k as they would be at a drive (unit × sample) that was held back, where they are those of
/// the drive `now`: the nudges are those of today, and so is what the read-out adds.
pub(crate) fn compartments(
    rule: &dyn UnitRule,
    network: &Network,
    state: &NetworkState,
    k: usize,
    [held, now]: [&Matrix; 2],
) -> [Matrix; 2] {
    let (step, dyads) = (rule.step(network, k, None), &state.dyads()[k - 1]);
    let f = |v: f32| step.activation.value(v);
    let Some(membranes) = state.membranes(k) else {
        let nudged = |share: f32| held.zip_map(&dyads.feedback, |a, d| f(a + share * d));
        return [nudged(step.nudge_plus), nudged(-step.nudge_minus)];
    };
    let (low, high) = state.rails();
    let clipped = |v: f32| {
        let s = f(v);
        // Not `clamp`, whose limits may not be infinite on one side only; it would hide no NaN either.
        let s = if s < low { low } else { s };
        if s > high { high } else { s }
    };
    let mut pair = [dyads.s_plus.clone(), dyads.s_minus.clone()];
    for (s, v) in pair.iter_mut().zip(membranes) {
        for (((s, v), held), now) in s.iter_mut().zip(v.iter()).zip(held.iter()).zip(now.iter()) {
            *s += clipped(v + (held - now)) - clipped(*v);
        }
    }
    pair
}
