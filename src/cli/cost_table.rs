//! Energy and time of a chip as text: what a run has measured, and what is foreseen.
use super::console::outln;
use crate::costs::{Bill, Energy, Part, PartBill};
use crate::measure::Table;
use crate::run::Foreseen;
use crate::vocabulary::number::{NONE, in_units, number};
use crate::vocabulary::{Term, consumption as term};

/// What a run is expected to cost.
pub(super) fn print_foreseen(foreseen: &Foreseen) {
    let Foreseen { training, stimuli, is_mean, are_written, answer } = foreseen;
    let each = |sum: f64| sum / (*stimuli).max(1) as f64;
    let of_what = if *is_mean { "mean of training on a stimulus" } else { "of training on a stimulus" };
    outln!("\nenergy and time of the chip, {of_what}");
    for PartBill { part, count, energy } in &training.parts {
        let count = count.map_or(NONE.to_owned(), |count| number(each(count)));
        let energy = match energy {
            Energy::Known(energy) => in_units(each(*energy), "J"),
            Energy::Included(other) => format!("part of {}", other.name()),
            Energy::Missing if *part == Part::WritePulse && !are_written => {
                "the synapses are not written by pulses".to_owned()
            }
            Energy::Missing if *part == Part::WritePulse => "not known before it is trained".to_owned(),
            Energy::Missing => "not stated".to_owned(),
        };
        outln!("  {:<18} {count:>10}   {energy}", part.name());
    }
    let sums = |name: &str, bill: &Bill, share: &dyn Fn(f64) -> f64| {
        let told = |sum: Option<f64>, units: &str, missing: &[Part]| {
            let sum = sum.map_or(NONE.to_owned(), |sum| in_units(share(sum), units));
            if missing.is_empty() { sum } else { format!("{sum} without {}", listed(missing)) }
        };
        outln!("  {name:<18} {}", told(bill.energy_j(), "J", &bill.energy_missing()));
        outln!("  {:<18} {}", "", told(bill.time_s, "s", &bill.time_missing));
    };
    sums("a stimulus", training, &each);
    sums("the whole run", training, &|sum| sum);
    sums("an answer", answer, &|sum| sum);
}

fn listed(parts: &[Part]) -> String {
    parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ")
}

/// What the last epoch of a run has cost.
pub(super) fn print_costs(costs: &Table) {
    let value = |term: &Term| costs.number(term);
    if costs.coordinates.is_empty() {
        return;
    }
    let pair = |energy: &Term, time: &Term| {
        format!("{:>14}  {:>14}", in_units(value(energy), "J"), in_units(value(time), "s"))
    };
    outln!("\nenergy and time of the chip");
    outln!("  training on a stimulus  {}", pair(&term::ENERGY_PER_STIMULUS, &term::TIME_PER_STIMULUS));
    for (name, term) in term::PARTS.iter().filter(|(_, term)| value(term) > 0.0) {
        outln!("    {name:<21} {:>14}", in_units(value(term), "J"));
    }
    outln!("  all training            {}", pair(&term::ENERGY_TRAINING, &term::TIME_TRAINING));
    if costs.column(term::ENERGY_TO_ACCURACY.name).is_some() {
        outln!("  up to target accuracy   {}", pair(&term::ENERGY_TO_ACCURACY, &term::TIME_TO_ACCURACY));
    }
    outln!("  an answer               {}", pair(&term::ENERGY_PER_ANSWER, &term::TIME_PER_ANSWER));
    let missing = value(&term::COSTS_MISSING);
    if missing > 0.0 {
        outln!("(of what the hardware model states: {missing} parts are missing, see `dyad explain`)");
    }
}
