import tomllib
from pathlib import Path

import pytest

from crackscope.cli.extras import EXTRA_OF_MODULE, missing_extra

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("module", EXTRA_OF_MODULE)
def test_the_extra_named_for_a_module_brings_it(module):
    requirements = PROJECT["optional-dependencies"][EXTRA_OF_MODULE[module]]
    assert any(requirement.startswith(f"{module.replace('_', '-')}>=") for requirement in requirements)


def test_every_package_of_the_training_and_tracking_extras_is_known():
    extras = PROJECT["optional-dependencies"]
    packages = {requirement.partition(">=")[0] for name in ("train", "track") for requirement in extras[name]}
    assert packages == {module.replace("_", "-") for module in EXTRA_OF_MODULE}


def test_module_of_no_extra_has_no_remedy():
    assert missing_extra(ModuleNotFoundError(name="crackscope.nothing")) is None
