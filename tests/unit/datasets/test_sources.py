import pytest

from crackscope.datasets.sources import source_photo


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("11289-1", "11289-10"),
        ("IMG_6544-3", "IMG_6544-12"),
        (
            "Rissbilder_for_Florian_9S6A2812_1545_131_2276_2406",
            "Rissbilder_for_Florian_9S6A2812_0_0_3840_5760",
        ),
        ("Volker_DSC01630_374_343_1233_1342", "Volker_DSC01630_1_2_3_4"),
        ("noncrack_noncrack_concrete_wall_12_9", "noncrack_noncrack_concrete_wall_12_31"),
        ("GAPS384_train_1347_541_641", "GAPS384_train_1347_1_1"),
        ("valid_test_80-5", "test_test_80-1"),
        ("exp1_num_32128", "exp5_num_32128"),
        ("20160222_081111", "20160222_081113"),
        ("a_31_66", "a_31_2"),
        ("slide1560", "slide1561"),
        ("wall_jpg.rf.0a1b", "wall_jpg.rf.9f3e"),
    ],
)
def test_cuts_of_one_photo_share_their_source(first: str, second: str):
    assert source_photo(first, set_name="s") == source_photo(second, set_name="s")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("11289-1", "11290-1"),
        ("Volker_DSC01630_374_343_1233_1342", "Volker_DSC01631_374_343_1233_1342"),
        ("noncrack_noncrack_concrete_wall_1_9", "noncrack_noncrack_concrete_wall_12_9"),
        ("test_test_80-5", "test_train_80-5"),
        ("20160222_081111", "20160222_081211"),
        ("slide100", "slide1500"),
        ("034", "035"),
        ("test_2205", "test_2275"),
    ],
)
def test_different_photos_have_different_sources(first: str, second: str):
    assert source_photo(first, set_name="s") != source_photo(second, set_name="s")


def test_equal_names_in_two_sets_are_different_photos():
    assert source_photo("11289-1", set_name="train") != source_photo("11289-1", set_name="test")
