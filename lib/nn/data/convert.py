"""Writes digits.bin.gz from the copy of the data that scikit-learn ships (its version is printed).

    python3 lib/nn/data/convert.py

65 bytes for each of 1797 images: 64 pixels row by row, 0 to 16, and the digit.
"""

import gzip
import pathlib

import numpy
import sklearn
from sklearn.datasets import load_digits

digits = load_digits()
rows = numpy.column_stack([digits.data, digits.target]).astype(numpy.uint8)
packed = gzip.compress(rows.tobytes(), 9, mtime=0)
pathlib.Path(__file__).with_name("digits.bin.gz").write_bytes(packed)
print("scikit-learn", sklearn.__version__, rows.shape, len(packed), "bytes")
