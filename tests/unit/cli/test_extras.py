import tomllib
from pathlib import Path

import pytest

from crackscope.cli.extras import EXTRA_OF_MODULE, missing_extra

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def package(requirement):
    """The name in a requirement such as psycopg[binary]>=3.2."""
    return requirement.partition(">=")[0].partition("[")[0]


@pytest.mark.parametrize("module", EXTRA_OF_MODULE)
def test_the_extra_named_for_a_module_brings_it(module):
    requirements = PROJECT["optional-dependencies"][EXTRA_OF_MODULE[module]]
    assert module.replace("_", "-") in map(package, requirements)


def test_every_package_of_the_training_tracking_and_serving_extras_is_known():
    extras = PROJECT["optional-dependencies"]
    packages = {package(each) for name in ("train", "track", "serve") for each in extras[name]}
    assert packages == {module.replace("_", "-") for module in EXTRA_OF_MODULE}


def test_module_of_no_extra_has_no_remedy():
    assert missing_extra(ModuleNotFoundError(name="crackscope.nothing")) is None
