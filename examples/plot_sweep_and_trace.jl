#!/usr/bin/env julia
# A trace and a sweep of dyadsim in Julia.
#
#     julia -e 'using Pkg; Pkg.add(["NCDatasets", "CairoMakie", "JSON"])'
#     julia examples/plot_sweep_and_trace.jl RUN SWEEP [FOLDER FOR THE FIGURES]
#
# RUN is the folder of `dyad run`, SWEEP that of `dyad sweep`; `-` leaves one out. The files follow the netCDF-4
# conventions: NCDatasets.jl finds the names of their axes. Julia has the first axis vary fastest, so axes come in the
# reverse order: (layer, epoch) here is (epoch, layer) in Python.
#
# This script is not run by the tests: the machines they run on have no Julia.
using CairoMakie, JSON, NCDatasets
using Statistics: mean, std

run_folder, sweep_folder, figures = [ARGS; ["runs/quickstart", "-", "."][length(ARGS)+1:end]][1:3]

function save_figure(figure, name)
    file = joinpath(figures, name)
    save(file, figure)
    println(file)
end

"The group at a path such as states/layer1."
group(file, path) = foldl((g, name) -> g.group[String(name)], split(path, '/'); init = file)

"A variable as an array of numbers whose axes are in this order; `axes` names all of them."
function values_over(variable, axes)
    order = [findfirst(==(axis), dimnames(variable)) for axis in axes]
    # netCDF knows missing values, for which the files have NaN.
    permutedims(Float64.(coalesce.(Array(variable), NaN)), order)
end

# ---- The trace of a run ----

function plot_learning(trace)
    metrics = group(trace, "metrics")
    epochs = Array(metrics["epoch"])
    figure = Figure(size = (900, 380))
    left = Axis(figure[1, 1], xlabel = "epoch", ylabel = "accuracy / %")
    for name in ("train", "validation", "test")
        "$(name)_accuracy" in keys(metrics) || continue
        scatterlines!(left, epochs, 100 .* values_over(metrics["$(name)_accuracy"], ["epoch"]), label = name)
    end
    axislegend(left, position = :rb)
    if "angle_deg" in keys(metrics)
        right = Axis(figure[1, 2], xlabel = "epoch", ylabel = "angle to backprop / °")
        angles = values_over(metrics["angle_deg"], ["epoch", "layer"])
        for layer in axes(angles, 2)
            scatterlines!(right, epochs, angles[:, layer], label = "layer $layer")
        end
        axislegend(right)
    end
    settings = JSON.parse(trace.attrib["config_json"])
    Label(figure[0, :], "$(trace.attrib["title"]) ($(settings["experiment"]["credit_rule"]))")
    figure
end

"s⁺ and s⁻ of a few units: within the inference of the last recorded stimulus, or over training."
function plot_dyads(trace; layer = 1, units = 3)
    states = group(trace, "states/layer$layer")
    in_visits = "visit" in dimnames(states["s_plus"])
    along = in_visits ? "visit" : "step"
    function read_signal(name)
        if in_visits
            values_over(states[name], ["visit", "unit", "sample", "step"])[:, :, 1, end]
        else
            values_over(states[name], ["step", "unit", "sample"])[:, :, 1]
        end
    end
    s_plus, s_minus = read_signal("s_plus"), read_signal("s_minus")
    # The units whose compartments differ most have most to learn.
    difference = vec(maximum(abs.(s_plus .- s_minus), dims = 1))
    chosen = sort(partialsortperm(difference, 1:min(units, length(difference)), rev = true))
    figure = Figure(size = (900, 300))
    for (column, unit) in enumerate(chosen)
        # Units are counted from 0 in the file.
        ax = Axis(figure[1, column], xlabel = along, title = "layer $layer, unit $(states["unit"][unit])")
        scatterlines!(ax, Array(states[along]), s_plus[:, unit], label = "s⁺")
        scatterlines!(ax, Array(states[along]), s_minus[:, unit], label = "s⁻")
        column == 1 && axislegend(ax)
    end
    figure
end

# ---- A sweep ----

tick(value) = value isa AbstractString ? String(value) : string(round(value, sigdigits = 4))

"Test accuracy, mean over seeds: a heat map over two axes, a line with its spread over one, points if drawn."
function plot_sweep(sweep)
    all_axes = JSON.parse(sweep.attrib["axes_json"])
    final = group(sweep, "final")
    accuracy = final["test_accuracy"]
    names = collect(dimnames(accuracy))
    described(role) = [axis for axis in all_axes if axis["role"] == role]
    grid = [axis for axis in described("grid") if length(final[axis["name"]]) > 1]
    shown = "sample" in names ? ["sample"] : [axis["name"] for axis in grid][1:min(2, end)]
    isempty(shown) && error("the sweep has no axis but the seed")
    others = [name for name in names if !(name in shown) && name != "seed"]
    values = 100 .* values_over(accuracy, [shown; "seed"; others])
    # Of further axes the first entry is shown.
    values = values[ntuple(_ -> Colon(), length(shown) + 1)..., ntuple(_ -> 1, length(others))...]
    seeds = length(shown) + 1
    average = dropdims(mean(values, dims = seeds), dims = seeds)
    # One seed has no spread.
    spread = size(values, seeds) > 1 ? dropdims(std(values, dims = seeds), dims = seeds) : zero(average)
    figure = Figure(size = (620, 420))
    Label(figure[0, :], sweep.attrib["title"])
    if shown == ["sample"]
        for (column, axis) in enumerate(described("drawn"))
            places = Array(final[axis["name"]])
            scale = axis["scale"] == "logarithmic" ? log10 : identity
            ax = Axis(figure[1, column], xlabel = axis["long_name"], ylabel = "test accuracy / %", xscale = scale)
            if eltype(places) <: AbstractString
                words = unique(places)
                ax.xticks = (1:length(words), words)
                places = indexin(places, words)
            end
            scatter!(ax, Float64.(places), average)
        end
    elseif length(shown) == 2
        ticks = [(1:length(final[name]), tick.(Array(final[name]))) for name in shown]
        ax = Axis(figure[1, 1], xlabel = grid[1]["long_name"], ylabel = grid[2]["long_name"],
            xticks = ticks[1], yticks = ticks[2])
        map = heatmap!(ax, 1:size(average, 1), 1:size(average, 2), average)
        Colorbar(figure[1, 2], map, label = "test accuracy / %, mean over seeds")
    else
        places = Array(final[only(shown)])
        kind = grid[1]["scale"]
        ax = Axis(figure[1, 1], xlabel = grid[1]["long_name"], ylabel = "test accuracy / %, mean over seeds",
            xscale = kind == "logarithmic" ? log10 : identity)
        if kind == "category"
            ax.xticks = (1:length(places), tick.(places))
            places = 1:length(places)
        end
        errorbars!(ax, Float64.(places), average, spread, whiskerwidth = 8)
        scatterlines!(ax, Float64.(places), average)
    end
    figure
end

if run_folder != "-"
    NCDataset(joinpath(run_folder, "trace.h5")) do trace
        save_figure(plot_learning(trace), "learning.png")
        if "states" in keys(trace.group) && "layer1" in keys(group(trace, "states").group)
            save_figure(plot_dyads(trace), "dyads.png")
        else
            println("the run recorded no states of layer 1 (recording.states)")
        end
    end
end
if sweep_folder != "-"
    NCDataset(joinpath(sweep_folder, "sweep.h5")) do sweep
        save_figure(plot_sweep(sweep), "sweep.png")
    end
end
