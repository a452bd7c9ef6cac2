from crackscope.training.lineage import Learnt, merge_lineages, own_lineage
from crackscope.training.recipe import parse_recipe

RECIPE = {
    "name": "r",
    "data": {"sets": {"walls": {"terms": "CC0"}, "absent": {"terms": "MIT"}}},
    "model": {"encoder_weights": {"file": "w.pth", "origin": "photos", "pictures": 9, "terms": "theirs"}},
}


def test_a_lineage_names_the_sets_that_were_there_and_the_encoders_origin():
    lineage = own_lineage(parse_recipe(RECIPE, source="test"), {"walls": 5, "mine": 2})
    assert lineage == [
        Learnt("walls", 5, "CC0"),
        Learnt("mine", 2, "not stated"),
        Learnt("photos", 9, "theirs"),
    ]


def test_a_name_that_two_lineages_share_stands_once():
    merged = merge_lineages([Learnt("walls", 5, "CC0")], [Learnt("walls", 4, ""), Learnt("roads", 1, "MIT")])
    assert merged == (Learnt("roads", 1, "MIT"), Learnt("walls", 5, "CC0"))
