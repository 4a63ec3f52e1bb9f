"""A recording becomes single steps: found, cut and measured, window by window, however long it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import signal

from foley_audio.domain.contacts import StepSpan, contact_ms, levels_db, span_of
from foley_audio.domain.denoise import steady_noise, without_noise
from foley_audio.domain.hum import without_hum
from foley_audio.domain.onsets import BAND_COUNT, HIGHEST_HZ, LOWEST_HZ, find_steps
from foley_audio.domain.types import FloatArray, SampleArray

WINDOW_S = 60.0  # one rhythm and one level of noise are assumed in it
MARGIN_S = 3.0  # of a window's ends, where the next window knows better; longer than the longest gap of a rhythm
SAME_STEP_S = 0.12  # two windows' contacts nearer than this are one
RUMBLE_HZ = 30.0  # below it recordings have wind, traffic and handling, and steps nothing
OFFSET_HZ = 15.0  # of packs that were made elsewhere: below every loudspeaker, two octaves below a heel's thump
OFFSET_PAD_SAMPLES = 15  # the filter is started by so many; its state by the first sample
LEVEL_WINDOW_S = 0.05  # loudness of a step: its loudest so long
NOISE_QUANTILE = 0.1  # of the levels in a window: what is there when nobody steps
LEAST_HUM_GAIN_DB = (
    3.0  # half of what is there between steps; hum that is less makes no recording noisy
)
FADE_IN_S, FADE_OUT_S = 0.002, 0.03
_SAME_MS = 50  # refined contacts nearer than this are one: two searches met
_AT_END_S = 0.005  # windows of the level end so much before the sound does
_CUT_OFF_DB = 12.0  # above the noise where the recording begins or ends: it does so in a step


@dataclass(frozen=True, slots=True)
class FoundStep:
    """One step of a recording.

    Attributes:
        sound: shape ``(n,)``, faded at both ends, without steady noise, level as recorded.
        span: Where it stands in the recording, in samples.
        level_db: Its loudest `LEVEL_WINDOW_S`, RMS in dB of full scale.
        noise_db: The same of what is there when nobody steps.
        duration_s: From the contact to the end.
        centroid_hz: Mean frequency of its power.
        shape_db: shape ``(BAND_COUNT,)``, its spectrum in bands, mean 0.
        cut_off: True when the recording begins or ends in it.
    """

    sound: SampleArray
    span: StepSpan
    level_db: float
    noise_db: float
    duration_s: float
    centroid_hz: float
    shape_db: FloatArray
    cut_off: bool = False

    @property
    def contact_index(self) -> int:
        """Sample of ``sound`` at the contact."""
        return self.span.contact - self.span.first

    @property
    def ball_index(self) -> int | None:
        """Sample of ``sound`` at which the ball of the foot lands; None when it is not heard."""
        return None if self.span.ball is None else self.span.ball - self.span.first


@dataclass(frozen=True, slots=True)
class ScannedWindow:
    """One window of a recording.

    Attributes:
        first: Its first sample in the recording.
        mono: shape ``(n,)``, its sound without rumble and loud hum.
        steps: Those that this window answers for.
    """

    first: int
    mono: SampleArray
    steps: list[FoundStep]


def scan(
    blocks: Iterable[SampleArray],
    sample_rate_hz: int,
    *,
    in_coarse_steps: Callable[[], bool] = lambda: False,
) -> Iterator[ScannedWindow]:
    """Every step of a recording, in order; memory holds one window.

    Args:
        blocks: Mono, shape ``(n,)`` each; together the recording.
        sample_rate_hz: Of them.
        in_coarse_steps: Asked when a window has been read: whether the recording's values have 8 bits or fewer.
    """
    sos = signal.butter(2, RUMBLE_HZ, "hp", fs=sample_rate_hz, output="sos")
    state = np.zeros((sos.shape[0], 2))
    size, margin = round(WINDOW_S * sample_rate_hz), round(MARGIN_S * sample_rate_hz)
    same = round(SAME_STEP_S * sample_rate_hz)
    held: list[SampleArray] = []
    first = held_size = answered = 0
    last_contact = -same
    for block in blocks:
        if not block.size:  # the end of a recording of whole seconds: nothing was left to give
            continue
        filtered, state = signal.sosfilt(sos, block, zi=state)
        held.append(np.asarray(filtered, np.float32))
        held_size += block.size
        while held_size > size:
            whole = np.concatenate(held)
            answers = range(max(answered - same, last_contact + same), first + size - margin)
            part = _scanned(
                whole[:size],
                first,
                answers,
                sample_rate_hz,
                coarse=in_coarse_steps(),
                is_last=False,
            )
            yield part
            last_contact = part.steps[-1].span.contact if part.steps else last_contact
            answered = answers.stop
            held = [whole[size - 2 * margin :]]
            held_size = held[0].size
            first += size - 2 * margin
    whole = np.concatenate(held) if held else np.zeros(0, np.float32)
    answers = range(max(answered - same, last_contact + same), first + whole.size)
    yield _scanned(whole, first, answers, sample_rate_hz, coarse=in_coarse_steps(), is_last=True)


def _scanned(
    mono: SampleArray,
    first: int,
    answers: range,
    sample_rate_hz: int,
    *,
    coarse: bool,
    is_last: bool,
) -> ScannedWindow:
    """The steps of a window whose contacts, counted in the recording, are in ``answers``."""
    mono = _without_loud_hum(mono, sample_rate_hz)
    level = levels_db(mono, sample_rate_hz)
    contacts = sorted(
        {
            contact_ms(level, time_s, in_coarse_steps=coarse)
            for time_s in find_steps(mono, sample_rate_hz)
        }
    )
    contacts = [ms for i, ms in enumerate(contacts) if i == 0 or ms - contacts[i - 1] > _SAME_MS]
    noise_db = _noise_db(mono, sample_rate_hz)
    noise = steady_noise(mono)
    steps: list[FoundStep] = []
    for i, contact in enumerate(contacts):
        following = contacts[i + 1] if i + 1 < len(contacts) else level.size + 1
        span = span_of(mono, level, contact, following, sample_rate_hz)
        if first + span.contact not in answers:
            continue
        cut_off = (first == 0 and span.first == 0 and bool(level[0] > noise_db + _CUT_OFF_DB)) or (
            is_last
            and span.end >= mono.size - round(_AT_END_S * sample_rate_hz)
            and bool(level[-1] > noise_db + _CUT_OFF_DB)
        )
        step = _measured(mono, span, first, sample_rate_hz, noise_db)
        sound = faded(without_noise(mono, span.first, span.end, noise), sample_rate_hz)
        steps.append(replace(step, sound=sound, cut_off=cut_off))
    return ScannedWindow(first, mono, steps)


def _without_loud_hum(mono: SampleArray, sample_rate_hz: int) -> SampleArray:
    """A window without mains hum where that is most of what is there between steps; else the window itself."""
    quieter = without_hum(mono, sample_rate_hz)
    if quieter is mono:
        return mono
    gain_db = _noise_db(mono, sample_rate_hz) - _noise_db(quieter, sample_rate_hz)
    return quieter if gain_db >= LEAST_HUM_GAIN_DB else mono


def _noise_db(mono: SampleArray, sample_rate_hz: int) -> float:
    """How loud it is when nobody steps."""
    return float(np.quantile(_moving_db(mono, sample_rate_hz), NOISE_QUANTILE))


def _measured(
    mono: SampleArray,
    span: StepSpan,
    offset: int,
    sample_rate_hz: int,
    noise_db: float,
) -> FoundStep:
    body = mono[span.contact : span.end].astype(np.float64)
    power = np.abs(np.fft.rfft(body * np.hanning(2 * body.size)[body.size :])) ** 2
    hz = np.fft.rfftfreq(body.size, 1 / sample_rate_hz)
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BAND_COUNT + 1)
    bands = np.histogram(hz, edges, weights=power)[0]
    shape_db = 10 * np.log10(bands + 1e-6 * bands.max(initial=0.0) + 1e-20)
    return FoundStep(
        sound=mono[span.first : span.end],
        span=replace(
            span,
            first=span.first + offset,
            contact=span.contact + offset,
            end=span.end + offset,
            ball=None if span.ball is None else span.ball + offset,
        ),
        level_db=loudest_db(mono[span.contact : span.end], sample_rate_hz),
        noise_db=noise_db,
        duration_s=(span.end - span.contact) / sample_rate_hz,
        centroid_hz=float((hz * power).sum() / max(float(power.sum()), 1e-20)),
        shape_db=shape_db - shape_db.mean(),
    )


def without_offset(sound: SampleArray, sample_rate_hz: int) -> SampleArray:
    """A single step without what is too low to be heard, a recorder's constant offset above all; nothing is moved.

    >>> float(abs(without_offset(np.full(4800, 0.1, np.float32), 48_000)).max()) < 1e-6
    True
    """
    sos = signal.butter(2, OFFSET_HZ, "hp", fs=sample_rate_hz, output="sos")
    if sound.size <= OFFSET_PAD_SAMPLES:
        return sound - sound.mean() if sound.size else sound
    flat = signal.sosfiltfilt(sos, sound.astype(np.float64), padlen=OFFSET_PAD_SAMPLES)
    return np.asarray(flat, np.float32)


def faded(sound: SampleArray, sample_rate_hz: int) -> SampleArray:
    """A copy that begins and ends in silence."""
    out = np.array(sound, np.float32)
    rise = min(out.size // 2, round(FADE_IN_S * sample_rate_hz))
    fall = min(out.size - rise, round(FADE_OUT_S * sample_rate_hz))
    out[:rise] *= np.linspace(0, 1, rise, endpoint=False, dtype=np.float32)
    out[out.size - fall :] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2
    return out


def loudest_db(mono: SampleArray, sample_rate_hz: int) -> float:
    """The loudest `LEVEL_WINDOW_S` of a sound, RMS in dB of full scale."""
    return float(_moving_db(mono, sample_rate_hz).max())


def _moving_db(mono: SampleArray, sample_rate_hz: int) -> FloatArray:
    """RMS of `LEVEL_WINDOW_S` every half of it, in dB, shape ``(n,)``; of all there is when there is less."""
    window = round(LEVEL_WINDOW_S * sample_rate_hz)
    if mono.size < window:
        mono = np.pad(mono, (0, window - mono.size))
    total = np.concatenate([[0.0], np.cumsum(mono.astype(np.float64) ** 2)])
    starts = np.arange(0, mono.size - window + 1, window // 2)
    return 10 * np.log10(np.maximum((total[starts + window] - total[starts]) / window, 1e-12))
