"""Transforms and filters against SciPy's, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft as scipy_fft
from scipy import signal

from foley_audio.domain.transforms import (
    allpass,
    block_filter,
    block_matrix,
    causal_filter,
    fft,
    high_shelf,
    ifft,
    irfft,
    quick_length,
    rfft,
    rfft_pair,
)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def complex_noise(*shape: int) -> np.ndarray:
    dice = np.random.default_rng(sum(shape))
    return (dice.standard_normal(shape) + 1j * dice.standard_normal(shape)).astype(np.complex64)


@pytest.mark.parametrize("shape", [(40,), (3, 1_000), (2, 8, 1_331)])
def test_complex_transforms(shape: tuple[int, ...]) -> None:
    values = complex_noise(*shape)
    exact = scipy_fft.fft(values.astype(np.complex128), axis=-1)
    found = fft(values)
    assert found.dtype == np.complex64
    assert np.abs(found - exact).max() < 1e-5 * np.abs(exact).max()
    np.testing.assert_allclose(ifft(found), values, atol=1e-5)


def test_in_place_on_a_part_of_an_array() -> None:
    held = complex_noise(500)
    before = held.copy()
    part = held[100:228]
    assert ifft(part, out=part) is part
    np.testing.assert_array_equal(held[100:228], ifft(before[100:228]))
    np.testing.assert_array_equal(held[:100], before[:100])
    np.testing.assert_array_equal(held[228:], before[228:])


@pytest.mark.parametrize("shape", [(64,), (3, 1_001), (2, 8, 512)])
def test_real_transforms(shape: tuple[int, ...]) -> None:
    values = noise(*shape)
    exact = scipy_fft.rfft(values.astype(np.float64), axis=-1)
    found = rfft(values)
    assert found.dtype == np.complex64
    assert np.abs(found - exact).max() < 1e-5 * np.abs(exact).max()
    back = irfft(found, shape[-1])
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, values, atol=1e-5)
    into, spectra = np.empty_like(values), np.empty_like(found)
    rfft(values, out=spectra)
    irfft(spectra, shape[-1], out=into)
    np.testing.assert_array_equal(into, back)


@pytest.mark.parametrize("length", [1_500, 2_000, 700])
def test_a_spectrum_is_read_off_at_another_rate(length: int) -> None:
    spectrum = rfft(noise(1_000))
    exact = scipy_fft.irfft(spectrum.astype(np.complex128), length)
    np.testing.assert_allclose(irfft(spectrum, length), exact, atol=1e-5)


@pytest.mark.parametrize("least", [1, 97, 1_025, 30_011])
def test_quick_lengths(least: int) -> None:
    assert quick_length(least) == scipy_fft.next_fast_len(least)


def test_an_allpass_leaves_all_levels_and_turns_the_phase() -> None:
    top, bottom = allpass(np.array([0.004, 0.02, 0.07]), 1.0)
    _, response = signal.freqz(top, bottom, 4_096)
    np.testing.assert_allclose(np.abs(response), 1.0, atol=1e-9)
    assert np.unwrap(np.angle(response))[-1] == pytest.approx(-6 * np.pi, abs=0.1)


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.7])
def test_a_shelf_raises_what_is_above(gain: float) -> None:
    _, response = signal.freqz(*high_shelf(0.03, gain), np.array([0.0, np.pi]))
    assert abs(response[0]) == pytest.approx(1.0)
    assert abs(response[1]) == pytest.approx(gain, rel=0.01)


def test_several_filters_as_one_are_exact() -> None:
    """One filter of order 7 with poles as low as 80 Hz: in double precision it is as exact as section by section."""
    values = noise(30_000)
    shelf, turns = high_shelf(0.03, 1.3), allpass(np.array([80, 500, 1_600]) / 48_000, 1.0)
    found = causal_filter(values, *(np.convolve(*pair) for pair in zip(shelf, turns, strict=True)))
    sections = [signal.tf2sos(*shelf)]
    sections += [
        signal.tf2sos(*allpass(np.array([centre]) / 48_000, 1.0)) for centre in (80, 500, 1_600)
    ]
    exact = signal.sosfilt(np.vstack(sections), values.astype(np.float64))
    assert np.abs(found - exact).max() < 1e-6


@pytest.mark.parametrize("taps", [1, 2, 11, 32, 33, 44])
@pytest.mark.parametrize("count", [1, 31, 2_048, 20_011])
def test_a_filter_in_blocks_is_a_convolution(taps: int, count: int) -> None:
    values, filter_ = noise(count), noise(taps).astype(np.float64)
    found = block_filter(values, block_matrix(filter_))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.convolve(values, filter_), atol=3e-5)


def test_spectra_of_a_pair_are_those_of_each() -> None:
    one, other = np.random.default_rng(3).standard_normal((2, 12_288))
    for found, signal_ in zip(rfft_pair(one, other), (one, other), strict=True):
        expected = rfft(signal_.astype(np.float32))
        assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max()
