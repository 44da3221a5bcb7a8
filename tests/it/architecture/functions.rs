//! exp, tanh and their relatives come from `src/math.rs`.
use super::sources;

/// Where functions of the C library of the system cannot change a result of the simulation.
const NOT_SIMULATED: [&str; 6] = ["math", "figure", "plot", "report", "cli", "verify"];

#[test]
fn the_simulation_has_the_same_functions_on_every_system() {
    let names = [
        "exp", "exp_m1", "exp2", "ln", "ln_1p", "log10", "log2", "tanh", "sin", "cos", "sin_cos", "acos", "powf",
        "hypot",
    ];
    let mut wrong = vec![];
    for (path, module, text) in sources() {
        if NOT_SIMULATED.contains(&module.as_str()) || path.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        let text = text.split("#[cfg(test)]\nmod").next().unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if let Some(name) = names.iter().find(|name| line.contains(&format!(".{name}("))) {
                wrong.push(format!("{}: {name} is to be that of math: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
