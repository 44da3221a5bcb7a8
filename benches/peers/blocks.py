"""What every peer does with its training step: takes from standard input, line by line, for how many seconds to train, and
answers each with the seconds of a step."""

import os
import sys
import time


def use_threads(threads):
    """Keeps to so many cores, also where a library has a mind of its own; call it before the library is imported."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:threads]))
    os.environ["OMP_NUM_THREADS"] = str(threads)


def serve(step):
    step()
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = float(line)
        start, count = time.perf_counter(), 0
        while count == 0 or time.perf_counter() - start < seconds:
            step()
            count += 1
        print((time.perf_counter() - start) / count, flush=True)
