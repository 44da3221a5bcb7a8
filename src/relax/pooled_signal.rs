//! What the synapses of a pooled projection learn from, at the maxima that count for that.
use crate::dynamics::state::{States, route};
use crate::linalg::Matrix;
use crate::map::{DriveMaxima, Maxima};
use crate::network::Projection;
use crate::substrate::products::find_taps;

/// The learning `signal` of the receivers (unit × sample), routed to those maxima (read unit × sample); `None` where that is
/// what went back to the maxima of the last read. `read_apart` is what a learning circuit has read of its own, `is_current`
/// says that the last read was of what the senders hold now.
pub(super) fn pooled_signal(
    projection: &Projection,
    states: &States,
    signal: &Matrix,
    read_apart: Option<&Matrix>,
    is_current: bool,
) -> Option<Matrix> {
    let pool = projection.pool.as_ref()?;
    let pooling = states.dyads[projection.to - 1].pooling.as_ref()?;
    let is_as_read = match pool.maxima.gradient {
        Maxima::LastRead => true,
        Maxima::Mean => pool.maxima.drive == DriveMaxima::Mean && is_current,
        Maxima::SPlus => false,
    };
    if is_as_read && read_apart.is_none() {
        return None;
    }
    let mut taps = pooling.taps.clone();
    if !is_as_read {
        let senders = match pool.maxima.gradient {
            Maxima::SPlus if projection.from > 0 => &states.dyads[projection.from - 1].s_plus,
            _ => states.activity(projection.from),
        };
        find_taps(pool, |y, x| projection.apply(y, x), senders, &mut taps);
    }
    let mut routed = Matrix::zeros(pooling.routed.nrows(), pooling.routed.ncols());
    route(pool, signal, &taps, &mut routed);
    Some(routed)
}
