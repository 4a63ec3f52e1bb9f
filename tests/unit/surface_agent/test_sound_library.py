"""A folder of recordings: what is found by name and tag, what is refused, and what is never opened."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest

from foley_common.errors import MediaTooLarge, RenderCancelled, UndecodableMedia
from foley_common.packs import PackManifest, PackStep, Provenance
from foley_common.sound import SoundSource
from foley_common.surfaces import Surface
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.sounds.library import SoundLibrary
from foley_surface_agent.sounds.media import to_flac, told_of
from foley_surface_agent.sounds.packs import FetchedPack, find_in_packs
from support.clips import clip
from support.sound_site import steps_wav
from support.stages import sample_pack as support_pack

WISH = SoundWish("footsteps on gravel", "", 3, 60.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    for name in ("gravel/boots walk 01.wav", "gravel_sneakers.wav", "wood/heels.wav", "rain.wav"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(steps_wav(1.0))
    return root


def find(folder: Path, wish: SoundWish = WISH, max_bytes: int = 10 << 20) -> list[Found | Rejected]:
    return list(SoundLibrary(folder).find(wish, max_bytes=max_bytes))


def test_names_and_folders_are_read(folder: Path):
    found = find(folder)
    assert [item.source_url for item in found] == [
        "library:gravel/boots%20walk%2001.wav",
        "library:gravel_sneakers.wav",
    ]
    first = found[0]
    assert isinstance(first, Found)
    assert first.source is SoundSource.LIBRARY
    assert first.title == "boots walk 01"
    assert first.duration_s == pytest.approx(1.0)
    assert first.media_type == "audio/wav"
    assert first.fetch_time is None


def test_a_name_that_is_no_text_is_found_too(folder: Path):
    """Names on disk are bytes; what is said of them must be text."""
    shutil.copy(folder / "gravel_sneakers.wav", os.fsencode(folder) + b"/gravel gr\xfcn.wav")
    (odd,) = [item for item in find(folder) if "%FC" in item.source_url]
    assert odd.source_url == "library:gravel%20gr%FCn.wav"
    assert isinstance(odd, Found)
    assert odd.title == "gravel gr n"
    assert odd.duration_s == pytest.approx(1.0)


def test_tags_are_read_where_the_name_says_nothing(folder: Path):
    with av.open(str(folder / "take-7.flac"), "w") as output:
        output.metadata.update(
            {"title": "Walking on gravel", "artist": "Somebody", "license": "CC0"}
        )
        stream = output.add_stream("flac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 16_000), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = 16_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    tagged = next(item for item in find(folder) if item.title == "Walking on gravel")
    assert isinstance(tagged, Found)
    assert (tagged.uploader, tagged.licence) == ("Somebody", "CC0")


def test_what_leads_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "gravel secret.wav").write_bytes(steps_wav(1.0))
    (folder / "gravel link.wav").symlink_to(outside / "gravel secret.wav")
    (folder / "gravel folder").symlink_to(outside)
    (folder / "gravel nowhere.wav").symlink_to(folder / "gone.wav")
    (folder / "gravel round.wav").symlink_to(folder / "gravel round.wav")
    (folder / "gravel inside.wav").symlink_to(folder / "gravel_sneakers.wav")
    names = [item.title for item in find(folder)]
    assert "gravel inside" in names
    assert not {"gravel link", "gravel secret", "gravel nowhere", "gravel round"} & set(names)


def test_what_cannot_be_taken_is_said(folder: Path):
    (folder / "gravel broken.wav").write_bytes(b"no sound " * 100)
    (folder / "gravel long.wav").write_bytes(steps_wav(3.0))
    wish = SoundWish("gravel", "", 3, 2.0)
    reasons = {i.title: i.reason for i in find(folder, wish) if isinstance(i, Rejected)}
    assert reasons == {
        "gravel broken": "it is no recording that can be read",
        "gravel long": "it is longer than 2 s, the longest that is taken",
    }
    small = find(folder, max_bytes=100)
    assert small
    assert all(isinstance(item, Rejected) and "bytes" in item.reason for item in small)


def test_a_file_too_large_to_be_taken_is_not_even_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """A damaged WAV keeps its reader busy for every byte: one of 20 GB kept a search busy for an hour."""
    opened: list[str] = []

    def told(path: Path) -> tuple[float, dict[str, str]]:
        opened.append(path.name)
        return told_of(path)

    monkeypatch.setattr("foley_surface_agent.sounds.library.told_of", told)
    with (folder / "gravel huge.wav").open("wb") as file:
        file.write(steps_wav(1.0)[:44])  # a head, and nothing after it but zeros
        file.truncate(1 << 30)
    found = {item.title: item for item in find(folder)}
    huge = found["gravel huge"]
    assert isinstance(huge, Rejected)
    assert huge.reason == "it has 1073741824 bytes, at most 10485760 are taken"
    assert "gravel huge.wav" not in opened
    assert "gravel_sneakers.wav" in opened
    assert isinstance(found["gravel_sneakers"], Found)


def test_hidden_files_and_other_kinds_are_left_alone(folder: Path):
    (folder / ".gravel.wav").write_bytes(steps_wav(1.0))
    (folder / "gravel.txt").write_text("gravel")
    (folder / "gravel.m3u").write_text("file:///etc/passwd")
    assert len(find(folder)) == 2


def test_a_changed_folder_is_seen_and_an_unchanged_file_not_opened_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    library = SoundLibrary(folder)
    assert len(list(library.find(WISH, max_bytes=1 << 20))) == 2
    opened: list[str] = []
    from foley_surface_agent.sounds import library as module

    def counting(path: Path) -> tuple[float, dict[str, str]]:
        opened.append(path.name)
        return told_of(path)

    monkeypatch.setattr(module, "told_of", counting)
    (folder / "gravel new.wav").write_bytes(steps_wav(1.0))
    shutil.rmtree(folder / "gravel")
    found = list(library.find(WISH, max_bytes=1 << 20))
    assert [item.title for item in found] == ["gravel new", "gravel_sneakers"]
    # The new one for its tags; then the two that are taken, for how long they are.
    assert sorted(opened) == ["gravel new.wav", "gravel new.wav", "gravel_sneakers.wav"]


def test_a_search_that_nobody_waits_for_stops(folder: Path):
    def gone() -> None:
        raise RenderCancelled("gone")

    with pytest.raises(RenderCancelled):
        list(SoundLibrary(folder).find(WISH, max_bytes=1 << 20, check=gone))


# Sample packs


def pack(
    path: Path, surface: Surface, name: str = "My pack", *, broken: bool = False
) -> FetchedPack:
    manifest = PackManifest(
        name,
        (PackStep("01.wav", surface),),
        Provenance("https://example.com/x", "Walk", "Somebody", "CC BY 4.0", rights_confirmed=True),
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "{" if broken else manifest.to_json())
        archive.writestr("01.wav", steps_wav(0.5, rate_hz=48_000))
    return FetchedPack(f"packs/{path.name}", path)


def test_packs_of_the_ground_are_found(tmp_path: Path):
    packs = [
        pack(tmp_path / "wood.zip", Surface.WOOD),
        pack(tmp_path / "gravel.zip", Surface.GRAVEL),
        pack(tmp_path / "bad.zip", Surface.GRAVEL, broken=True),
    ]
    taken, refused = find_in_packs(packs, WISH)
    assert isinstance(taken, Found)
    assert (taken.key, taken.path, taken.source) == (
        "packs/gravel.zip",
        None,
        SoundSource.SAMPLE_PACK,
    )
    assert (taken.title, taken.uploader, taken.licence) == ("My pack", "Somebody", "CC BY 4.0")
    assert taken.duration_s == pytest.approx(0.5)
    assert isinstance(refused, Rejected)
    assert "manifest.json" in refused.reason


def test_a_pack_with_a_silent_step_is_passed_over_with_the_reason(tmp_path: Path):
    path = tmp_path / "gravel.zip"
    path.write_bytes(support_pack("Kies", silent=("2.wav",)))
    (refused,) = find_in_packs([FetchedPack("packs/gravel.zip", path)], WISH)
    assert isinstance(refused, Rejected)
    assert "'2.wav' of the sample pack 'Kies' is silent" in refused.reason


def test_a_pack_is_known_by_its_name_where_no_ground_is_asked_for(tmp_path: Path):
    packs = [pack(tmp_path / "a.zip", Surface.WOOD, "Creaky stairs")]
    assert len(list(find_in_packs(packs, SoundWish("creaky stairs", "", 1, 9.0)))) == 1
    assert list(find_in_packs(packs, SoundWish("smooth ramp", "", 1, 9.0))) == []


# Conversion


def test_a_recording_becomes_flac_of_the_same_sound(tmp_path: Path):
    source = tmp_path / "in.wav"
    source.write_bytes(steps_wav(2.0))
    length = to_flac(source, tmp_path / "out.flac", max_duration_s=10)
    assert length == pytest.approx(2.0, abs=0.01)
    with av.open(str(tmp_path / "out.flac")) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.layout.name, stream.format.name) == (48_000, "mono", "s16")
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(stream)], axis=1)
    given = np.frombuffer(steps_wav(2.0)[44:], "<i2")
    assert np.abs(sound).max() == pytest.approx(np.abs(given).max(), rel=0.1)


def test_the_sound_of_a_video_is_taken_and_its_picture_is_not(tmp_path: Path):
    sound = np.random.default_rng(1).normal(0, 0.1, (96_000, 2)).astype(np.float32)
    video = clip(tmp_path / "clip.mp4", frame_count=60, sound=sound, metadata={"title": "Holiday"})
    to_flac(video, tmp_path / "out.flac", max_duration_s=10)
    with av.open(str(tmp_path / "out.flac")) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
        assert container.metadata.get("title") is None


@pytest.mark.parametrize(
    ("content", "limit_s", "kind", "says"),
    [
        (b"nothing " * 100, 10.0, UndecodableMedia, "no recording that can be read"),
        (steps_wav(0.05), 10.0, UndecodableMedia, "no sound to speak of"),
        (steps_wav(3.0), 2.0, MediaTooLarge, "longer than 2 s"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 10.0, UndecodableMedia, "can be read"),
    ],
)
def test_what_is_not_taken_leaves_nothing_behind(
    tmp_path: Path, content: bytes, limit_s: float, kind: type[Exception], says: str
):
    source = tmp_path / "in.wav"
    source.write_bytes(content)
    with pytest.raises(kind, match=says):
        to_flac(source, tmp_path / "out.flac", max_duration_s=limit_s)
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


def test_a_conversion_that_nobody_waits_for_stops(tmp_path: Path):
    source = tmp_path / "in.wav"
    source.write_bytes(steps_wav(3.0))

    def gone() -> None:
        raise RenderCancelled("gone")

    with pytest.raises(RenderCancelled):
        to_flac(source, tmp_path / "out.flac", max_duration_s=10, check=gone)
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]
