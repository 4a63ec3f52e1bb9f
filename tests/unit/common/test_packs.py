from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foley_common.errors import SamplePackInvalid
from foley_common.footsteps import GaitKind
from foley_common.packs import (
    PackArchive,
    PackLimits,
    PackManifest,
    PackStep,
    Provenance,
    Rejection,
    check_heard,
    zip_folder,
)
from foley_common.packs.downmix import one_channel
from foley_common.packs.manifest import manifest_from_json
from foley_common.packs.naming import step_of_name
from foley_common.packs.silence import loudest_db
from foley_common.packs.wave_format import read_wave_format, samples_of
from foley_common.surfaces import Footwear, Surface


def wave(seconds: float = 0.2, rate_hz: int = 48_000, channels: int = 1, **kind: str) -> bytes:
    sound = 0.1 * np.random.default_rng(1).standard_normal((round(seconds * rate_hz), channels))
    out = io.BytesIO()
    soundfile.write(out, sound, rate_hz, format="WAV", **{"subtype": "PCM_24", **kind})
    return out.getvalue()


def manifest(*files: str, **more: object) -> bytes:
    document = {
        "schema": "foley.sample-pack",
        "schema_version": 1,
        "name": "test",
        "surface": "gravel",
        "steps": [{"file": file} for file in files],
        **more,
    }
    return json.dumps(document).encode()


def pack(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def refusal(path: Path, **limits: int) -> SamplePackInvalid:
    with pytest.raises(SamplePackInvalid) as caught:
        PackArchive(path, limits=PackLimits(**limits))
    return caught.value


def test_a_manifest_comes_back_as_it_was_written() -> None:
    before = PackManifest(
        name="Kies, Stiefel",
        steps=(
            PackStep(
                "a.wav",
                Surface.GRAVEL,
                Footwear.BOOT,
                GaitKind.WALK,
                480,
                5000,
                (5000, 9000),
                -23.5,
                0.6,
                1800.0,
                12.25,
            ),
            PackStep("b.wav", Surface.GRAVEL, Footwear.BOOT),
        ),
        provenance=Provenance("https://example.org/1", "Kies", "somebody", "CC0-1.0", True),
        rejected=(Rejection(1.0, 2.0, "speech"),),
        audio_stream=2,
        audio_stream_count=3,
        audio_streams_left_out=(1,),
    )
    assert manifest_from_json(before.to_json().encode()) == before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("gravel_boot_walk_01.wav", (Surface.GRAVEL, Footwear.BOOT, GaitKind.WALK)),
        ("Wood-Dress Shoe-Run-3.WAV", (Surface.WOOD, Footwear.DRESS_SHOE, GaitKind.RUN)),
        ("snow/12.wav", (Surface.SNOW, None, None)),
        ("mud_scuff_2.wav", (Surface.MUD, None, GaitKind.SCUFF)),
        ("stone/boot land 2.wav", (Surface.STONE, Footwear.BOOT, GaitKind.LANDING)),
        ("stone_boot_landing.wav", (Surface.STONE, Footwear.BOOT, GaitKind.LANDING)),
        ("stone_boot_landscape.wav", (Surface.STONE, Footwear.BOOT, None)),
        ("Gravel/Boots/Walking 3.wav", (Surface.GRAVEL, Footwear.BOOT, GaitKind.WALK)),
        ("tile, high heels, running.wav", (Surface.TILE, Footwear.HIGH_HEEL, GaitKind.RUN)),
        ("wood/dress shoes/2.wav", (Surface.WOOD, Footwear.DRESS_SHOE, None)),
        ("sand_bare_feet_1.wav", (Surface.SAND, Footwear.BAREFOOT, None)),
        ("carpet_socks_1.wav", (Surface.CARPET, Footwear.SOCKS, None)),
        ("tile/high_heel/take.wav", (Surface.TILE, Footwear.HIGH_HEEL, None)),
        ("gravel_walk_boots_1.wav", (Surface.GRAVEL, Footwear.BOOT, GaitKind.WALK)),
        ("FOOTGrvl_Gravel Walk Boots_01.wav", (Surface.GRAVEL, Footwear.BOOT, GaitKind.WALK)),
        ("high_heels_on_tile_3.wav", (Surface.TILE, Footwear.HIGH_HEEL, None)),
        ("My Sounds/FOOT Wood, running/01.wav", (Surface.WOOD, None, GaitKind.RUN)),
        ("sandal.wav", None),
        ("sand_sandal_1.wav", (Surface.SAND, Footwear.SANDAL, None)),
        ("lava_1.wav", None),
    ],
)
def test_names_without_a_manifest_say_ground_shoe_and_gait(
    path: str, expected: tuple[object, ...] | None
) -> None:
    if expected is None:
        with pytest.raises(SamplePackInvalid, match="does not say its ground"):
            step_of_name(path)
    else:
        step = step_of_name(path)
        assert (step.surface, step.footwear, step.gait_kind) == expected


def test_a_name_of_two_grounds_is_refused_with_both() -> None:
    with pytest.raises(SamplePackInvalid, match="names concrete and wood"):
        step_of_name("mix of concrete and wood 1.wav")


@pytest.mark.parametrize("name", ["Manifest.json", "pack/MANIFEST.JSON"])
def test_a_capital_manifest_is_read(tmp_path: Path, name: str) -> None:
    folder = name.rpartition("/")[0]
    files = {name: manifest("1.wav"), f"{folder}/1.wav".lstrip("/"): wave()}
    with PackArchive(pack(tmp_path / "p.zip", files)) as archive:
        assert archive.manifest.steps[0].file == "1.wav"
    path = tmp_path / "folder"
    path.mkdir()
    (path / "Manifest.JSON").write_bytes(manifest("1.wav"))
    (path / "1.wav").write_bytes(wave())
    assert zip_folder(path, tmp_path / "f.zip") == 2
    with PackArchive(tmp_path / "f.zip") as archive:
        assert archive.manifest.steps[0].file == "1.wav"


def test_a_pack_with_a_manifest_is_opened(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "p.zip", {"manifest.json": manifest("s/1.wav"), "s/1.wav": wave(rate_hz=44_100)}
    )
    with PackArchive(path) as archive:
        assert archive.manifest.steps[0].surface is Surface.GRAVEL
        assert archive.formats["s/1.wav"].sample_rate_hz == 44_100
        assert archive.formats["s/1.wav"].duration_s == pytest.approx(0.2)
        assert archive.read("s/1.wav")[:4] == b"RIFF"


def test_a_folder_that_a_desktop_compressed_is_a_pack(tmp_path: Path) -> None:
    junk = {"__MACOSX/garden path/steps/._1.wav": b"x", "garden path/.DS_Store": b"x"}
    rows = {"garden path/manifest.json": manifest("steps/1.wav"), "garden path/": b""}
    sound = {"garden path/steps/1.wav": wave()}
    with PackArchive(pack(tmp_path / "a.zip", {**rows, **sound, **junk})) as archive:
        assert [step.file for step in archive.manifest.steps] == ["steps/1.wav"]
        assert archive.read("steps/1.wav") == wave()
    named = {"My Steps/gravel_boot_1.wav": wave(), "My Steps/notes.txt": b"x"}
    with PackArchive(pack(tmp_path / "b.zip", named)) as archive:
        assert [(step.file, step.surface) for step in archive.manifest.steps] == [
            ("gravel_boot_1.wav", Surface.GRAVEL)
        ]
    inside = {"FOOT Wood Boots/01.wav": wave(), "FOOT Wood Boots/02.wav": wave()}
    with PackArchive(pack(tmp_path / "d.zip", inside)) as archive:
        assert {(step.surface, step.footwear) for step in archive.manifest.steps} == {
            (Surface.WOOD, Footwear.BOOT)
        }
    around = {"My wood studio/gravel_1.wav": wave()}
    with PackArchive(pack(tmp_path / "e.zip", around)) as archive:
        assert [step.surface for step in archive.manifest.steps] == [Surface.GRAVEL]
    grounds = {"snow/boot_1.wav": wave(), "snow/boot_2.wav": wave()}
    with PackArchive(pack(tmp_path / "c.zip", grounds)) as archive:
        assert {step.surface for step in archive.manifest.steps} == {Surface.SNOW}


def test_a_manifest_may_begin_with_the_mark_of_windows(tmp_path: Path) -> None:
    entries = {"manifest.json": b"\xef\xbb\xbf" + manifest("1.wav"), "1.wav": wave()}
    with PackArchive(pack(tmp_path / "a.zip", entries)) as archive:
        assert len(archive.manifest.steps) == 1


def test_a_folder_always_gives_the_same_pack(tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    (folder / "gravel").mkdir(parents=True)
    for i in range(3):
        (folder / "gravel" / f"boot_{i}.wav").write_bytes(wave())
    (folder / "notes.txt").write_text("not for the pack")
    (folder / ".DS_Store").write_bytes(b"x")
    assert zip_folder(folder, tmp_path / "a.zip") == 3
    (folder / "gravel" / "boot_1.wav").touch()
    zip_folder(folder, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with PackArchive(tmp_path / "a.zip", name="mine") as archive:
        assert archive.manifest.name == "mine"
        assert [step.footwear for step in archive.manifest.steps] == [Footwear.BOOT] * 3


def test_a_folder_without_sound_or_with_a_link_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    folder.mkdir()
    with pytest.raises(SamplePackInvalid, match="holds no WAV files"):
        zip_folder(folder, tmp_path / "a.zip")
    (tmp_path / "secret.wav").write_bytes(wave())
    (folder / "gravel_1.wav").symlink_to(tmp_path / "secret.wav")
    with pytest.raises(SamplePackInvalid, match="symbolic link"):
        zip_folder(folder, tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        ({"manifest.json": manifest("1.wav")}, "missing"),
        ({"manifest.json": manifest("../1.wav"), "1.wav": wave()}, "path"),
        ({"manifest.json": manifest("1.wav", surface="lava"), "1.wav": wave()}, "manifest"),
        ({"manifest.json": manifest("1.wav", schema_version=9), "1.wav": wave()}, "manifest"),
        ({"manifest.json": manifest("1.wav", schema="other"), "1.wav": wave()}, "manifest"),
        ({"manifest.json": manifest(), "1.wav": wave()}, "manifest"),
        ({"manifest.json": b"{", "1.wav": wave()}, "manifest"),
        ({"manifest.json": b"[" * 100_000, "1.wav": wave()}, "manifest"),
        ({"manifest.json": manifest("1.wav", steps="x"), "1.wav": wave()}, "manifest"),
        (
            {
                "manifest.json": manifest(steps=[{"file": "1.wav", "contact_sample": 10**7}]),
                "1.wav": wave(),
            },
            "manifest",
        ),
        ({"manifest.json": manifest("1.wav", "1.wav"), "1.wav": wave()}, "twice"),
        ({"manifest.json": manifest("1.wav"), "1.wav": b"ID3 no wave"}, "format"),
        ({"manifest.json": manifest("1.wav"), "1.wav": wave()[:40]}, "format"),
        ({"manifest.json": manifest("1.wav"), "1.wav": wave(subtype="MS_ADPCM")}, "format"),
        ({"manifest.json": manifest("1.wav"), "1.wav": wave(rate_hz=4_000)}, "format"),
        ({"manifest.json": manifest("1.wav"), "1.wav": wave(channels=9)}, "format"),
        ({"manifest.json": manifest("1.wav"), "1.wav": wave(11.0)}, "long"),
        ({"gravel_1.wav": wave(), "../gravel_2.wav": wave()}, "path"),
        ({"gravel_1.wav": wave(), "/etc/gravel_2.wav": wave()}, "path"),
        ({"gravel_1.wav": wave(), "C:/gravel_2.wav": wave()}, "path"),
        ({"gravel_1.wav": wave(), "a\\..\\gravel_2.wav": wave()}, "path"),
        ({"lava_1.wav": wave()}, "name"),
        ({"readme.txt": b"hello"}, "empty"),
        ({}, "empty"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule(
    tmp_path: Path, entries: dict[str, bytes], rule: str
) -> None:
    assert refusal(pack(tmp_path / "p.zip", entries)).metadata["rule"] == rule


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": 7}, "manifest.json: name: must be a text"),
        ({"provenance": {"licence": 7}}, "manifest.json: provenance: licence: must be a text"),
        ({"provenance": []}, "manifest.json: provenance: must be a JSON object"),
        ({"gait": "fly"}, "manifest.json: gait: 'fly' is not one of"),
        ({"steps": [{"file": 1}]}, "manifest.json: steps[0]: file: must be a text"),
        ({"steps": [1]}, "manifest.json: steps[0]: must be a JSON object"),
        ({"schema": "other"}, "manifest.json "),
    ],
)
def test_an_error_names_the_manifest_once(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(SamplePackInvalid) as caught:
        manifest_from_json(manifest("1.wav", **wrong))
    assert caught.value.message.startswith(says)
    assert caught.value.message.count("manifest.json") == 1


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_samples_are_those_that_were_written(subtype: str) -> None:
    data = wave(channels=2, subtype=subtype)
    expected, _ = soundfile.read(io.BytesIO(data), always_2d=True)
    stream = io.BytesIO(data)
    form = read_wave_format(stream, len(data))
    np.testing.assert_allclose(samples_of(stream.read(), form), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("sound", "is_silent"),
    [
        (np.zeros(4800), True),
        (np.zeros(100), True),
        (np.full(4800, 1e-5), True),
        (
            np.stack([np.full(4800, 0.1), np.full(4800, -0.1)], axis=1),
            True,
        ),  # offsets of two channels
        (np.outer(0.1 * (-1.0) ** np.arange(4800), [1.0, -1.0]), False),  # in opposite phase
        (np.full(4800, np.nan), True),
        (np.concatenate([np.zeros(48_000), np.full(2400, 2e-3), np.zeros(4800)]), False),
        (0.1 * (-1.0) ** np.arange(100), False),
        (np.full(4800, 0.1), True),  # an offset and nothing else
    ],
)
def test_a_silent_step_is_said_with_its_pack_its_file_and_what_helps(
    tmp_path: Path, sound: np.ndarray, is_silent: bool
) -> None:
    data = io.BytesIO()
    soundfile.write(data, sound, 48_000, format="WAV", subtype="FLOAT")
    entries = {
        "manifest.json": manifest("1.wav", "s/2.wav"),
        "1.wav": wave(),
        "s/2.wav": data.getvalue(),
    }
    with PackArchive(pack(tmp_path / "p.zip", entries)) as archive:
        if not is_silent:
            check_heard(archive)
            return
        with pytest.raises(SamplePackInvalid) as caught:
            check_heard(archive)
    assert caught.value.metadata == {"rule": "silent", "entry": "s/2.wav", "pack": "test"}
    for said in ("'s/2.wav'", "'test'", "is silent", "leave it out"):
        assert said in caught.value.message


def test_channels_that_cancel_are_turned_round_and_others_left_alone() -> None:
    dice = np.random.default_rng(1)
    step, other = dice.standard_normal((2, 4800))
    silent = np.zeros(4800)

    def mono(*channels: np.ndarray) -> np.ndarray:
        return one_channel(np.stack(channels, axis=1))

    for honest in ((step,), (step, step), (step, other), (step, silent), (silent, silent)):
        assert np.array_equal(mono(*honest), np.stack(honest, axis=1).mean(axis=1))
    assert mono(step, -step) == pytest.approx(step)
    assert mono(0.9 * step, -step, silent) == pytest.approx(-1.9 / 3 * step)
    assert mono(step + 0.5, -step - 0.2) == pytest.approx(step + 0.35)
    broken = mono(step, np.where(np.arange(4800) == 7, np.nan, -step))
    assert np.flatnonzero(np.isnan(broken)).tolist() == [7]
    assert np.delete(broken, 7) == pytest.approx(np.delete(step, 7))


def test_the_level_of_a_step_is_that_of_its_loudest_part() -> None:
    quiet, loud = np.full(9600, 0.01), np.full(2400, 0.5)
    assert loudest_db(quiet, 48_000) == pytest.approx(-40.0)
    both = np.concatenate([quiet, loud, quiet])
    assert loudest_db(both, 48_000) == pytest.approx(20 * np.log10(0.5))
    assert loudest_db(np.zeros(0), 48_000) < -100.0


def test_bombs_are_refused_before_they_are_read(tmp_path: Path) -> None:
    zeros = pack(
        tmp_path / "zeros.zip",
        {"gravel_1.wav": wave(), "manifest.json": b"\0" * (200 << 20)},
        zipfile.ZIP_DEFLATED,
    )
    assert zeros.stat().st_size < 1 << 20
    assert refusal(zeros).metadata["rule"] == "bomb"
    many = pack(tmp_path / "many.zip", {f"gravel_{i}.wav": b"" for i in range(3000)})
    assert refusal(many).metadata["rule"] == "count"
    two = pack(tmp_path / "two.zip", {"gravel_1.wav": wave(2.0), "gravel_2.wav": wave(2.0)})
    assert refusal(two, max_unpacked_bytes=400_000).metadata["rule"] == "bomb"
    assert refusal(two, max_zip_bytes=1000).metadata["rule"] == "size"
    assert refusal(two, max_step_count=1).metadata["rule"] == "count"


def test_more_bytes_than_declared_are_never_read(tmp_path: Path) -> None:
    path = pack(tmp_path / "p.zip", {"gravel_1.wav": wave(5.0)}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    real = struct.unpack_from("<I", data, directory + 24)[0]
    struct.pack_into("<I", data, directory + 24, real // 10)
    path.write_bytes(data)
    with pytest.raises(SamplePackInvalid), PackArchive(path) as archive:
        archive.read("gravel_1.wav")


def test_links_encryption_doubles_and_other_methods_are_refused(tmp_path: Path) -> None:
    link = tmp_path / "link.zip"
    with zipfile.ZipFile(link, "w") as archive:
        info = zipfile.ZipInfo("gravel_1.wav")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert refusal(link).metadata["rule"] == "link"
    locked = pack(tmp_path / "locked.zip", {"gravel_1.wav": wave()})
    data = bytearray(locked.read_bytes())
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(data)
    assert "encrypted" in refusal(locked).message
    twice = tmp_path / "twice.zip"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(twice, "w") as archive:
            archive.writestr("gravel_1.wav", wave())
            archive.writestr("gravel_1.wav", wave())
    assert refusal(twice).metadata["rule"] == "twice"
    packed = pack(tmp_path / "lzma.zip", {"gravel_1.wav": wave()}, zipfile.ZIP_LZMA)
    assert "stored or deflated" in refusal(packed).message


def test_what_is_no_zip_or_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    for data in (b"", b"hello", b"PK\x05\x06" + b"\0" * 10, wave()):
        path.write_bytes(data)
        assert refusal(path).metadata["rule"] == "zip"
    pack(path, {"gravel_1.wav": wave()})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with PackArchive(path) as archive, pytest.raises(SamplePackInvalid, match="damaged"):
        archive.read("gravel_1.wav")
    truncated = path.read_bytes()[:5000]
    path.write_bytes(truncated)
    assert refusal(path).metadata["rule"] == "zip"


def test_zip64_numbers_cannot_hide_a_huge_directory(tmp_path: Path) -> None:
    path = pack(tmp_path / "p.zip", {"gravel_1.wav": wave()})
    data = path.read_bytes()
    at = data.rfind(b"PK\x05\x06")
    path.write_bytes(data[:at] + b"PK\x06\x07" + b"\0" * 16 + data[at:])
    assert refusal(path).metadata["rule"] == "zip"
