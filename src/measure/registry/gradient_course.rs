//! Angle of the local gradient to the exact one after every update of a stimulus.
use crate::measure::due::{Due, DueSteps};
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::step::{AfterInference, Inferring};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::relax::schedule::Update;
use crate::vocabulary::axis::STEP;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct GradientCourse {
    every: Count,
    /// Whether no other measurement keeps the states of backprop.
    is_alone: bool,
    /// In degrees, of the present training step: update after update, projection after projection.
    angles: Vec<f64>,
}

/// For dyads, if the settings say every how many steps.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let every = experiment.measure.gradient_course_every_steps.filter(|_| experiment.has_dyads());
    let is_alone = experiment.measure.gradient_every_steps.flatten().is_none();
    Ok(every.map(|every| Box::new(GradientCourse { every, is_alone, angles: vec![] }) as _))
}

impl Measurement for GradientCourse {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = vec![Series::new(&metric::ANGLE_AFTER_UPDATE, RowAxis::UpdateProjection)];
        vec![Table::new(group::GRADIENT_COURSE, STEP, row_axes, series)]
    }

    fn due(&self) -> Due {
        Due::at(DueSteps::Every(self.every))
    }

    /// Room for the states of backprop.
    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let bytes = if self.is_alone { workload.state_bytes * workload.batch_size } else { 0 };
        MeasurementCost { passes: 0, bytes }
    }

    fn begin_step(&mut self) {
        self.angles.clear();
    }

    fn after_update(&mut self, _: Update, at: &mut Inferring) {
        self.angles.extend(at.alignment().iter().map(|alignment| alignment.angle_deg()));
    }

    fn after_inference(&mut self, at: &mut AfterInference) {
        if at.is_finite {
            at.tables.begin_row(group::GRADIENT_COURSE, at.step).set(&metric::ANGLE_AFTER_UPDATE, &self.angles);
        }
    }
}
