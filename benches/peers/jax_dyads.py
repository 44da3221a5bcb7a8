"""A training step of JAX: dual propagation (DP⊤) or backprop of a dense network, and SGD with momentum, compiled as a whole.
`--check` compares the local gradient with the exact one. --job as in `compare.py`."""

import json
import sys

job = json.loads(sys.argv[sys.argv.index("--job") + 1])

from blocks import serve, use_threads

use_threads(job["threads"])

import jax
import jax.numpy as jnp

ALPHA, BETA = 0.5, job.get("beta", 0.1)
UNITS = job["network"]["units"]


def initial(key):
    keys = jax.random.split(key, len(UNITS) - 1)
    return [
        (jax.random.normal(k, (pre, post)) / jnp.sqrt(pre), jnp.zeros(post)) for k, pre, post in zip(keys, UNITS, UNITS[1:])
    ]


def logits(weights, x):
    for weight, bias in weights[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    return x @ weights[-1][0] + weights[-1][1]


def loss(weights, x, y):
    return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(logits(weights, x)), axis=1))


def order(schedule, passes, last):
    """Layers in the order of their updates (src/models.py of the ICML 2024 code)."""
    if schedule == "fwK":
        return [k for _ in range(passes) for k in range(1, last + 1)]
    down, up = list(range(last, 1, -1)), list(range(1, last))
    return down + (up + list(range(last, 0, -1))) * (passes - 1) + [1]


def local_gradient(weights, x, y):
    """States by DP⊤ from a forward pass, then the local gradient."""
    last = len(weights)
    mean, difference = [x], [None]
    for k, (weight, bias) in enumerate(weights, 1):
        drive = mean[-1] @ weight + bias
        mean.append(drive if k == last else jax.nn.relu(drive))
        difference.append(jnp.zeros_like(drive))
    for k in order(job["schedule"], job["passes"], last):
        weight, bias = weights[k - 1]
        drive = mean[k - 1] @ weight + bias
        if k == last:
            nudge = BETA * (y - jax.nn.softmax(drive))
            plus, minus = drive + (1 - ALPHA) * nudge, drive - ALPHA * nudge
        else:
            feedback = difference[k + 1] @ weights[k][0].T
            plus = jax.nn.relu(drive + (1 - ALPHA) * feedback)
            minus = jax.nn.relu(drive - ALPHA * feedback)
        mean[k] = ALPHA * plus + (1 - ALPHA) * minus
        difference[k] = plus - minus
    scale = -1 / (BETA * x.shape[0])
    return [(scale * mean[k].T @ difference[k + 1], scale * difference[k + 1].sum(0)) for k in range(last)]


exact_gradient = jax.grad(loss)
gradient = exact_gradient if job["rule"] == "backprop" else local_gradient


@jax.jit
def train(weights, momentum, x, y):
    found = gradient(weights, x, y)
    momentum = jax.tree.map(lambda m, g: 0.9 * m + g, momentum, found)
    return jax.tree.map(lambda w, m: w - 1e-9 * m, weights, momentum), momentum


weights = initial(jax.random.key(1))
momentum = jax.tree.map(jnp.zeros_like, weights)
x = jax.random.uniform(jax.random.key(2), (job["batch"], UNITS[0]))
y = jax.nn.one_hot(jnp.arange(job["batch"]) % 10, 10)

if "--check" in sys.argv:
    for k, ((local, _), (exact, _)) in enumerate(zip(gradient(weights, x, y), exact_gradient(weights, x, y)), 1):
        cosine = jnp.vdot(local, exact) / (jnp.linalg.norm(local) * jnp.linalg.norm(exact))
        print(f"layer {k}: cosine to the exact gradient {cosine:.5f}, ratio of norms {jnp.linalg.norm(local) / jnp.linalg.norm(exact):.4f}")
    sys.exit()


def step():
    global weights, momentum
    weights, momentum = train(weights, momentum, x, y)
    jax.block_until_ready(weights)


serve(step)
