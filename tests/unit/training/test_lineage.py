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


def test_a_name_that_two_lineages_share_stands_once_for_each_of_its_terms():
    own = [Learnt("walls", 5, "CC0"), Learnt("mine", 3, "not stated"), Learnt("both", 1, "MIT")]
    teachers = [
        Learnt("walls", 8, "CC0"),
        Learnt("mine", 2, "non-commercial"),
        Learnt("both", 1, "GPL"),
        Learnt("roads", 1, "not stated"),
    ]
    assert merge_lineages(own, teachers) == (
        Learnt("both", 1, "GPL"),
        Learnt("both", 1, "MIT"),
        Learnt("mine", 2, "non-commercial"),
        Learnt("roads", 1, "not stated"),
        Learnt("walls", 8, "CC0"),
    )
