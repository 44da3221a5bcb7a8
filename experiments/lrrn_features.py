#!/usr/bin/env python3
"""Draws what the units of a layer regress on: one image for every unit of the first layer of a trace.

    python3 experiments/lrrn_features.py runs/mnist_lrrn_unsupervised/trace.h5 features.png

Needs h5py, numpy and Pillow.
"""
import sys

import h5py
import numpy
from PIL import Image


def mosaic(weight):
    """The rows of `weight` (unit, pixel) as square images side by side, each scaled to its largest magnitude."""
    units, pixels = weight.shape
    side = round(pixels**0.5)
    if side * side != pixels:
        sys.exit(f"{pixels} inputs are not the pixels of a square image")
    columns = int(numpy.ceil(units**0.5))
    rows = -(-units // columns)
    page = numpy.full((rows * (side + 1) - 1, columns * (side + 1) - 1), 255, numpy.uint8)
    for unit, image in enumerate(weight.reshape(units, side, side)):
        top, left = (side + 1) * (unit // columns), (side + 1) * (unit % columns)
        grey = 127.5 * (1 + image / max(abs(image).max(), 1e-30))
        page[top : top + side, left : left + side] = grey
    return Image.fromarray(page)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with h5py.File(sys.argv[1]) as trace:
        weight = trace["weights/final/layer1/weight"][:]
    picture = mosaic(weight)
    picture.resize((2 * picture.width, 2 * picture.height), Image.NEAREST).save(sys.argv[2])


if __name__ == "__main__":
    main()
