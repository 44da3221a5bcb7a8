//! `dyad plot`.
use super::console::outln;
use crate::error::Error;
use crate::figure::Width;
use crate::plot::{Kind, PlotError, Request, Selected, parse_steps, plot as make};
use crate::results::find;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct PlotArguments {
    /// A trace (trace.h5), the result of a sweep (sweep.h5), or the folder of either.
    file: PathBuf,
    /// Kind of figure, see below [default: what suits the file].
    #[arg(long, value_name = "KIND")]
    what: Option<String>,
    /// File to write, .svg, .png or .pdf; may be repeated [default: KIND.svg and KIND.png next to the file].
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Vec<PathBuf>,
    /// Variable to draw, as in `dyad info` [default: test_accuracy; of rasters: mean and difference].
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// Axis that runs to the right.
    #[arg(long, value_name = "AXIS")]
    x: Option<String>,
    /// Axis that runs upward in maps.
    #[arg(long, value_name = "AXIS")]
    y: Option<String>,
    /// Axis of the panels.
    #[arg(long, value_name = "AXIS")]
    panel: Option<String>,
    /// Keep only these values of an axis, as in alpha=0.5 or seed=1,2. May be repeated.
    #[arg(long, value_name = "AXIS=VALUE,…")]
    select: Vec<String>,
    /// Layers to draw, as in 1 or 1,2 [default: all; of states and rasters: the first that was recorded].
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    layer: Option<Vec<String>>,
    /// Units to draw, as in 0,5,7 [default: of states the three whose compartments differ most].
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    units: Option<Vec<usize>>,
    /// Training steps to draw, both included, as in 0..100 or 500..
    #[arg(long, value_name = "FROM..TO")]
    steps: Option<String>,
    /// What counts as good in a yield; accuracies as fraction or in percent.
    #[arg(long, value_name = "VALUE")]
    threshold: Option<f64>,
    /// Width on paper [default: column for one panel, page for more].
    #[arg(long, value_name = "WIDTH")]
    width: Option<PaperWidth>,
}

fn after_help() -> String {
    format!("Kinds of figures, and the files they are for:\n{}", Kind::table())
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PaperWidth {
    /// 3.4 inches.
    Column,
    /// 7 inches.
    Page,
}

impl PlotArguments {
    fn request(&self) -> Result<Request, PlotError> {
        Ok(Request {
            kind: self.what.as_deref().map(Kind::parse).transpose()?,
            metric: self.metric.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
            panel: self.panel.clone(),
            select: self.select.iter().map(|text| Selected::parse(text)).collect::<Result<_, _>>()?,
            layer: self.layer.clone(),
            units: self.units.clone(),
            steps: self.steps.as_deref().map(parse_steps).transpose()?,
            threshold: self.threshold,
            width: self.width.map(|width| match width {
                PaperWidth::Column => Width::Column,
                PaperWidth::Page => Width::Page,
            }),
        })
    }
}

pub(super) fn plot(arguments: &PlotArguments) -> Result<ExitCode, Error> {
    let request = arguments.request()?;
    let file = find(&arguments.file)?;
    let figure = make(&file, &request)?;
    let outputs = if arguments.output.is_empty() {
        let name = request.kind.map_or("figure", Kind::name);
        ["svg", "png"].map(|extension| file.with_file_name(format!("{name}.{extension}"))).to_vec()
    } else {
        arguments.output.clone()
    };
    let paths: Vec<_> = outputs.iter().map(PathBuf::as_path).collect();
    figure.save(&paths).map_err(PlotError::from)?;
    for path in paths {
        outln!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
