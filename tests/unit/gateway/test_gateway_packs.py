"""What the gateway tells of a sample pack."""

from __future__ import annotations

from foley_common.footsteps import GaitKind
from foley_common.packs import PackManifest, PackStep
from foley_common.surfaces import Footwear, Surface
from foley_gateway.domain.sample_packs import PackSpec, SampleGroup, groups_of, pack_id_of


def test_steps_are_counted_by_ground_shoe_and_gait_in_the_order_they_appear():
    boots = {"surface": Surface.GRAVEL, "footwear": Footwear.BOOT}
    steps = (
        PackStep("1.wav", **boots),
        PackStep("2.wav", Surface.SNOW),
        PackStep("3.wav", **boots),
        PackStep("4.wav", **boots, gait_kind=GaitKind.RUN),
    )
    assert groups_of(PackManifest("mixed", steps)) == (
        SampleGroup(Surface.GRAVEL, Footwear.BOOT, None, 2),
        SampleGroup(Surface.SNOW, None, None, 1),
        SampleGroup(Surface.GRAVEL, Footwear.BOOT, GaitKind.RUN, 1),
    )


def test_a_pack_without_a_name_is_called_what_is_in_it():
    spec = PackSpec(Surface.GRAVEL, Footwear.BOOT, GaitKind.RUN)
    assert spec.title == "gravel, boot, run"
    assert PackSpec(Surface.GRAVEL, name="Garden").title == "Garden"


def test_the_same_zip_under_the_same_name_is_the_same_pack():
    made = pack_id_of("0" * 64, "boots.zip")
    assert made == pack_id_of("0" * 64, "boots.zip")
    assert len({made, pack_id_of("1" * 64, "boots.zip"), pack_id_of("0" * 64, "b.zip")}) == 3
    assert made.startswith("p-")
