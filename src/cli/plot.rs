//! `dyad plot`.
use super::console::{errln, outln};
use super::error_argument::ErrorArgument;
use crate::config::models;
use crate::error::Error;
use crate::figure::{Font, Paper, Style};
use crate::plot::{
    AxisScale, Dress, Kind, PlotError, Plotted, PulseCurves, Request, Selected, Title, parse_length, parse_limits,
    parse_steps, plot as make, pulses,
};
use crate::results::find;
use crate::synapse::config::SynapseConfig;
use crate::synapse::pulsed::response::{pulse_response, usual_pulses};
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct PlotArguments {
    /// A trace (trace.h5), the result of a sweep (sweep.h5), or the folder of either; several runs are drawn together. With
    /// --what pulses a hardware model, by its file or name.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Kind of figure, see below [default: what suits the file].
    #[arg(long, value_name = "KIND")]
    what: Option<String>,
    /// File to write, .svg, .png or .pdf; may be repeated [default: KIND.svg and KIND.png next to the file; of several
    /// runs, where they were asked for].
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
    /// Axis of the lines, which colours tell apart.
    #[arg(long, value_name = "AXIS")]
    hue: Option<String>,
    /// Axis of the panels.
    #[arg(long, value_name = "AXIS")]
    panel: Option<String>,
    /// Keep only these values of an axis, as in alpha=0.5 or replicate=1,2. May be repeated.
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
    #[command(flatten)]
    error: ErrorArgument,
    #[command(flatten)]
    look: LookArguments,
}

/// How the figure looks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look")]
struct LookArguments {
    /// Width on paper: column, page, or a length as 3.5in, 89mm, 252pt [default: column for one panel, page for more].
    #[arg(long, value_name = "WIDTH")]
    width: Option<String>,
    /// Height on paper, as 2.5in or 64mm [default: what suits the width].
    #[arg(long, value_name = "HEIGHT")]
    height: Option<String>,
    /// What it is for: paper (letters of 7.5 pt) or slides (16 pt, thicker lines).
    #[arg(long, default_value = "paper", value_parser = PossibleValuesParser::new(Style::ALL.map(|(name, _)| name)))]
    style: String,
    /// Font of this machine, or a file (.ttf, .otf) [default: DejaVu Sans, which the program carries].
    #[arg(long, value_name = "FAMILY")]
    font: Option<String>,
    /// Height of the letters in points [default: that of the style].
    #[arg(long, value_name = "POINTS")]
    font_size: Option<f64>,
    /// Pixels to the inch of a .png [default: 192].
    #[arg(long, value_name = "PIXELS")]
    dpi: Option<f64>,
    /// Title [default: that of the experiment].
    #[arg(long, value_name = "TEXT", conflicts_with = "no_title")]
    title: Option<String>,
    /// Neither title nor notes above the figure; they are printed, for the caption.
    #[arg(long)]
    no_title: bool,
    /// Name of the horizontal axis.
    #[arg(long, value_name = "TEXT")]
    xlabel: Option<String>,
    /// Name of the vertical axis.
    #[arg(long, value_name = "TEXT")]
    ylabel: Option<String>,
    /// Ends of the horizontal axis, as 0..10 or 5..
    #[arg(long, value_name = "LOW..HIGH", allow_hyphen_values = true)]
    xlim: Option<String>,
    /// Ends of the vertical axis in its unit, as 90..100 for an accuracy in percent.
    #[arg(long, value_name = "LOW..HIGH", allow_hyphen_values = true)]
    ylim: Option<String>,
    /// Distances along the horizontal axis; symlog is logarithmic but for a linear part around zero (its line is dashed).
    #[arg(long, value_parser = PossibleValuesParser::new(AxisScale::ALL.map(|(name, _)| name)))]
    xscale: Option<String>,
    /// Distances along the vertical axis.
    #[arg(long, value_parser = PossibleValuesParser::new(AxisScale::ALL.map(|(name, _)| name)))]
    yscale: Option<String>,
}

fn after_help() -> String {
    format!("Kinds of figures, and the files they are for:\n{}", Kind::table())
}

/// Devices whose pulses are drawn.
const DEVICES: usize = 200;

/// The value of this name; clap has refused all other names.
fn named<T: Copy>(all: &[(&str, T)], name: &str) -> Option<T> {
    all.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
}

impl LookArguments {
    fn paper(&self) -> Result<Paper, PlotError> {
        let style = named(&Style::ALL, &self.style).unwrap_or_default();
        let styled = Paper { style, font_size: self.font_size, dpi: self.dpi, ..Paper::default() };
        let length =
            |option, text: &Option<String>| text.as_ref().map(|text| parse_length(option, text, &styled)).transpose();
        let (width, height) = (length("--width", &self.width)?, length("--height", &self.height)?);
        let font = self.font.as_deref().map(Font::find).transpose()?;
        Ok(Paper { width, height, font, ..styled })
    }

    fn dress(&self) -> Result<Dress, PlotError> {
        let limits = |option, text: &Option<String>| text.as_ref().map(|text| parse_limits(option, text)).transpose();
        let scale = |text: &Option<String>| text.as_ref().and_then(|name| named(&AxisScale::ALL, name));
        let title = match (&self.title, self.no_title) {
            (_, true) => Title::None,
            (Some(title), false) => Title::Own(title.clone()),
            (None, false) => Title::Usual,
        };
        Ok(Dress {
            title,
            x_label: self.xlabel.clone(),
            y_label: self.ylabel.clone(),
            x_limits: limits("--xlim", &self.xlim)?,
            y_limits: limits("--ylim", &self.ylim)?,
            x_scale: scale(&self.xscale),
            y_scale: scale(&self.yscale),
        })
    }
}

impl PlotArguments {
    fn request(&self) -> Result<Request, PlotError> {
        Ok(Request {
            kind: self.what.as_deref().map(Kind::parse).transpose()?,
            metric: self.metric.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
            hue: self.hue.clone(),
            panel: self.panel.clone(),
            select: self.select.iter().map(|text| Selected::parse(text)).collect::<Result<_, _>>()?,
            layer: self.layer.clone(),
            units: self.units.clone(),
            steps: self.steps.as_deref().map(parse_steps).transpose()?,
            threshold: self.threshold,
            error: self.error.given(),
            dress: self.look.dress()?,
            paper: self.look.paper()?,
        })
    }
}

pub(super) fn plot(arguments: &PlotArguments) -> Result<ExitCode, Error> {
    let request = arguments.request()?;
    if let [model] = &arguments.files[..]
        && (request.kind == Some(Kind::Pulses) || model.extension().is_some_and(|extension| extension == "json"))
    {
        return plot_pulses(model, arguments, &request);
    }
    let files = arguments.files.iter().map(|file| find(file)).collect::<Result<Vec<_>, _>>()?;
    let given: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let figure = make(&given, &request)?;
    // Several runs have no folder in common.
    let folder = if let [file] = &files[..] { file.parent() } else { None };
    save(&figure, arguments, folder, request.kind.map_or("figure", Kind::name))
}

/// Draws what the devices of a hardware model, by its file or name, hold after one pulse after the other.
fn plot_pulses(model: &Path, arguments: &PlotArguments, request: &Request) -> Result<ExitCode, Error> {
    let name = model.to_string_lossy();
    let hardware = models::load(&name)?.hardware;
    let SynapseConfig::Pulsed(synapses) = &hardware.synapses else {
        let needs = format!("the synapses of {} are not pulsed devices", hardware.name);
        return Err(PlotError::Needs { kind: Kind::Pulses.name(), needs }.into());
    };
    let device = &synapses.device;
    let count = usual_pulses(device);
    let read = pulse_response(device, [count; 2], DEVICES, device.w_min.get() as f32, 1);
    let curves = PulseCurves { title: hardware.name.clone(), pulses: [count; 2], read, devices: DEVICES };
    save(&pulses(&curves, request)?, arguments, None, Kind::Pulses.name())
}

/// Writes the figure where it was asked for, else as `name` into the folder, and says where it is.
fn save(figure: &Plotted, arguments: &PlotArguments, folder: Option<&Path>, name: &str) -> Result<ExitCode, Error> {
    let outputs = if arguments.output.is_empty() {
        let folder = folder.unwrap_or(Path::new(""));
        ["svg", "png"].map(|extension| folder.join(format!("{name}.{extension}"))).to_vec()
    } else {
        arguments.output.clone()
    };
    let paths: Vec<_> = outputs.iter().map(PathBuf::as_path).collect();
    figure.save(&paths).map_err(PlotError::from)?;
    if !figure.caption.is_empty() {
        errln!("caption: {}", figure.caption);
    }
    for path in paths {
        outln!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
