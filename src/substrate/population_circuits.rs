//! What the circuits of one population of a die keep next to the states of its dyads.
use super::clipping::{Clipping, Share};
use super::devices::Devices;
use super::die::Die;
use super::die_tile::{COLOURED, DRIVE_VARIANCE, DieTile, FEEDBACK_VARIANCE, V_MINUS, V_PLUS};
use super::events::Events;
use super::placed::Received;
use super::returned::Returned;
use super::roles::Roles;
use crate::crossbar::lines::Lines;
use crate::crossbar::periphery::Periphery;
use crate::device::noise_key::Tick;
use crate::dynamics::state::DyadState;
use crate::linalg::Matrix;
use crate::persist::{Archive, Damaged, Persist};

/// What the circuits of one population keep.
#[derive(Debug, Clone)]
pub(super) struct PopulationCircuits {
    /// On which s̄ goes forward.
    pub forward: Lines,
    /// On which s⁺ − s⁻ goes back.
    pub feedback: Lines,
    /// Which compartment is s⁺, where they exchange their roles.
    pub roles: Option<Roles>,
    /// v⁺ and v⁻, where membranes relax, or where their slope is asked for.
    pub membrane: Option<[Matrix; 2]>,
    /// (1−κ)/κ, where units are prospective.
    pub lead: Option<f32>,
    /// v⁺ and v⁻ of such units before the last step, as their roles were in it.
    pub membrane_before: Option<[Matrix; 2]>,
    /// Sections of coloured noise: unit × (sample, section, channel).
    pub coloured: Matrix,
    /// Whether the coloured noise has been drawn from its stationary law.
    pub coloured_started: bool,
    /// Σ|w|x̂² of what arrives, if the read noise needs it.
    drive_variance: Option<Matrix>,
    /// The same of what is fed back.
    feedback_variance: Option<Matrix>,
    /// e, what the synapses learn from; absent where that is s⁺ − s⁻.
    pub learning_signal: Option<Matrix>,
    /// What was sent last, of units that send events.
    pub events: Option<Events>,
    /// What was received from arrays that are read at places: forward and back.
    pub received: [Option<Received>; 2],
}

impl PopulationCircuits {
    /// `at_places` says whether what arrives and what comes back is read at places, `returns` whether something reads its
    /// differences.
    pub fn new(die: &Die, units: usize, samples: usize, at_places: [bool; 2], returns: bool) -> Self {
        let zeros = || Matrix::zeros(units, samples);
        Self {
            forward: Lines::new(&die.forward, units, samples),
            feedback: Lines::new(&die.feedback, units, samples),
            roles: die.chopper.as_ref().map(|chopper| Roles::new(chopper, units, samples)),
            membrane: (die.relaxes || die.returned == Returned::Errors).then(|| [zeros(), zeros()]),
            lead: None,
            membrane_before: None,
            coloured: Matrix::zeros(units, samples * 2 * die.coloured_sections()),
            coloured_started: false,
            drive_variance: (die.forward.per_weight != 0.0).then(zeros),
            feedback_variance: (die.feedback.per_weight != 0.0).then(zeros),
            learning_signal: die.has_learning_circuit().then(zeros),
            events: die.send_threshold.map(|threshold| Events::new(threshold, [units, samples], returns)),
            received: at_places.map(|placed| placed.then(|| Received::new(units, samples))),
        }
    }

    /// From now on the membranes are kept.
    pub fn keep_membrane(&mut self) {
        let (units, samples) = (self.coloured.nrows(), self.forward.of_sample.len());
        self.membrane.get_or_insert_with(|| [(); 2].map(|()| Matrix::zeros(units, samples)));
    }

    /// Bytes of all of it.
    pub fn memory_bytes(&self) -> usize {
        let Self { forward, feedback, membrane, coloured, drive_variance, feedback_variance, .. } = self;
        let kept = [drive_variance, feedback_variance, &self.learning_signal].into_iter().flatten();
        let matrices = membrane.iter().flatten().chain([coloured]).chain(kept);
        let received = self.received.iter().flatten().map(Received::memory_bytes).sum::<usize>();
        let lines = forward.memory_bytes() + feedback.memory_bytes();
        let events = self.events.as_ref().map_or(0, Events::memory_bytes);
        matrices.map(|matrix| size_of_val(matrix.as_slice())).sum::<usize>() + lines + received + events
    }

    /// Takes up the roles of population k at a tick. Compartments that exchange them keep what they hold, unless the states
    /// are made anew (`settles`).
    pub fn turn_roles(&mut self, die: &Die, tick: Tick, k: usize, settles: bool, dyads: &mut DyadState) {
        let (Some(chopper), Some(roles)) = (&die.chopper, &mut self.roles) else { return };
        let before = roles.turn(chopper, tick, [k, die.populations[k - 1].places], settles);
        if before.is_empty() {
            return;
        }
        roles.exchange(&before, &mut dyads.s_plus, &mut dyads.s_minus);
        if let Some([v_plus, v_minus]) = &mut self.membrane {
            roles.exchange(&before, v_plus, v_minus);
        }
    }

    /// Keeps the membranes of prospective units as they are before a step.
    pub fn remember_membrane(&mut self) {
        if self.lead.is_some() {
            self.membrane_before.clone_from(&self.membrane);
        }
    }

    pub fn tile<'a>(&'a mut self, dyads: &'a mut DyadState) -> DieTile<'a> {
        let [v_plus, v_minus] = match &mut self.membrane {
            Some([v_plus, v_minus]) => [Some(v_plus.as_view_mut()), Some(v_minus.as_view_mut())],
            None => [None, None],
        };
        let mut kept = [const { None }; 5];
        kept[V_PLUS] = v_plus;
        kept[V_MINUS] = v_minus;
        kept[COLOURED] = (self.coloured.ncols() > 0).then(|| self.coloured.as_view_mut());
        kept[DRIVE_VARIANCE] = self.drive_variance.as_mut().map(|matrix| matrix.as_view_mut());
        kept[FEEDBACK_VARIANCE] = self.feedback_variance.as_mut().map(|matrix| matrix.as_view_mut());
        DieTile::whole(dyads, kept)
    }

    /// What the next stimulus depends on; lines and membranes only if states are `carried` over to it. `k` is the number of
    /// the population.
    pub fn persist(&mut self, k: usize, carried: bool, archive: &mut Archive) -> Result<(), Damaged> {
        if carried && let Some([v_plus, v_minus]) = &mut self.membrane {
            archive.group(format_args!("states/{k}"), |archive| {
                archive.array("v_plus", v_plus.as_mut_slice())?;
                archive.array("v_minus", v_minus.as_mut_slice())
            })?;
        }
        archive.group(format_args!("chip/{k}"), |archive| {
            if self.coloured.ncols() > 0 {
                archive.array("coloured", self.coloured.as_mut_slice())?;
                archive.number("coloured_started", &mut self.coloured_started)?;
            }
            if let Some(roles) = &mut self.roles {
                roles.persist(archive)?;
            }
            if carried {
                self.forward.persist("forward", archive)?;
                self.feedback.persist("feedback", archive)?;
                self.events.as_mut().map_or(Ok(()), |events| events.persist(archive))?;
            }
            Ok(())
        })
    }

    /// What is clipped in the present state. `below` are the lines on which s̄ arrives, `above` those on which s⁺ − s⁻ does.
    pub fn clipping(
        &self,
        die: &Die,
        devices: &Devices,
        dyads: &DyadState,
        below: &Lines,
        above: Option<&Lines>,
    ) -> Clipping {
        let (mut dac, mut adc) = (Share::default(), Share::default());
        let (mut rails, mut difference) = (Share::default(), Share::default());
        // Where the range follows the signal, every read at a place has a scale of its own, which is not kept.
        let is_known =
            |periphery: &Periphery, at_places: &Option<Received>| !(periphery.follows_signal && at_places.is_some());
        let [arriving, leaving] = &self.received;
        // Of units of one compartment, before they are sent.
        let errors = self.learning_signal.as_ref().unwrap_or(&dyads.difference);
        for j in 0..dyads.mean.ncols() {
            let (plus, minus) = (dyads.s_plus.column(j), dyads.s_minus.column(j));
            let apart = || plus.iter().zip(minus.iter()).map(|(plus, minus)| plus - minus);
            let error = || errors.column(j).data.into_slice().iter().copied();
            let mean = apart().zip(minus.iter()).zip(&devices.alpha).map(|((d, minus), a)| minus + a * d);
            if is_known(&die.forward, leaving) {
                dac.add(mean, die.forward.dac.range * self.forward.of_sample[j].scale);
            }
            if is_known(&die.feedback, arriving) {
                let range = die.feedback.dac.range * self.feedback.of_sample[j].scale;
                match die.returned {
                    Returned::Differences => dac.add(apart(), range),
                    Returned::Errors => dac.add(error(), range),
                    Returned::States => dac.add(plus.iter().copied(), range),
                }
            }
            if is_known(&die.forward, arriving) {
                adc.add(dyads.drive.column(j).iter().copied(), die.forward.adc.range * below.of_sample[j].scale);
            }
            if let Some(above) = above.filter(|_| is_known(&die.feedback, leaving)) {
                let range = die.feedback.adc.range * above.of_sample[j].scale;
                adc.add(dyads.feedback.column(j).iter().copied(), range);
            }
            difference.add(apart(), die.multiplier.range);
            let (low, high) = die.rails;
            let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
            // States at a rail count as beyond it, but for rounding.
            let at_rails = plus.iter().chain(minus.iter()).map(|s| s - middle);
            rails.add(at_rails, half * (1.0 - 1e-6));
        }
        Clipping { dac: dac.get(), adc: adc.get(), rails: rails.get(), difference: difference.get() }
    }
}
