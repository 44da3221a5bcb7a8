//! What the figure of a sweep is made from: the quantity that was asked for, over the axes that were kept.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::super::request::Request;
use super::roles::Roles;
use crate::results::statistics::ErrorKind;
use crate::results::{Cube, Dim, Fixed, SweepResult};
use crate::vocabulary::number::counted;
use crate::vocabulary::place::group::FINAL;
use crate::vocabulary::{PointStatus, Quantity, Term, axis, metric, state};

/// What is drawn when nothing is said, the first that has values.
pub(super) const USUAL: [Term; 5] =
    [metric::TEST_ACCURACY, metric::VALIDATION_ACCURACY, metric::TRAIN_ACCURACY, metric::TEST_R2, metric::TRAIN_R2];

/// What a figure is made from.
pub(super) struct Source<'a> {
    pub sweep: &'a SweepResult,
    pub request: &'a Request,
    pub kind: Kind,
}

impl Source<'_> {
    /// What bands and bars around a mean show.
    pub(super) fn error(&self) -> ErrorKind {
        self.request.error.unwrap_or_default()
    }

    /// The metric asked for, else the first of the usual ones that has values, restricted as asked for and in the unit
    /// of figures.
    pub(super) fn metric(&self, group: &str, usual: &[Term]) -> Result<(Quantity, Cube), PlotError> {
        let quantities = self.sweep.quantities(group)?;
        if quantities.is_empty() {
            let needs = format!("the sweep has measured nothing that is drawn (the file has no group {group})");
            return Err(PlotError::Needs { kind: self.request.kind.map_or(Kind::Map, |kind| kind).name(), needs });
        }
        let names = || quantities.iter().map(|(quantity, _)| quantity.name.as_str());
        let given = self.request.metric.as_deref();
        let candidates: Vec<&str> = match given {
            Some(given) => vec![given],
            // More than one is usual: any other is better than nothing.
            None => usual.iter().map(|term| term.name).chain(names().filter(|_| usual.len() > 1)).collect(),
        };
        let mut found: Option<(Quantity, Cube)> = None;
        for name in candidates {
            let Some((quantity, _)) = quantities.iter().find(|(quantity, _)| quantity.name == name) else { continue };
            if let Some(cube) = self.sweep.cube(group, name)? {
                let has_values = cube.has_values();
                if found.is_none() || has_values {
                    found = Some((quantity.clone(), cube));
                }
                if has_values {
                    break;
                }
            }
        }
        let unknown = || {
            let wanted = given.or(usual.first().map(|term| term.name)).unwrap_or_default();
            PlotError::unknown("--metric", "metric", wanted, names().map(str::to_owned))
        };
        let (quantity, cube) = found.ok_or_else(unknown)?;
        self.check_axes(&cube)?;
        let cube = self.restricted(cube)?.scaled(quantity.factor());
        Ok((quantity, cube))
    }

    /// Refuses axes that neither the file nor this metric has.
    fn check_axes(&self, cube: &Cube) -> Result<(), PlotError> {
        self.check_selection(cube)?;
        if self.request.layer.is_some() && cube.parts().is_none() {
            let own = cube.dims.iter().map(|dim| dim.name.clone()).filter(|name| name != axis::EPOCH.name);
            return Err(PlotError::unknown("--layer", "axis of this metric", axis::LAYER.name, own));
        }
        Ok(())
    }

    fn check_selection(&self, cube: &Cube) -> Result<(), PlotError> {
        let names = || cube.dims.iter().map(|dim| dim.name.clone());
        match self.request.select.iter().find(|selected| !names().any(|name| name == selected.axis)) {
            Some(selected) => Err(PlotError::unknown("--select", "axis", &selected.axis, names())),
            None => Ok(()),
        }
    }

    /// Restricts the axes that a cube has as asked for.
    fn restricted(&self, mut cube: Cube) -> Result<Cube, PlotError> {
        for axis in 0..cube.dims.len() {
            if let Some((option, values)) = self.request.selected(&cube.dims[axis].name) {
                let places = PlotError::of_places(&cube.dims[axis], option, values)?;
                cube = cube.restricted(axis, &places);
            }
        }
        Ok(cube)
    }

    /// Another quantity at the end of the runs, restricted as asked for; `None` if there is none.
    pub(super) fn also(&self, term: &Term) -> Result<Option<Cube>, PlotError> {
        self.sweep.cube(FINAL, term.name)?.map(|cube| self.restricted(cube)).transpose()
    }

    /// Status of every point, restricted as asked for.
    pub(super) fn status(&self) -> Result<Option<Cube>, PlotError> {
        self.also(&state::STATUS)
    }

    /// Status of every point of a figure that shows nothing else.
    pub(super) fn only_status(&self) -> Result<Option<Cube>, PlotError> {
        let Some(status) = self.sweep.outcome()? else { return Ok(None) };
        self.check_selection(&status)?;
        self.restricted(status).map(Some)
    }

    /// What became of the points, in words; empty if all are complete.
    pub(super) fn losses(&self) -> Result<String, PlotError> {
        let Some(status) = self.status()? else { return Ok(String::new()) };
        let all = status.values();
        let lost = PointStatus::ALL.into_iter().filter(|status| *status != PointStatus::Complete);
        let count =
            |status: PointStatus| all.iter().filter(|code| PointStatus::from_code(**code) == Some(status)).count();
        let lost: Vec<String> = lost
            .map(|status| (status.words(), count(status)))
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        Ok(if lost.is_empty() {
            String::new()
        } else {
            format!("{} of {}", lost.join(", "), counted(all.len(), "point"))
        })
    }

    /// Quantities that were drawn for every sample; none on a grid.
    pub(super) fn drawn(&self) -> Result<Vec<Dim>, PlotError> {
        self.sweep.drawn().map(|axis| Ok(self.sweep.dim(FINAL, &axis.name)?)).collect()
    }
}

/// "mean ± standard deviation of 5 replicates", and what all points have in common.
pub(super) fn notes(cube: &Cube, roles: &Roles, what: &str) -> Vec<String> {
    let averaged = match roles.averaged(cube) {
        none if none.is_empty() => none,
        one if one == counted(1, axis::REPLICATE.name) => one,
        many => format!("{what} of {many}"),
    };
    let layout = roles.describe(cube);
    vec![averaged, cube.describe(&roles.fixed), layout]
}

/// The same places in another cube, whose axes are found by name.
pub(super) fn translated(from: &Cube, fixed: &[Fixed], to: &Cube) -> Vec<Fixed> {
    fixed.iter().filter_map(|(axis, place)| Some((to.find(&from.dims[*axis].name)?, *place))).collect()
}
