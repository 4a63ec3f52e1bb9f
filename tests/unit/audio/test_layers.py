from __future__ import annotations

import numpy as np

from foley_audio.domain.cues import make_cues
from foley_audio.domain.layers import ClothVoice
from foley_audio.domain.mix import LONGEST_LAYER_LEAD_S
from foley_audio.domain.types import Style
from support.audio import ground, video_info, walk

RATE_HZ = 48_000


def test_cloth_swings_to_every_contact_and_begins_in_time() -> None:
    cues = make_cues(walk(6), ground(), video_info(), Style())
    pieces = list(ClothVoice(1, RATE_HZ)(cues))
    assert len(pieces) == 6
    starts = [start for start, _ in pieces]
    assert starts == sorted(starts)
    assert starts[0] > cues[0].onset_sample - LONGEST_LAYER_LEAD_S * RATE_HZ
    assert sorted(start + sound.size for start, sound in pieces) == [c.onset_sample for c in cues]


def test_everybody_wears_something_else_and_always_the_same() -> None:
    style = Style()
    one, two = (
        make_cues(walk(2, track_id=track), ground(), video_info(), style) for track in (1, 2)
    )
    voice = ClothVoice(style.seed, RATE_HZ)
    first = [sound for _, sound in voice(one)]
    again = [sound for _, sound in voice(one)]
    other = [sound for _, sound in voice(two)]
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


def test_cloth_follows_the_nudge() -> None:
    plain, moved = (
        next(ClothVoice(1, RATE_HZ)(make_cues(walk(3), ground(), video_info(), style)))[0]
        for style in (Style(), Style(nudge_s=0.1))
    )
    assert moved - plain == 4_800
