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
    every_update = "update" in dimnames(states["s_plus"])
    along = every_update ? "update" : "step"
    function read_signal(name)
        if every_update
            values_over(states[name], ["update", "unit", "sample", "step"])[:, :, 1, end]
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

"Where the entries of an axis stand, and the ticks and scale of a plot over them."
function places(final, axis)
    entries = Array(final[axis["name"]])
    if axis["scale"] == "category"
        words = unique(tick.(entries))
        Float64.(indexin(tick.(entries), words)), (; ticks = (1:length(words), words), scale = identity)
    else
        Float64.(entries), (; ticks = Makie.automatic, scale = axis["scale"] == "logarithmic" ? log10 : identity)
    end
end

"Mean and standard deviation over the last axis, the replicates; one has no spread."
function over_replicates(values)
    replicates = ndims(values)
    average = dropdims(mean(values, dims = replicates), dims = replicates)
    average, size(values, replicates) > 1 ? dropdims(std(values, dims = replicates), dims = replicates) : zero(average)
end

"Test accuracy, mean over replicates, of points that were drawn: over each quantity that was drawn."
function plot_sample(final, all_axes)
    average, _ = over_replicates(100 .* values_over(final["test_accuracy"], ["sample", "replicate"]))
    figure = Figure(size = (900, 380))
    for (column, axis) in enumerate(filter(axis -> axis["role"] == "drawn", all_axes))
        at, look = places(final, axis)
        ax = Axis(figure[1, column], xlabel = axis["long_name"], ylabel = "test accuracy / %",
            xticks = look.ticks, xscale = look.scale)
        scatter!(ax, at, average)
    end
    figure
end

"Test accuracy, mean over replicates: heat maps over two axes of numbers, side by side for a third; else lines."
function plot_grid(final, all_axes)
    grid = filter(axis -> axis["role"] == "grid" && length(final[axis["name"]]) > 1, all_axes)
    isempty(grid) && error("the sweep has no axis but the replicates")
    numbers = filter(axis -> axis["scale"] != "category", grid)
    shown = isempty(numbers) ? grid[1:1] : numbers[1:min(2, end)]
    rest = filter(axis -> !(axis in shown), grid)
    parts = rest[1:min(1, end)]
    order = [axis["name"] for axis in [shown; parts]]
    others = [name for name in dimnames(final["test_accuracy"]) if !(name in order) && name != "replicate"]
    values = 100 .* values_over(final["test_accuracy"], [order; "replicate"; others])
    # Of further axes the first entry is shown.
    values = values[ntuple(_ -> Colon(), length(order) + 1)..., ntuple(_ -> 1, length(others))...]
    titles = isempty(parts) ? [""] : tick.(Array(final[parts[1]["name"]]))
    part(k) = isempty(parts) ? values : selectdim(values, length(shown) + 1, k)
    figure = Figure(size = (150 + 450 * (length(shown) == 2 ? length(titles) : 1), 400))
    if length(shown) == 2
        names = [tick.(Array(final[axis["name"]])) for axis in shown]
        limits = extrema(filter(!isnan, over_replicates(values)[1]))
        for (k, title) in enumerate(titles)
            average, _ = over_replicates(part(k))
            ax = Axis(figure[1, k]; title, xlabel = shown[1]["long_name"], ylabel = shown[2]["long_name"],
                xticks = (1:length(names[1]), names[1]), yticks = (1:length(names[2]), names[2]))
            heatmap!(ax, 1:length(names[1]), 1:length(names[2]), average, colorrange = limits)
        end
        Colorbar(figure[1, length(titles)+1], colorrange = limits, label = "test accuracy / %, mean over replicates")
    else
        at, look = places(final, shown[1])
        ax = Axis(figure[1, 1], xlabel = shown[1]["long_name"], ylabel = "test accuracy / %, mean over replicates",
            xticks = look.ticks, xscale = look.scale)
        for (k, title) in enumerate(titles)
            average, spread = over_replicates(part(k))
            errorbars!(ax, at, average, spread, whiskerwidth = 8)
            scatterlines!(ax, at, average, label = title)
        end
        isempty(parts) || axislegend(ax, parts[1]["long_name"])
    end
    figure
end

function plot_sweep(sweep)
    all_axes = JSON.parse(sweep.attrib["axes_json"])
    final = group(sweep, "final")
    drawn = "sample" in dimnames(final["test_accuracy"])
    figure = drawn ? plot_sample(final, all_axes) : plot_grid(final, all_axes)
    Label(figure[0, :], sweep.attrib["title"])
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
