"""The container files, checked as data: the compose file, its environment example and the Dockerfile."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema.validators import validator_for

from corpusmill.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
RUNS_ONCE = {"migrate", "models"}
LONG_RUNNING = sorted(set(SERVICES) - RUNS_ONCE)
REQUIRED = {"POSTGRES_PASSWORD"}
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|API_?KEY|PASSPHRASE")
REFERENCE = re.compile(r"\$\{(\w+)(:?[-?])?([^}]*)\}")


def defaulted(text: str) -> str:
    """`text` as compose reads it with an empty environment; a required variable becomes "<NAME>"."""
    return REFERENCE.sub(lambda found: f"<{found[1]}>" if "?" in (found[2] or "") else found[3], text)


def variables(text: str) -> dict[str, str]:
    """The variables `text` refers to, each with the operator behind its name."""
    return {found[1]: found[2] or "" for found in REFERENCE.finditer(text)}


def test_the_compose_file_follows_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec.json").read_text(encoding="utf-8"))
    validator = validator_for(schema)
    validator.check_schema(schema)
    assert [error.json_path + ": " + error.message for error in validator(schema).iter_errors(COMPOSE)] == []


def test_the_schema_refuses_a_misspelt_key() -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec.json").read_text(encoding="utf-8"))
    wrong = {"services": {"web": {"image": "corpusmill:1", "helthcheck": {"test": "true"}}}}
    assert list(validator_for(schema)(schema).iter_errors(wrong))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_takes_its_secrets_from_the_environment_and_nowhere_else(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET_NAME.search(variable):
            assert re.fullmatch(rf"\$\{{{variable}:\?[^}}]+\}}", value), variable
        if credentials := re.search(r"://([^/]*)@", value):
            assert re.fullmatch(r"\w+:\$\{\w*PASSWORD:\?[^}]+\}", credentials[1]), variable


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_stay_out_of_commands_and_build_arguments(name: str) -> None:
    service = SERVICES[name]
    visible = json.dumps([service.get(key) for key in ("command", "entrypoint", "build", "healthcheck", "labels")])
    assert not SECRET_NAME.search(visible)


def test_a_missing_secret_stops_the_start() -> None:
    operators = variables((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert {name for name, operator in operators.items() if operator == ":?"} == REQUIRED
    assert {operator for name, operator in operators.items() if name not in REQUIRED} == {":-"}


def test_the_environment_example_names_every_variable_and_gives_no_value() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    settings = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", example, flags=re.MULTILINE))
    assert set(settings) == set(variables((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert set(settings.values()) == {""}
    assert set(re.findall(r"^([A-Z][A-Z0-9_]+)=", example, flags=re.MULTILINE)) == REQUIRED


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_long_running_service_restarts_and_is_checked_or_says_why_not(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert ("healthcheck" in service) != ("x-no-healthcheck" in service)
    assert service.get("healthcheck", {}).get("disable") is not True
    assert len(service.get("x-no-healthcheck", "a sentence that gives the reason")) > 20


@pytest.mark.parametrize("name", sorted(RUNS_ONCE))
def test_a_service_that_runs_once_is_not_restarted(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_what_it_needs_in_the_right_state(name: str) -> None:
    for other, need in SERVICES[name].get("depends_on", {}).items():
        if other in RUNS_ONCE:
            assert need == {"condition": "service_completed_successfully"}, other
        else:
            assert need == {"condition": "service_healthy"}, other
            assert "healthcheck" in SERVICES[other]
        assert "profiles" not in SERVICES[other]


@pytest.mark.parametrize("name", ["web", "worker", "worker-gpu", "beat"])
def test_our_processes_start_after_the_migrations_and_both_stores(name: str) -> None:
    assert set(SERVICES[name]["depends_on"]) == {"postgres", "redis", "migrate"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_has_a_fixed_version(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].rpartition(":")
    assert re.fullmatch(r"\d+(\.\d+)*(-[a-z]+)?", tag)


def test_images_built_differently_have_different_names() -> None:
    built = {
        (service["image"], service["build"]["args"]["TORCH_INDEX"])
        for service in SERVICES.values()
        if "build" in service
    }
    assert len({image for image, _ in built}) == len(built) == 2


def test_the_only_published_port_is_the_web_interface_on_the_loopback_address() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert {name: [defaulted(port) for port in ports] for name, ports in published.items()} == {
        "web": ["127.0.0.1:8080:8080"]
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_runs_without_privileges_on_a_read_only_root(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True


@pytest.mark.parametrize("name", ["postgres", "redis", "worker", "worker-gpu", "beat", "migrate"])
def test_only_the_web_and_the_model_installer_have_a_way_out(name: str) -> None:
    assert SERVICES[name]["networks"] == ["backend"]
    assert COMPOSE["networks"]["backend"]["internal"] is True


@pytest.mark.parametrize("name", ["worker", "worker-gpu"])
def test_a_worker_has_time_to_finish_its_batch(name: str) -> None:
    assert SERVICES[name]["stop_grace_period"] == "60s"


def test_the_worker_kinds_are_alternatives_and_only_one_asks_for_a_gpu() -> None:
    assert SERVICES["worker"]["profiles"] == ["cpu"]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    assert "deploy" not in SERVICES["worker"]
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia"
    assert device["capabilities"] == ["gpu"]


def test_the_broker_never_evicts_and_keeps_an_append_only_file() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_named_volume_and_network_is_declared(name: str) -> None:
    volumes = {mount.partition(":")[0] for mount in SERVICES[name]["volumes"]}
    assert volumes <= set(COMPOSE["volumes"])
    assert set(SERVICES[name]["networks"]) <= set(COMPOSE["networks"])


def test_the_image_starts_corpusmill_as_a_user_without_rights_from_fixed_bases() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^FROM (\S+)", dockerfile, flags=re.MULTILINE)) == {"python:3.12-slim"}
    assert re.findall(r"^USER (\S+)", dockerfile, flags=re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^ENTRYPOINT (.+)", dockerfile, flags=re.MULTILINE) == ['["corpusmill"]']
    assert not SECRET_NAME.search(dockerfile)


def test_everything_the_dockerfile_copies_passes_the_dockerignore_and_secrets_do_not() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copies = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert {source for line in copies for source in line.split()} == allowed
    assert "*" in ignored
    assert "**/.env" in ignored


@pytest.mark.parametrize("name", SERVICES)
def test_every_setting_a_service_is_given_exists(name: str) -> None:
    given = [key for key in SERVICES[name].get("environment", {}) if key.startswith(PREFIX)]
    assert {key.removeprefix(PREFIX).lower() for key in given} <= set(Settings.model_fields)
