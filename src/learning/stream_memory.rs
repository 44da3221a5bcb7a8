//! What a stream remembers of the time before the present stimulus.
use super::replicas::Replicas;
use super::stream_timing::StreamTiming;
use crate::device::frozen::Chip;
use crate::linalg::Matrix;
use crate::network::{Network, NetworkError};
use crate::persist::{Archive, Damaged};
use crate::relax::NetworkState;
use crate::relax::schedule::Schedule;
use std::collections::VecDeque;

/// What a stream remembers of the time before the present stimulus.
#[derive(Debug, Clone, Default)]
pub struct StreamMemory {
    /// Steps since the stream began.
    pub clock: u64,
    /// Stimuli whose teacher may still have something to say, oldest first.
    pub teachers: VecDeque<TeacherSignal>,
    /// What lets an error meet its own activity.
    pub(super) timing: Option<StreamTiming>,
    /// Replicas that change stimuli at steps of their own.
    pub(super) replicas: Option<Replicas>,
}

/// What the teacher says of one stimulus.
#[derive(Debug, Clone)]
pub struct TeacherSignal {
    /// Step at which the stimulus appeared.
    pub since: u64,
    /// Target (class × sample); `None` where the teacher is absent.
    pub target: Option<Matrix>,
}

impl StreamMemory {
    /// Of a stream that has not begun, whose circuits are told what it asks of them; empty outside a stream. The delay
    /// lines are those of the chip.
    ///
    /// # Errors
    /// As [`crate::relax::stream::Stream::check`].
    pub(super) fn new(
        schedule: &Schedule,
        network: &Network,
        state: &mut NetworkState,
        chip: Chip,
        noise_seed: u64,
    ) -> Result<Self, NetworkError> {
        let Schedule::Stream(stream) = schedule else { return Ok(Self::default()) };
        stream.check(network)?;
        let (inputs, samples) = (network.populations()[0].units(), state.samples());
        let replicas = || Replicas::new(stream.replica_offsets(noise_seed, samples), inputs);
        let timing = StreamTiming::new(stream, network, samples, chip);
        if stream.prospective {
            state.make_prospective();
        }
        if timing.is_some() {
            state.keep_membranes();
        }
        Ok(Self { timing, replicas: stream.offsets.then(replicas), ..Self::default() })
    }

    /// The targets that the outputs see at the present step, when the teacher lags; none as long as a replica has none.
    pub(super) fn target(&self, lag: u64) -> Option<Matrix> {
        let Some(replicas) = &self.replicas else { return self.target_before(lag).cloned() };
        let columns: Option<Vec<_>> = (replicas.offsets.iter().enumerate())
            .map(|(j, offset)| Some(self.target_before(lag + offset)?.column(j)))
            .collect();
        Some(Matrix::from_columns(&columns?))
    }

    /// The target of the stimulus that was there so many steps before.
    fn target_before(&self, steps: u64) -> Option<&Matrix> {
        let then = self.clock.checked_sub(steps)?;
        self.teachers.iter().rev().find(|signal| signal.since <= then)?.target.as_ref()
    }

    /// Forgets what not even a lagging teacher refers to any more.
    pub(super) fn forget(&mut self, lag: u64) {
        let last = self.replicas.iter().flat_map(|replicas| &replicas.offsets).max().unwrap_or(&0);
        let oldest = self.clock.saturating_sub(lag + last);
        while self.teachers.get(1).is_some_and(|next| next.since <= oldest) {
            self.teachers.pop_front();
        }
    }

    /// Hands all to an archive; targets are of this shape (class × sample), an absent one is empty.
    pub(super) fn persist(&mut self, shape: (usize, usize), archive: &mut Archive) -> Result<(), Damaged> {
        archive.number("clock", &mut self.clock)?;
        if let Some(timing) = &mut self.timing {
            archive.part("timing", timing)?;
        }
        if let Some(replicas) = &mut self.replicas {
            archive.part("replicas", replicas)?;
        }
        let mut since: Vec<u64> = self.teachers.iter().map(|signal| signal.since).collect();
        archive.vector("since", &mut since)?;
        if archive.is_loading() {
            self.teachers = since.into_iter().map(|since| TeacherSignal { since, target: None }).collect();
        }
        archive.group("targets", |archive| {
            self.teachers.iter_mut().enumerate().try_for_each(|(i, signal)| {
                let mut target = signal.target.as_ref().map_or(vec![], |target| target.as_slice().to_vec());
                archive.vector(i, &mut target)?;
                signal.target = match target.len() {
                    0 => None,
                    n if n == shape.0 * shape.1 => Some(Matrix::from_vec(shape.0, shape.1, target)),
                    _ => return Err(archive.damaged(i)),
                };
                Ok(())
            })
        })
    }
}
