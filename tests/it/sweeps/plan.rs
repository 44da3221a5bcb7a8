//! What a plan of many points keeps in memory.
use crate::fixtures::sweeps::sweep;
use dyadsim::config::SourceFiles;
use dyadsim::sweep::{Plan, Point};
use serde_json::json;
use std::ptr;
use std::sync::Arc;

/// A million points have to fit into some hundred megabytes: what points have in common is there once.
#[test]
fn points_share_what_they_have_in_common() {
    const REPLICATES: usize = 1000;
    let folder = tempfile::tempdir().unwrap();
    let file = sweep(folder.path(), json!({"replicates": {"count": REPLICATES, "vary": ["init", "noise"]}}));
    let plan = Plan::read(SourceFiles::default(), &file, &[]).unwrap();
    let cells: Vec<&[Point]> = plan.points.chunks(REPLICATES).collect();
    assert_eq!(cells.len(), 6);
    for replicates in &cells {
        assert!(replicates.iter().all(|point| Arc::ptr_eq(&point.cell, &replicates[0].cell)));
    }
    // Two rules by three betas: cells with the same beta are at the same place of that axis.
    let beta = |cell: usize| cells[cell][0].coordinates().nth(1).unwrap();
    for place in 0..3 {
        assert!(ptr::eq(beta(place), beta(3 + place)), "place {place}");
    }
    assert!(size_of::<Point>() <= 64, "{} bytes of a point's own", size_of::<Point>());
}
