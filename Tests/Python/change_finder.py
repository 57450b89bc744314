"""ChangeFinder, written from the paper and from the notebook of NICT's Dark-TRACER, apart from the Swift program.

Reads series from standard input, one a line, numbers separated by spaces; writes the scores in the same form.
"""
import math
import sys

FORGETTING = 0.005
FLOORS = (1.0, 0.01)
SMOOTHING = (10, 5)


def pseudo_inverse(matrix):
    """Moore and Penrose's inverse of a symmetric 2 x 2 matrix, by its eigenvectors from the characteristic equation."""
    (a, b), (_, d) = matrix
    middle, half = (a + d) / 2, math.hypot((a - d) / 2, b)
    values = (middle + half, middle - half)
    angle = math.atan2(2 * b, a - d) / 2
    vectors = ((math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle)))
    least = math.sqrt(sys.float_info.epsilon) * max(abs(value) for value in values)
    inverse = [[0.0, 0.0], [0.0, 0.0]]
    for value, vector in zip(values, vectors):
        if abs(value) > least:
            for row in (0, 1):
                for column in (0, 1):
                    inverse[row][column] += vector[row] * vector[column] / value
    return inverse


def losses(series, floor):
    """Minus the logarithms of the densities that SDAR of order 2 gives to the points; 0 for the first two."""
    found = [0.0] * len(series)
    mean, variance, covariance = 0.0, 0.0, [0.0, 0.0, 0.0]
    for place in range(2, len(series)):
        point = series[place]
        mean = (1 - FORGETTING) * mean + FORGETTING * point
        for lag in range(3):
            covariance[lag] = (1 - FORGETTING) * covariance[lag] + FORGETTING * (point - mean) * (
                series[place - lag] - mean)
        inverse = pseudo_inverse(((covariance[0], covariance[1]), (covariance[1], covariance[0])))
        weights = [sum(inverse[row][column] * covariance[column + 1] for column in (0, 1)) for row in (0, 1)]
        expected = mean + sum(weights[lag] * (series[place - 1 - lag] - mean) for lag in (0, 1))
        variance = (1 - FORGETTING) * variance + FORGETTING * (point - expected) ** 2
        spread = max(variance, floor)
        found[place] = (math.log(2 * math.pi * spread) + (point - expected) ** 2 / spread) / 2
    return found


def smoothed(series, width):
    return [sum(series[max(0, end - width):end]) / min(width, end) for end in range(1, len(series) + 1)]


def scores(series):
    first = smoothed(losses(series, FLOORS[0]), SMOOTHING[0])
    return smoothed(losses(first, FLOORS[1]), SMOOTHING[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(" ".join(repr(score) for score in scores([float(word) for word in line.split()])))
