//! `make test-faults`: several hundred faults of every kind, each against a run and against a sweep. Nothing that was done
//! may be lost, and nothing may be wrong without a word. The table that it prints is that of `docs/validation/faults.md`.
mod kills;
mod limits;
mod places;
mod signals;
mod surroundings;
mod tally;
mod work;

use tally::Tally;
use work::Work;

#[test]
fn a_few_kills_while_it_writes_lose_nothing() {
    for work in [Work::run(), Work::sweep()] {
        let tally = kills::few(&work);
        tally.tell();
        assert_eq!(tally.harm().count(), 0);
    }
}

#[test]
#[ignore = "takes minutes: make test-faults"]
fn nothing_is_lost_and_nothing_is_wrong_without_a_word() {
    let mut tallies = vec![];
    for work in [Work::run(), Work::sweep()] {
        for campaign in [kills::campaign, signals::campaign, limits::campaign, places::campaign, surroundings::campaign]
        {
            let done = campaign(&work);
            done.iter().for_each(Tally::tell);
            tallies.extend(done);
        }
    }
    println!("\n{}", tally::table(&tallies));
    let harm: Vec<&String> = tallies.iter().flat_map(Tally::harm).collect();
    assert!(harm.is_empty(), "{} of the tries did harm, see above", harm.len());
}
