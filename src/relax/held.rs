//! What synapses learn from in a stream in the place of what their dyads hold at present.
use crate::dynamics::state::DyadState;
use crate::linalg::Matrix;

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

/// s⁺ and s⁻ that the learning circuit of population k reads.
pub(super) fn compartments_read<'a>(held: Option<&'a Held>, dyads: &'a [DyadState], k: usize) -> [&'a Matrix; 2] {
    let held = held.and_then(|held| held.compartments.get(k - 1)?.as_ref());
    let own = &dyads[k - 1];
    held.map_or([&own.s_plus, &own.s_minus], |[plus, minus]| [plus, minus])
}
