//! The update of latent values, column by column.
use super::layer_step::{Change, Changes, LayerStep};
use crate::learning::optimizer::moments::MomentsMut;
use crate::learning::optimizer::step::Step;
use crate::learning::rules::LatentStep;
use crate::random::{Purpose, stream};
use std::cell::RefCell;
use std::sync::Arc;

/// Latent values of a block of columns.
#[derive(Debug)]
pub(in crate::learning) struct LatentColumns<'a> {
    pub(super) theta: &'a mut [f32],
    pub(super) changes: Changes<'a>,
    pub(super) rule: LatentLayer<'a>,
}

/// The rule of a layer in one training step.
#[derive(Debug, Clone)]
pub(super) struct LatentLayer<'a> {
    pub layer: LayerStep<'a>,
    /// Arithmetic of this training step, and of the next, whose relaxed weights are made.
    pub now: Arc<dyn LatentStep>,
    pub next: Arc<dyn LatentStep>,
    pub planes: usize,
    /// Whether the network is trained with relaxed weights.
    pub relaxed: bool,
}

/// Scratch memory for one column.
#[derive(Debug, Default)]
struct Scratch {
    minus: Vec<f32>,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl LatentColumns<'_> {
    pub fn split(self, at: usize, stride: usize) -> (Self, Self) {
        let Self { theta, changes, rule } = self;
        let (ta, tb) = theta.split_at_mut(at * stride * rule.planes);
        let (ca, cb) = changes.split(at);
        (LatentColumns { theta: ta, changes: ca, rule: rule.clone() }, LatentColumns { theta: tb, changes: cb, rule })
    }

    /// Steps the latent values of the block that begins at column `start`, whose gradient is `g`. Returns whether they
    /// are finite.
    #[allow(clippy::too_many_arguments, reason = "the parts of one block, passed down unchanged")]
    pub fn update(
        &mut self,
        g: &mut [f32],
        post: usize,
        stride: usize,
        start: usize,
        w: &mut [f32],
        moments: &mut MomentsMut,
        step: &dyn Step,
    ) -> bool {
        thread_local!(static SCRATCH: RefCell<Scratch> = RefCell::default());
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.minus.resize(post, 0.0);
            scratch.before.resize(post, 0);
            scratch.after.resize(post, 0);
            let Self { theta, changes, rule } = self;
            let LatentLayer { layer, planes, relaxed, .. } = *rule;
            let is_frozen = rule.now.is_frozen();
            let key = [layer.layer as u64, layer.step + 1, start as u64];
            let mut draw = stream(layer.noise_seed, Purpose::SynapseRule, &key);
            let changes = changes.begin();
            let mut finite = true;
            for (j, g) in g.chunks_exact_mut(post).enumerate() {
                let places = j * stride * planes..(j + 1) * stride * planes;
                let mut column = Column {
                    theta: &mut theta[places.clone()],
                    w: &mut w[j * stride..j * stride + post],
                    moments: moments.part(places),
                    g,
                    stride,
                };
                if relaxed {
                    finite &= is_frozen || column.step(rule, step, &mut scratch.minus);
                    column.relax(rule, &mut draw);
                } else if !is_frozen {
                    column.codes(rule, &mut scratch.before);
                    finite &= column.step(rule, step, &mut scratch.minus);
                    column.codes(rule, &mut scratch.after);
                    let place = ((start + j) * stride) as u32;
                    collect_changes(&scratch.before, &scratch.after, place, changes);
                }
            }
            finite
        })
    }
}

/// One column: `theta` and `moments` hold a column of padded length for each latent number of a synapse.
struct Column<'a> {
    theta: &'a mut [f32],
    w: &'a mut [f32],
    moments: MomentsMut<'a>,
    g: &'a mut [f32],
    stride: usize,
}

impl Column<'_> {
    fn step(&mut self, rule: &LatentLayer, step: &dyn Step, minus: &mut [f32]) -> bool {
        let (post, stride) = (self.w.len(), self.stride);
        let minus = &mut minus[..if rule.planes == 2 { post } else { 0 }];
        let theta = planes(self.theta, rule.planes, stride, post);
        rule.now.surrogate(theta, self.w, rule.layer.scale, [&mut *self.g, &mut *minus]);
        let mut finite = true;
        for (plane, g) in [&*self.g, minus].into_iter().enumerate().take(rule.planes) {
            let part = plane * stride..plane * stride + post;
            finite &= step.apply(&mut self.theta[part.clone()], self.moments.part(part.clone()), g);
            rule.now.project(&mut self.theta[part]);
        }
        finite
    }

    /// Numbers of the levels that the latent values stand for.
    fn codes(&self, rule: &LatentLayer, codes: &mut [u8]) {
        let post = self.w.len();
        if rule.planes == 1 {
            rule.layer.codebook.codes(&self.theta[..post], codes);
        } else {
            let (plus, minus) = self.theta.split_at(self.stride);
            for ((code, p), m) in codes.iter_mut().zip(plus).zip(minus) {
                *code = rule.layer.codebook.code(p - m);
            }
        }
    }

    fn relax(&mut self, rule: &LatentLayer, draw: &mut crate::random::Stream) {
        rule.next.relaxed(
            planes(self.theta, rule.planes, self.stride, self.w.len()),
            rule.layer.codebook,
            self.w,
            draw,
        );
        self.w.iter_mut().zip(rule.layer.scale).for_each(|(w, scale)| *w *= scale);
    }
}

/// The latent values of one column, plane by plane; the second is empty where there is one.
pub(super) fn planes(theta: &[f32], planes: usize, stride: usize, post: usize) -> [&[f32]; 2] {
    [&theta[..post], if planes == 2 { &theta[stride..stride + post] } else { &[] }]
}

/// Adds the places at which two columns of level numbers differ; the column begins at `place`.
fn collect_changes(before: &[u8], after: &[u8], place: u32, changes: &mut Vec<Change>) {
    // Most columns have few changes: whole chunks are compared first.
    const CHUNK: usize = 64;
    for (c, (b, a)) in before.chunks(CHUNK).zip(after.chunks(CHUNK)).enumerate() {
        if b != a {
            let place = place + (c * CHUNK) as u32;
            let differing = b.iter().zip(a).enumerate().filter(|(_, (b, a))| b != a);
            changes.extend(differing.map(|(i, (_, &code))| (place + i as u32, code)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found_wherever_they_are() {
        let before = vec![0u8; 200];
        let mut after = before.clone();
        let places = [0, 63, 64, 127, 199];
        places.iter().for_each(|&i| after[i] = 3);
        let mut changes = vec![];
        collect_changes(&before, &after, 1000, &mut changes);
        assert_eq!(changes, places.map(|i| (1000 + i as u32, 3)));
    }
}
