//! Which axis of a sweep is drawn as what. No axis is left out: one without another role makes small multiples.
use super::super::error::PlotError;
use super::super::request::Request;
use crate::results::{Cube, Dim, Fixed};
use crate::vocabulary::axis;
use crate::vocabulary::number::counted;

/// Panels that can be read on a page.
const MOST_PANELS: usize = 30;
/// Lines that can be told apart in a panel.
const MOST_LINES: usize = 16;

/// The axes of a cube, by number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Roles {
    /// Horizontal.
    pub x: Option<usize>,
    /// Vertical, of maps.
    pub y: Option<usize>,
    /// Lines of a panel.
    pub lines: Option<usize>,
    /// Small multiples: every combination of these makes a panel.
    pub panels: Vec<usize>,
    /// Axes with a single value.
    pub fixed: Vec<Fixed>,
}

/// What a kind of figure wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Lines over an axis.
    XAndLines,
    /// Lines over the axis of this name.
    LinesOver(&'static str),
    /// Lines over a quantity that is no axis.
    Lines,
    /// Cells of two axes.
    XAndY,
    /// One axis.
    X,
}

impl Wanted {
    /// Whether samples that were drawn at random count as more replicates.
    pub(super) fn pools_samples(self) -> bool {
        matches!(self, Self::Lines | Self::LinesOver(_))
    }
}

impl Roles {
    /// Gives every axis its role: those asked for, then quantities, then the others in their order.
    pub(super) fn new(
        cube: &Cube,
        request: &Request,
        wanted: Wanted,
        first_line: Option<&str>,
    ) -> Result<Self, PlotError> {
        // Seeds are averaged unless they are asked for; so are samples where they are not the places of dots.
        let asked =
            |name: &String| [&request.x, &request.y, &request.hue, &request.panel].contains(&&Some(name.clone()));
        let pooled = |axis: &usize| {
            let dim = &cube.dims[*axis];
            !asked(&dim.name) && (dim.is_population || (dim.name == axis::DRAWN_SAMPLE.name && wanted.pools_samples()))
        };
        let own: Vec<usize> = (0..cube.dims.len()).filter(|axis| !pooled(axis)).collect();
        let names = || own.iter().map(|axis| cube.dims[*axis].name.clone());
        let named = |option: &'static str, name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => match own.iter().find(|axis| cube.dims[**axis].name == *name) {
                Some(axis) => Ok(Some(*axis)),
                None => Err(PlotError::unknown(option, "axis", name, names())),
            },
        };
        let (mut x, mut y) = (named("--x", &request.x)?, named("--y", &request.y)?);
        let (mut lines, panel) = (named("--hue", &request.hue)?, named("--panel", &request.panel)?);
        if let Wanted::LinesOver(name) = wanted {
            x = cube.find(name);
        }
        let clash = [x, y, lines, panel].into_iter().flatten().collect::<Vec<_>>();
        if let Some(twice) = clash.iter().enumerate().find(|(k, axis)| clash[..*k].contains(axis)) {
            return Err(PlotError::Form {
                option: "--x, --y, --hue, --panel",
                given: cube.dims[*twice.1].name.clone(),
                expected: "different axes",
            });
        }
        let long = |axis: &usize| cube.dims[*axis].len() > 1;
        let mut free: Vec<usize> = own.iter().copied().filter(|axis| long(axis) && !clash.contains(axis)).collect();
        let mut take = |preferred: &dyn Fn(usize) -> bool| {
            let found = free.iter().position(|axis| preferred(*axis)).or((!free.is_empty()).then_some(0))?;
            Some(free.remove(found))
        };
        let quantity = |axis: usize| cube.dims[axis].is_quantity();
        let is_line = |axis: usize| Some(cube.dims[axis].name.as_str()) == first_line;
        // What is to be lines must not become the horizontal axis.
        if lines.is_none()
            && first_line.is_some_and(|name| cube.find(name).is_some_and(|axis| long(&axis) && !clash.contains(&axis)))
        {
            lines = take(&is_line);
        }
        if x.is_none() && matches!(wanted, Wanted::XAndLines | Wanted::XAndY | Wanted::X) {
            x = take(&quantity);
        }
        if y.is_none() && wanted == Wanted::XAndY {
            y = take(&quantity);
        }
        if lines.is_none() && matches!(wanted, Wanted::XAndLines | Wanted::LinesOver(_) | Wanted::Lines) {
            lines = take(&|axis| cube.dims[axis].len() <= MOST_LINES);
        }
        let panels: Vec<usize> = panel.into_iter().chain(free).collect();
        let roles = [x, y, lines].into_iter().flatten().chain(panels.iter().copied()).collect::<Vec<_>>();
        let fixed = own.iter().filter(|axis| !roles.contains(axis)).map(|axis| (*axis, 0)).collect();
        let roles = Self { x, y, lines, panels, fixed };
        roles.check(cube)?;
        Ok(roles)
    }

    fn check(&self, cube: &Cube) -> Result<(), PlotError> {
        let long = |axis: &&usize| cube.dims[**axis].len() > 1;
        let names = |axes: &[usize]| axes.iter().filter(long).map(|axis| told(&cube.dims[*axis])).collect::<Vec<_>>();
        let panels: usize = self.panels.iter().map(|axis| cube.dims[*axis].len()).product();
        if panels > MOST_PANELS {
            let axes = names(&self.panels);
            return Err(PlotError::TooMany { count: panels, what: "panels", most: MOST_PANELS, axes });
        }
        match self.lines.filter(|axis| cube.dims[*axis].len() > MOST_LINES) {
            Some(axis) => {
                let count = cube.dims[axis].len();
                Err(PlotError::TooMany { count, what: "lines", most: MOST_LINES, axes: names(&[axis]) })
            }
            None => Ok(()),
        }
    }

    /// What every panel is fixed to, with its title.
    pub(super) fn panels(&self, cube: &Cube) -> Vec<(String, Vec<Fixed>)> {
        let combinations = cube.combinations(&self.panels).into_iter();
        combinations.map(|own| (cube.describe(&own), own.into_iter().chain(self.fixed.clone()).collect())).collect()
    }

    /// How many of what are averaged, as "5 replicates".
    pub(super) fn averaged(&self, cube: &Cube) -> String {
        let has_role = |axis: usize| {
            [self.x, self.y, self.lines].contains(&Some(axis))
                || self.panels.contains(&axis)
                || self.fixed.iter().any(|(fixed, _)| *fixed == axis)
        };
        let free = (0..cube.dims.len()).filter(|axis| !has_role(*axis)).map(|axis| &cube.dims[axis]);
        let all: Vec<_> = free.collect();
        let many = |dim: &&&Dim| dim.len() > 1 || all.len() == 1;
        all.iter().filter(many).map(|dim| counted(dim.len(), &dim.name)).collect::<Vec<_>>().join(" × ")
    }

    /// What the lines and panels are, in words.
    pub(super) fn describe(&self, cube: &Cube) -> String {
        let name = |axis: &usize| cube.dims[*axis].title();
        match self.panels[..] {
            [] => String::new(),
            _ => format!("panels: {}", self.panels.iter().map(name).collect::<Vec<_>>().join(" × ")),
        }
    }
}

/// An axis with its first values.
fn told(dim: &Dim) -> String {
    const FIRST: usize = 3;
    let more = if dim.len() > FIRST { ", …" } else { "" };
    let first: Vec<&str> = dim.labels.iter().take(FIRST).map(String::as_str).collect();
    format!("{} has {} values ({}{more})", dim.name, dim.len(), first.join(", "))
}

/// Refuses more panels than can be read, where each of these quantities has `each` of them.
pub(super) fn check_panels(quantities: &[&Dim], each: usize) -> Result<(), PlotError> {
    let count = quantities.len() * each;
    if count <= MOST_PANELS {
        return Ok(());
    }
    let names: Vec<&str> = quantities.iter().map(|dim| dim.name.as_str()).collect();
    let axes = vec![format!("--x is one of {}", names.join(", "))];
    Err(PlotError::TooMany { count, what: "panels", most: MOST_PANELS, axes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Cube {
        let quantity = |name: &str, n: usize| Dim::numbers(name, "", "1", false, (0..n).map(|k| k as f64).collect());
        let rule = Dim::words("rule", "", vec!["dp".into(), "bp".into()]);
        let dims = vec![rule, quantity("alpha", 3), quantity("beta", 4), quantity("one", 1), quantity("replicate", 5)];
        let n = dims.iter().map(Dim::len).product();
        Cube::new(dims, vec![0.0; n]).unwrap()
    }

    fn roles(request: &Request, wanted: Wanted) -> Roles {
        Roles::new(&cube(), request, wanted, None).unwrap()
    }

    #[test]
    fn no_axis_is_dropped_whatever_is_asked_for() {
        let asked = Request { x: Some("beta".to_owned()), ..Request::default() };
        for (request, wanted) in [
            (Request::default(), Wanted::XAndY),
            (Request::default(), Wanted::XAndLines),
            (Request::default(), Wanted::Lines),
            (asked.clone(), Wanted::XAndY),
            (Request { panel: Some("alpha".to_owned()), ..asked }, Wanted::XAndLines),
        ] {
            let roles = roles(&request, wanted);
            let mut axes: Vec<usize> = [roles.x, roles.y, roles.lines].into_iter().flatten().collect();
            axes.extend(roles.panels.iter().copied().chain(roles.fixed.iter().map(|fixed| fixed.0)));
            axes.sort_unstable();
            assert_eq!(axes, [0, 1, 2, 3], "{roles:?}");
        }
    }

    #[test]
    fn maps_are_over_quantities_and_categories_make_panels() {
        let found = roles(&Request::default(), Wanted::XAndY);
        assert_eq!((found.x, found.y, found.panels), (Some(1), Some(2), vec![0]));
        let found = roles(&Request { y: Some("rule".to_owned()), ..Request::default() }, Wanted::XAndY);
        assert_eq!((found.x, found.y, found.panels), (Some(1), Some(0), vec![2]));
    }

    #[test]
    fn panels_that_nobody_can_read_are_refused_with_what_makes_them() {
        let quantity = |name: &str, n: usize| Dim::numbers(name, "", "1", false, (0..n).map(|k| k as f64).collect());
        let cube = |n: usize| {
            let dims = vec![quantity("alpha", 3), quantity("beta", 4), quantity("gamma", n), quantity("delta", 5)];
            Cube::new(dims, vec![0.0; 60 * n]).unwrap()
        };
        let made = |n: usize| Roles::new(&cube(n), &Request::default(), Wanted::XAndY, None);
        assert_eq!(made(6).unwrap().panels, [2, 3]);
        let message = made(7).unwrap_err().to_string();
        assert_eq!(
            message,
            "that makes 35 panels, at most 30 can be read; `dyad plot` keeps some values by --select AXIS=VALUE,… and gives \
             axes other roles by --x, --y, --hue: gamma has 7 values (0, 1, 2, …); delta has 5 values (0, 1, 2, …)"
        );
        let drawn: Vec<Dim> = (0..11).map(|k| quantity(&format!("q{k}"), 2)).collect();
        let drawn: Vec<&Dim> = drawn.iter().collect();
        assert!(check_panels(&drawn, 2).is_ok());
        let message = check_panels(&drawn, 3).unwrap_err().to_string();
        assert!(message.contains("33 panels") && message.contains("--x is one of q0, q1"), "{message}");
    }

    #[test]
    fn axes_that_are_not_there_or_twice_are_refused() {
        let refused = |request: &Request| Roles::new(&cube(), request, Wanted::XAndY, None).unwrap_err().to_string();
        let message = refused(&Request { x: Some("alhpa".to_owned()), ..Request::default() });
        assert!(message.contains("did you mean alpha?") && message.contains("rule, alpha, beta, one"), "{message}");
        let twice = Request { x: Some("beta".to_owned()), y: Some("beta".to_owned()), ..Request::default() };
        assert!(refused(&twice).contains("different axes"));
    }
}
