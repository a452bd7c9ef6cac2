import pytest
import yaml

from crackscope.errors import RuleError
from crackscope.measurement.rule_file import LARGEST_BYTES, choose_rule, read_rule, shipped_rules
from crackscope.measurement.severity import EXCEEDS, WITHIN, SeverityClass

OWN = {
    "name": "quay",
    "title": "Quay walls of the port",
    "source": "Port authority, handbook 2020, 4.2",
    "scope": "Quay walls above water",
    "figure": "p95_width",
    "cases": {
        "walls": {"title": "Walls", "classes": [{"name": "small", "up_to_mm": 0.2}, {"name": "large"}]}
    },
}


def written(tmp_path, document):
    path = tmp_path / "own.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), "utf-8")
    return path


def test_the_shipped_rules_have_the_published_limits():
    limits = {
        f"{name}:{case.name}": [each.up_to_mm for each in case.classes[:-1]]
        for name, path in shipped_rules().items()
        for case in read_rule(path).cases.values()
    }
    assert limits == {
        "aci-224r-01:dry-air": [0.41],
        "aci-224r-01:humidity": [0.30],
        "aci-224r-01:deicing-chemicals": [0.18],
        "aci-224r-01:seawater": [0.15],
        "aci-224r-01:water-retaining": [0.10],
        "en-1992-1-1:x0-xc1": [0.4],
        "en-1992-1-1:xc2-xs3": [0.3],
        "road-cracking:width": [10.0, 75.0],
    }
    for path in shipped_rules().values():
        rule = read_rule(path)
        assert rule.name == path.stem
        assert len(rule.source) > 20
        assert len(rule.scope) > 20


@pytest.mark.parametrize(
    ("width", "sigma", "name", "possible", "text"),
    [
        (0.20, 0.02, WITHIN, (WITHIN,), "0.16–0.24 mm: within 0.30 mm"),
        (0.29, 0.02, WITHIN, (WITHIN, EXCEEDS), "0.25–0.33 mm: may exceed 0.30 mm"),
        (0.31, 0.02, EXCEEDS, (WITHIN, EXCEEDS), "0.27–0.35 mm: may exceed 0.30 mm"),
        (0.40, 0.02, EXCEEDS, (EXCEEDS,), "0.36–0.44 mm: exceeds 0.30 mm"),
        (0.30, 0.0, WITHIN, (WITHIN,), "0.30–0.30 mm: within 0.30 mm"),
        (0.2255, 0.0378, WITHIN, (WITHIN,), "0.151–0.300 mm: within 0.30 mm"),
        (0.2255, 0.0382, WITHIN, (WITHIN, EXCEEDS), "0.151–0.300 mm: may exceed 0.30 mm"),
        (0.02, 0.05, WITHIN, (WITHIN,), "0.00–0.12 mm: within 0.30 mm"),
    ],
)
def test_an_interval_over_the_limit_is_said_to_be_unsure(width, sigma, name, possible, text):
    found = choose_rule("aci-224r-01:humidity").judge(width, sigma)
    assert (found.name, found.possible, found.text) == (name, possible, text)
    assert found.is_sure is (len(possible) == 1)
    assert found.low_mm <= width <= found.high_mm


@pytest.mark.parametrize(
    ("width", "sigma", "possible", "text"),
    [
        (8, 0.5, ("low",), "7.02–8.98 mm: low"),
        (9.5, 1, ("low", "medium"), "7.54–11.46 mm: low or medium"),
        (40, 40, ("low", "medium", "high"), "0.00–118.40 mm: low or medium or high"),
        (90, 2, ("high",), "86.08–93.92 mm: high"),
    ],
)
def test_a_rule_of_several_classes_names_every_possible_one(width, sigma, possible, text):
    found = choose_rule("road-cracking").judge(width, sigma)
    assert (found.possible, found.text) == (possible, text)


def test_a_rule_of_ones_own(tmp_path):
    chosen = choose_rule(str(written(tmp_path, OWN)))
    assert chosen.name == "quay:walls"
    assert chosen.rule.figure == "p95_width"
    assert chosen.case.classes == (SeverityClass("small", 0.2), SeverityClass("large"))
    assert chosen.description == (
        "quay:walls: Quay walls of the port; Walls; 95th percentile of the width small up to 0.2 mm, large"
    )
    assert choose_rule(f"{tmp_path / 'own.yaml'}:walls") == chosen


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aci", "aci: no such rule; known are aci-224r-01, en-1992-1-1, road-cracking"),
        ("aci-224r-01", "has several cases; choose one of aci-224r-01:dry-air, "),
        ("aci-224r-01:moon", "has no case 'moon'; choose one of"),
        ("nowhere.yaml:walls", "nowhere.yaml: no such file"),
        (" ", "no rule was named; known are aci-224r-01"),
    ],
)
def test_a_choice_that_is_none_says_what_there_is(text, message):
    with pytest.raises(RuleError, match=message):
        choose_rule(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"figure": "area"},
            "figure must be one of mean_width, median_width, p95_width, max_width, is 'area'",
        ),
        ({"source": ""}, "source must be text"),
        ({"source": None}, "source is missing"),
        ({"colour": "red"}, "the file has an unknown key 'colour'"),
        ({"cases": {}}, "cases must be at least one case"),
        ({"cases": {"a": {"title": "A"}}}, r"cases\.a must be either limit_mm or classes"),
        ({"cases": {"a": {"limit_mm": 0}}}, r"cases\.a\.limit_mm must be a number of mm above 0"),
        ({"cases": {"a": {"limit_mm": "0.3 mm"}}}, r"cases\.a\.limit_mm must be a number of mm, is '0.3 mm'"),
        ({"cases": {"a": {"limit_mm": float("nan")}}}, "above 0"),
        ({"cases": {"a": {"limit_mm": True}}}, "must be a number of mm, is True"),
        ({"cases": {"a": {"classes": [{"name": "x"}]}}}, "a list of at least two classes"),
        (
            {"cases": {"a": {"classes": [{"name": "x"}, {"name": "y"}]}}},
            r"classes\[0\], needs up_to_mm; every",
        ),
        (
            {"cases": {"a": {"classes": [{"name": "x", "up_to_mm": 2}, {"name": "y", "up_to_mm": 3}]}}},
            r"classes\[1\], the last, takes all wider cracks: it has no up_to_mm",
        ),
        (
            {
                "cases": {
                    "a": {
                        "classes": [
                            {"name": "x", "up_to_mm": 2},
                            {"name": "y", "up_to_mm": 1},
                            {"name": "z"},
                        ]
                    }
                }
            },
            "limits that rise from class to class",
        ),
        (
            {"cases": {"a": {"classes": [{"name": "x", "up_to_mm": 2}, {"name": "x"}]}}},
            "a name of its own for each class",
        ),
    ],
)
def test_a_wrong_rule_is_refused_naming_the_place(tmp_path, change, message):
    with pytest.raises(RuleError, match=message):
        choose_rule(str(written(tmp_path, OWN | change)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "the file must be keys with values"),
        ("a: [", r"is no YAML file \(line 1, column 5\)"),
        ("", "is empty"),
        ("a: !!python/object/apply:os.system [ls]\n", "is no YAML file"),
        ("a: " + "x" * LARGEST_BYTES, "is over 64 KB long"),
    ],
)
def test_what_is_no_rule_is_refused(tmp_path, text, message):
    with pytest.raises(RuleError, match=message):
        read_rule(written(tmp_path, text))
