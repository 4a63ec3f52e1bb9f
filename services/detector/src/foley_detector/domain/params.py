"""What the footstep rules share, each with its unit and its reason. Lengths are body heights unless they say px."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from foley_common.footsteps import Sensitivity

# Seconds, where no rhythm was found: ordinary walking.
DEFAULT_STRIDE_S = 1.1

# Footsteps below the threshold are left out. LOW keeps clear steps only, HIGH keeps weak ones too.
MIN_CONFIDENCE = MappingProxyType(
    {Sensitivity.LOW: 0.65, Sensitivity.MEDIUM: 0.45, Sensitivity.HIGH: 0.30}
)


@dataclass(frozen=True, slots=True)
class GaitParams:
    """Constants of the method.

    Attributes:
        grid_rate_hz: Signals are evaluated on a fixed grid anchored at the clip's first frame, so that a clip cut
            into segments gives the same samples. 120 Hz is twice the fastest usual camera.
        min_half_window_s: Half width of the smoothing window. 60 ms passes the 5–8 Hz of foot motion (Winter,
            "Biomechanics and Motor Control", low-pass for gait markers 6 Hz).
        window_frames: The half window spans at least this many frames, so that a parabola has four samples or five.
        stride_window_share: In slow motion the half window grows to this share of a stride.
        small_person_px: Smaller people's feet are a few pixels: contacts are timed by the widest stride, and toe-offs
            left out (measured: landmark jitter of 0.16 heights at 50 px).
        max_gap_s: Longest time without a landmark that is bridged; half the shortest swing of walking (about 0.4 s),
            so that no step is invented behind an occlusion.
        min_visibility: Landmarks the network believes in less than this are treated as missing.
        edge_margin: Landmarks further outside the picture than this share of its size are guesses, hence missing.
        height_window_s: Body height is the running median of the box height over this time: longer than a step
            (the box breathes with the stride), shorter than a walk towards the camera takes to double it.
        front_contact_level: The same for a walk towards the camera: there the foot comes down at full picture speed,
            so that the smoothed edge crosses its middle at the contact.
        back_contact_level: The same for a walk away from the camera: there the foot's way forward and its fall cancel
            in the picture, so that it seems to rest before it lands.
        spike_px: Never call a jump of fewer pixels an outlier.
        spike_height: A landmark this far from the middle of its neighbours (plus half their distance) is an outlier.
        swap_cost: Cost of one exchange of left and right, against costs of at most 1 per frame.
        swap_prior: Cost per frame of calling the network's labels exchanged; decides which leg is which at the end.
        vertical_weight: Weight of vertical image speed in side views. Heel and toe landmarks bob with the foot's
            pitch although the sole rests.
        min_stride_s, max_stride_s: Strides searched for: a sprint lasts about 0.45 s, a stroll 1.6 s; slow motion
            stretches these up to threefold.
        min_swing_speed: Least peak speed of a swinging foot, heights per second. A stroll seen from the side swings
            at about 1.5, seen from the front at 0.4; standing people's landmarks tremble below 0.2.
        min_swing_path: Least way of a foot during one swing, heights.
        min_swing_contrast: A swing's peak is at least this share of its neighbours' peaks, else it is noise.
        contact_level: Contact is when the foot's speed has fallen to this share of its swing peak.
        toe_off_level: Toe-off is when the toe's speed along the walk exceeds this share of its swing peak.
        side_excursion: Foot separation along the walk (standard deviation, heights) above which a view counts as
            fully from the side.
    """

    grid_rate_hz: float = 120.0
    min_half_window_s: float = 0.06
    window_frames: float = 2.2
    stride_window_share: float = 0.05
    small_person_px: float = 80.0
    max_gap_s: float = 0.2
    min_visibility: float = 0.3
    edge_margin: float = 0.01
    height_window_s: float = 1.0
    front_contact_level: float = 0.35
    back_contact_level: float = 0.12
    spike_px: float = 6.0
    spike_height: float = 0.08
    swap_cost: float = 0.1
    swap_prior: float = 0.004
    vertical_weight: float = 0.5
    min_stride_s: float = 0.4
    max_stride_s: float = 4.5
    min_swing_speed: float = 0.25
    min_swing_path: float = 0.06
    min_swing_contrast: float = 0.35
    contact_level: float = 0.28
    toe_off_level: float = 0.2
    side_excursion: float = 0.12


DEFAULT_PARAMS = GaitParams()
