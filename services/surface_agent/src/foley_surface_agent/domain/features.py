"""What a patch of ground looks like, as numbers: colour, grain, direction and how it changes over the patch.

Every function takes a square patch of `PATCH_PX` pixels a side and returns 1-D float32 features whose order is fixed
by this module; `FEATURE_VERSION` changes whenever one does, and weights name the version they were trained with.
"""

# scipy.ndimage ships partial types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FloatArray = NDArray[np.float64]

FEATURE_VERSION = 1
PATCH_PX = 224  # what the network likes to see best (larger was better up to here); feet crops are enlarged to it
GRAIN_PX = PATCH_PX // 2  # hand-made features are computed on means of 2 x 2 pixels
LBP_RADII_PX = (1, 2, 4)
BAND_COUNT = 5  # octaves from the finest grain to a slab's size
RADIAL_EDGES_CYCLES = (2, 4, 7, 14, 28, 56)  # per patch; octaves up to the Nyquist frequency
DIRECTION_COUNT = 6
BLOCK_COUNT = 4
APPEARANCE_LAB_SCATTER = np.array(
    [6.0, 2.5, 3.0]
)  # L*, a*, b* of patches along one ground, rendered clips
APPEARANCE_LOG_GRAIN_SCATTER = 0.25
APPEARANCE_SIZE = 5  # mean of L*, a*, b*, and grain in two octaves
_TINY = 1e-6
# sRGB (D65) to XYZ, IEC 61966-2-1, divided by the white point.
_XYZ_OF_RGB = np.array(
    [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8730]]
)


def patch_features(patch: NDArray[np.uint8]) -> NDArray[np.float32]:
    """All features of one patch.

    Args:
        patch: shape ``(PATCH_PX, PATCH_PX, 3)``, RGB.

    Returns:
        Shape ``(n,)``, finite.

    >>> patch_features(np.zeros((224, 224, 3), np.uint8)).ndim
    1
    """
    if patch.shape != (PATCH_PX, PATCH_PX, 3):
        raise ValueError(f"patch must have shape ({PATCH_PX}, {PATCH_PX}, 3), got {patch.shape}")
    small = halved(patch)
    lab = lab_of_rgb(small)
    luminance = lab[..., 0]
    parts = (
        colour_features(lab, small),
        lbp_features(luminance),
        band_features(lab),
        spectrum_features(luminance),
        edge_features(luminance),
        block_features(lab),
    )
    return np.concatenate(parts).astype(np.float32)


def halved(patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 2 x 2 pixels, rounded down."""
    wide = patch.astype(np.uint16)
    return ((wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2]) // 4).astype(
        np.uint8
    )


def lab_of_rgb(rgb: NDArray[np.uint8]) -> FloatArray:
    """CIE L*a*b* of an sRGB picture, shape ``(h, w, 3)``; L from 0 to 100."""
    linear = _linear_of_srgb()[rgb]
    xyz = linear @ _XYZ_OF_RGB.T
    curve = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)  # CIE 15
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@lru_cache(maxsize=1)
def _linear_of_srgb() -> FloatArray:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def colour_features(lab: FloatArray, rgb: NDArray[np.uint8]) -> FloatArray:
    """Moments and quantiles in Lab, a joint a-b histogram, and hue, saturation and value histograms."""
    flat = lab.reshape(-1, 3)
    mean, spread = flat.mean(axis=0), flat.std(axis=0)
    centred = flat - mean
    skew = (centred * centred * centred).mean(axis=0) / (spread + 1) ** 3
    ordered = np.sort(flat[::8], axis=0)  # an eighth of the pixels gives a quantile as well
    quantiles = ordered[
        (np.array([0.05, 0.25, 0.5, 0.75, 0.95]) * (len(ordered) - 1)).astype(int)
    ].ravel()
    scaled = centred / (spread + _TINY)
    correlation = (scaled.T @ scaled / len(flat))[[0, 0, 1], [1, 2, 2]]
    edges = np.array(
        [-18, -8, -3, 3, 8, 18], float
    )  # a*, b*; finer around grey, where grounds differ
    cells = np.searchsorted(edges, flat[:, 1]) * (edges.size + 1) + np.searchsorted(
        edges, flat[:, 2]
    )
    joint = np.bincount(cells, minlength=(edges.size + 1) ** 2) / len(flat)
    high, low = rgb.max(axis=2).astype(float), rgb.min(axis=2).astype(float)
    saturation = (high - low) / np.maximum(high, 1)
    hue = (np.arctan2(flat[:, 2], flat[:, 1]) / (2 * np.pi)) % 1
    chroma = np.hypot(flat[:, 1], flat[:, 2])
    hues = np.histogram(hue, bins=12, range=(0, 1), weights=chroma)[0] / (chroma.sum() + 1)
    saturations = np.histogram(saturation, bins=8, range=(0, 1))[0] / saturation.size
    values = np.histogram(high, bins=8, range=(0, 256))[0] / high.size
    shares = np.sqrt(np.concatenate([joint, hues, saturations, values]))
    return np.concatenate([mean / 50, spread / 20, skew, quantiles / 50, correlation, shares])


def lbp_features(luminance: FloatArray) -> FloatArray:
    """Rotation-invariant uniform local binary patterns at several radii (Ojala et al., 2002): 10 shares each.

    Deviation: neighbours are the nearest pixels, not interpolated, and a neighbour counts as brighter only when it
    is so by more than compression noise.
    """
    noise = 0.5  # L*, about one step of an 8-bit picture
    shares: list[FloatArray] = []
    for radius in LBP_RADII_PX:
        smooth = luminance if radius == 1 else ndimage.gaussian_filter(luminance, radius / 2)
        angles = 2 * np.pi * np.arange(8) / 8
        shifts = np.rint(np.stack([np.sin(angles), np.cos(angles)], axis=1) * radius).astype(int)
        centre = smooth[radius:-radius, radius:-radius]
        size = centre.shape[0]
        bits = np.stack(
            [
                smooth[radius + dy : radius + dy + size, radius + dx : radius + dx + size]
                > centre + noise
                for dy, dx in shifts
            ]
        )
        changes = (bits != np.roll(bits, 1, axis=0)).sum(axis=0)
        code = np.where(changes <= 2, bits.sum(axis=0), 9)
        shares.append(np.sqrt(np.bincount(code.ravel(), minlength=10) / code.size))
    return np.concatenate(shares)


def band_features(lab: FloatArray) -> FloatArray:
    """Strength, tail and sign of each octave of grain: a Laplacian pyramid of L, strength only for a and b."""
    found: list[float] = []
    for channel in range(3):
        level = lab[..., channel].astype(np.float32)
        for _ in range(BAND_COUNT):
            coarse = ndimage.gaussian_filter(level, 1.0, truncate=3.0)
            band = level - coarse
            spread = float(band.std())
            found.append(np.log(spread + 0.05))
            if channel == 0:
                scaled = band / (spread + 0.05)
                squared = scaled * scaled
                found += [
                    float(np.log1p((squared * squared).mean())),
                    float((squared * scaled).mean()),
                ]
            level = coarse[::2, ::2]
    return np.clip(np.array(found), -10, 10)


@lru_cache(maxsize=1)
def _spectrum_bins() -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
    frequency = np.fft.fftfreq(GRAIN_PX, 1 / GRAIN_PX)
    fy, fx = np.meshgrid(frequency, frequency, indexing="ij")
    radius = np.hypot(fy, fx)
    ring = np.digitize(radius, RADIAL_EDGES_CYCLES) - 1
    ring_count = len(RADIAL_EDGES_CYCLES) - 1
    direction = ((np.arctan2(fy, fx) % np.pi) / np.pi * DIRECTION_COUNT + 0.5).astype(
        int
    ) % DIRECTION_COUNT
    bins = np.where((ring >= 0) & (ring < ring_count), ring * DIRECTION_COUNT + direction, -1)
    counts = np.bincount(bins[bins >= 0], minlength=ring_count * DIRECTION_COUNT).astype(float)
    window = np.outer(np.hanning(GRAIN_PX), np.hanning(GRAIN_PX))
    return bins.astype(np.int64), counts, window


def spectrum_features(luminance: FloatArray) -> FloatArray:
    """Energy by octave and direction (what a Gabor bank measures, by Parseval), slope, anisotropy and peakiness."""
    bins, counts, window = _spectrum_bins()
    power = np.abs(np.fft.fft2((luminance - luminance.mean()) * window)) ** 2 / luminance.size
    inside = bins >= 0
    energy = np.bincount(bins[inside], weights=power[inside], minlength=counts.size) / np.maximum(
        counts, 1
    )
    energy = np.log(energy + _TINY).reshape(-1, DIRECTION_COUNT)
    rings = energy.mean(axis=1)
    octaves = np.arange(rings.size)
    slope, offset = np.polyfit(octaves, rings, 1)
    residual = rings - (slope * octaves + offset)
    anisotropy = energy.max(axis=1) - rings
    # Directions of the picture matter (perspective squeezes rows), so they are kept, relative to the ring's mean.
    relative = (energy - rings[:, None]).ravel()
    peaks = np.array(
        [
            np.log(power[bins // DIRECTION_COUNT == ring].max() + _TINY) - rings[ring]
            for ring in range(rings.size)
        ]
    )
    return np.concatenate(
        [rings / 4, [slope, offset / 4], residual, anisotropy, peaks / 2, relative]
    )


def edge_features(luminance: FloatArray) -> FloatArray:
    """How many edges there are at two scales, and how far they agree in direction: slabs, boards, joints."""
    found: list[float] = []
    for sigma in (1.0, 3.0):
        smooth = ndimage.gaussian_filter(luminance, sigma)
        gy, gx = np.gradient(smooth)
        size = np.hypot(gx, gy)
        angle = (np.arctan2(gy, gx) % np.pi) / np.pi
        shares = np.histogram(angle, bins=8, range=(0, 1), weights=size)[0] / (size.sum() + _TINY)
        order = np.roll(shares, -int(shares.argmax()))
        found += [*order, float(-(shares * np.log(shares + _TINY)).sum())]
        found += [float((size > limit).mean()) for limit in (0.5, 1.5, 4.0, 10.0)]
        found += [float(shares[0] + shares[7]), float(shares[3] + shares[4])]
    return np.array(found)


def block_features(lab: FloatArray) -> FloatArray:
    """How colour and grain vary from place to place: an even ground, or patches, joints and things lying on it."""
    side = GRAIN_PX // BLOCK_COUNT
    blocks = lab.reshape(BLOCK_COUNT, side, BLOCK_COUNT, side, 3).transpose(0, 2, 1, 3, 4)
    blocks = blocks.reshape(BLOCK_COUNT * BLOCK_COUNT, side * side, 3)
    means, spreads = blocks.mean(axis=1), np.log(blocks.std(axis=1) + 0.1)
    rows = means.reshape(BLOCK_COUNT, BLOCK_COUNT, 3)
    fall = rows[-1].mean(axis=0) - rows[0].mean(axis=0)
    return np.concatenate(
        [means.std(axis=0) / 10, spreads.mean(axis=0), spreads.std(axis=0), fall / 20]
    )


def appearance(patch: NDArray[np.uint8]) -> FloatArray:
    """What tells one ground from the next along a path: mean colour and the strength of two octaves of grain.

    Args:
        patch: shape ``(PATCH_PX, PATCH_PX, 3)``, RGB.

    Returns:
        Shape ``(5,)``, in units in which patches of one ground scatter by about one.
    """
    lab = lab_of_rgb(halved(patch))
    mean = lab.reshape(-1, 3).mean(axis=0) / APPEARANCE_LAB_SCATTER
    level, grain = lab[..., 0], list[float]()
    for _ in range(2):
        coarse = ndimage.uniform_filter(level, 4)
        grain.append(float(np.log((level - coarse).std() + 0.3)) / APPEARANCE_LOG_GRAIN_SCATTER)
        level = coarse[::4, ::4]
    return np.array([*mean, *grain])


def sharpness(patch: NDArray[np.uint8]) -> float:
    """How much of a patch's contrast stands in its finest octave; falls with blur, hardly with contrast."""
    luminance = halved(patch).astype(np.float64).mean(axis=2)
    fine = luminance - ndimage.uniform_filter(luminance, 3)
    return float(fine.std() / (luminance.std() + 1.0))
