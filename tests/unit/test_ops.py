"""What `ops/` says of the product is so: names, commands, ports, probes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from ops import handbook
from tracker.cli import main
from tracker.health import HealthController
from tracker.settings import SECRETS, load_settings, read_env_file

ROOT = handbook.ROOT
OPS = ROOT / "ops"
BIN = Path(sys.executable).parent
KNOWN = handbook.names_in_code() | {f"{name}_FILE" for name in SECRETS}


def parsed(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def manifests() -> Iterator[dict[str, Any]]:
    for file in sorted((OPS / "kubernetes").glob("*.yaml")):
        for one in yaml.safe_load_all(file.read_text()):
            if one["kind"] != "Kustomization":
                yield one


def pods() -> dict[str, dict[str, Any]]:
    """The specifications of pods, by the name of what makes them."""
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in manifests()
        if "template" in one.get("spec", {})
    }


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services of the compose file that run our image."""
    return {
        name: service
        for name, service in compose["services"].items()
        if service["image"].startswith("incident-sla-tracker")
    }


def render_settings(service: dict[str, Any]) -> set[str]:
    blueprint = parsed("ops/render.yaml")
    groups = {group["name"]: group["envVars"] for group in blueprint["envVarGroups"]}
    own = service["envVars"]
    shared = [one for item in own for one in groups.get(item.get("fromGroup"), [])]
    return {item["key"] for item in [*own, *shared] if "key" in item}


def dockerfile(instruction: str) -> str:
    """The last instruction of that name, on one line."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    found: list[str] = re.findall(rf"^{instruction} (.*)$", text, re.MULTILINE)
    return found[-1]


def settings_by_file() -> dict[str, set[str]]:
    """What each file sets for our processes."""
    found = {
        "Dockerfile": set(re.findall(r"(\w+)=", dockerfile("ENV"))) - {"PATH"},
        "fly.toml": set(tomllib.loads((OPS / "fly.toml").read_text())["env"]),
        "kustomization.yaml": {
            literal.partition("=")[0]
            for generator in parsed("ops/kubernetes/kustomization.yaml")[
                "configMapGenerator"
            ]
            for literal in generator["literals"]
        },
        "install.sh": set(
            re.findall(r"([A-Z_]{4,})=", (OPS / "hetzner/install.sh").read_text())
        ),
        "tracker@.service": set(
            re.findall(
                r"^Environment=(\w+)=",
                (OPS / "hetzner/tracker@.service").read_text(),
                re.MULTILINE,
            )
        ),
    }
    for name, service in ours(parsed("ops/compose.yaml")).items():
        found[f"compose.yaml: {name}"] = set(service["environment"])
    for service in parsed("ops/render.yaml")["services"]:
        if service.get("runtime") == "docker":
            found[f"render.yaml: {service['name']}"] = render_settings(service)
    return found


def commands() -> list[str]:
    """Every `tracker` command that a file runs."""
    found = [
        " ".join(service["command"])
        for service in ours(parsed("ops/compose.yaml")).values()
    ]
    found += [" ".join(pod["containers"][0]["args"]) for pod in pods().values()]
    for path in (
        "ops/render.yaml",
        "ops/fly.toml",
        "ops/README.md",
        "ops/compose.yaml",
    ):
        found += re.findall(
            r"\b(tracker (?:migrate|web|worker|serve|doctor|user \w+|token \w+)\b)",
            (ROOT / path).read_text(),
        )
    return sorted(set(found))


# --- Settings ---


@pytest.mark.parametrize(("file", "names"), list(settings_by_file().items()))
def test_each_setting_in_a_file_is_one_of_ours(file: str, names: set[str]) -> None:
    of_python = {"PYTHONDONTWRITEBYTECODE"}

    assert names
    assert names - of_python <= KNOWN


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in settings_by_file()
        if file.startswith(("compose", "render", "kust"))
    ],
)
def test_a_file_sets_all_that_processes_on_several_hosts_need(file: str) -> None:
    names = {name.removesuffix("_FILE") for name in settings_by_file()[file]}

    assert names >= {
        *("APP_ENV", "DATABASE_URL", "EMAIL_FROM", "PUBLIC_URL", "REDIS_URL"),
        *("S3_ACCESS_KEY", "S3_ENDPOINT", "S3_SECRET_KEY", "SECRET_KEY", "SMTP_HOST"),
    }


def test_the_example_describes_each_setting() -> None:
    described = list(handbook.described())

    assert {one.name for one in described} == handbook.names_in_code()
    assert [one.name for one in described if not one.text] == []


def test_the_example_shows_the_defaults() -> None:
    assert load_settings(read_env_file(handbook.EXAMPLE)) == load_settings({})


def test_the_table_of_settings_in_the_handbook_is_current() -> None:
    text = handbook.HANDBOOK.read_text()

    assert handbook.with_table(text) == text, "run python -m ops.handbook"


def test_no_file_holds_a_secret() -> None:
    for file, names in settings_by_file().items():
        if file.startswith(("compose", "kust", "Dockerfile", "fly")):
            assert not names & set(SECRETS) - {"S3_ACCESS_KEY"}, file


# --- Commands, ports and probes ---


@pytest.mark.parametrize("command", commands())
def test_each_command_in_a_file_exists(command: str) -> None:
    found: click.Command | None = main
    for word in command.split()[1:]:
        assert isinstance(found, click.Group)
        found = found.commands.get(word)

    assert found is not None


def probes() -> Iterator[tuple[str, str]]:
    web = pods()["web"]["containers"][0]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        yield f"kubernetes {probe}", web[probe]["httpGet"]["path"]
    for service in parsed("ops/render.yaml")["services"]:
        if "healthCheckPath" in service:
            yield "render", service["healthCheckPath"]
    for check in tomllib.loads((OPS / "fly.toml").read_text())["http_service"][
        "checks"
    ]:
        yield "fly", check["path"]
    healthcheck = re.search(r"\}(/[\w/]+)", dockerfile("HEALTHCHECK"))
    assert healthcheck
    yield "docker", healthcheck[1]


@pytest.mark.parametrize(("where", "path"), list(probes()))
def test_each_probe_asks_for_what_the_service_answers(where: str, path: str) -> None:
    served = {
        HealthController.path + part
        for handler in (HealthController.live, HealthController.ready)
        for part in handler.paths
    }

    assert path in served, where


def test_everybody_expects_the_default_port() -> None:
    port = load_settings({}).port
    web = pods()["web"]["containers"][0]
    fly = tomllib.loads((OPS / "fly.toml").read_text())
    compose = parsed("ops/compose.yaml")["services"]["web"]

    assert dockerfile("EXPOSE") == str(port)
    assert web["ports"] == [{"name": "http", "containerPort": port}]
    assert fly["http_service"]["internal_port"] == port
    assert compose["ports"][0].endswith(f":{port}")
    assert f"127.0.0.1:{port}" in (OPS / "hetzner/Caddyfile").read_text()


# --- Nobody has more rights than needed ---


def test_the_image_runs_as_an_account_without_rights() -> None:
    assert int(dockerfile("USER")) > 0


@pytest.mark.parametrize("name", ["web", "worker", "migrate"])
def test_a_pod_can_neither_write_nor_become_root(name: str) -> None:
    pod = pods()[name]
    container = pod["containers"][0]

    assert pod["securityContext"]["runAsNonRoot"]
    assert str(pod["securityContext"]["runAsUser"]) == dockerfile("USER")
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", ["web", "worker", "migrate"])
def test_a_container_of_compose_can_neither_write_nor_become_root(name: str) -> None:
    service = ours(parsed("ops/compose.yaml"))[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_selects_pods_finds_some() -> None:
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for one in manifests()
        if "template" in one.get("spec", {})
    ]
    for one in manifests():
        selector = one.get("spec", {}).get("selector") or one.get("spec", {}).get(
            "podSelector"
        )
        if selector:
            wanted = selector.get("matchLabels", selector).items()
            assert [found for found in labels if wanted <= found.items()], one["kind"]


# --- Form ---


def check(*command: str | Path) -> None:
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_dockerfile_has_no_lint() -> None:
    check(BIN / "hadolint", "Dockerfile")


def test_the_compose_file_follows_its_schema() -> None:
    check(
        *(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"),
        "ops/compose.yaml",
    )


def test_the_workflows_follow_their_schema() -> None:
    check(
        *(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        *sorted((ROOT / ".github/workflows").glob("*.yaml")),
    )


def test_the_manifests_follow_their_schemas() -> None:
    files = sorted((OPS / "kubernetes").glob("*.yaml"))

    check(
        *(BIN / "kubernetes-validate", "--strict", "--quiet"),
        *[file for file in files if file.name != "kustomization.yaml"],
    )


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_the_manifests_can_be_put_together() -> None:
    check("kubectl", "kustomize", "ops/kubernetes")


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed"
)
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = (OPS / "hetzner/tracker@.service").read_text()
    copy = tmp_path / "tracker@serve.service"
    # It insists on a program that is there.
    copy.write_text(unit.replace("/opt/tracker/bin/tracker", "/bin/true"))

    check("systemd-analyze", "verify", copy)


def test_caddy_understands_its_file() -> None:
    check(
        *("caddy", "validate", "--adapter", "caddyfile"),
        *("--config", "ops/hetzner/Caddyfile"),
    )


@pytest.mark.parametrize(
    "script", sorted(str(path.relative_to(ROOT)) for path in OPS.rglob("*.sh"))
)
def test_each_script_is_one(script: str) -> None:
    check("sh", "-n", script)
    assert (ROOT / script).stat().st_mode & 0o111


def test_the_image_leaves_out_the_extra_of_embedded_services() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]["embedded"]
    listed = (OPS / "not-in-the-image.txt").read_text().splitlines()

    assert [line for line in listed if not line.startswith("#")] == [
        re.split(r"[~=<>]", requirement)[0] for requirement in extra
    ]


def test_the_secrets_of_compose_are_ones_that_the_service_takes(tmp_path: Path) -> None:
    script = shutil.copy(OPS / "compose-secrets.sh", tmp_path)
    check(script)
    made = {path.name: path.read_text() for path in tmp_path.glob("secrets/*")}
    check(script)  # the second time changes nothing

    compose = parsed("ops/compose.yaml")
    assert made == {path.name: path.read_text() for path in tmp_path.glob("secrets/*")}
    assert set(made) == set(compose["secrets"])
    assert load_settings(
        {
            name: str(tmp_path / value.removeprefix("/run/"))
            if name.endswith("_FILE")
            else re.sub(r"\$\{\w+:-(.*)\}", r"\1", value)
            for name, value in compose["services"]["web"]["environment"].items()
        }
    ).production
    assert made["postgres_password"] in made["database_url"]
    assert made["redis_password"] in made["redis_url"]
    assert len(set(made.values())) == len(made)
