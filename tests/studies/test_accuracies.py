"""What is enough, and the table that says so."""

from mho.studies.accuracies import enough, table
from mho.studies.spread import spread

LOSSES = {"2": spread([3.0]), "3": spread([0.5, 1.1]), "4": spread([1.2]), "5": spread([-0.1])}


def test_enough_is_the_last_number_before_the_first_that_loses_more():
    assert enough(LOSSES, (5, 4, 3, 2), points=1.0) == 5
    assert enough(LOSSES, (5, 4, 3, 2), points=1.2) == 3
    assert enough(LOSSES, (2, 3, 4, 5), points=1.0) is None
    assert enough(LOSSES, (2, 3, 4, 5), points=3.0) == 5


def test_a_row_says_what_is_enough():
    scores = {"2": spread([90.0]), "3": spread([95.0, 96.0])}
    accuracy = {"pair": {"exact": scores, "one_pulse": scores}}
    met = {"pair": {"exact": 3, "one_pulse": None}}
    head, exact, one_pulse = table(accuracy, {2: "2 bit", 3: "3 bit"}, met, "from {} on")
    assert head.split() == ["accuracy,", "%", "2", "bit", "3", "bit"]
    assert exact.split() == ["pair,", "exact", "90.00", "95.50", "from", "3", "on"]
    assert one_pulse.split() == ["pair,", "one_pulse", "90.00", "95.50"]
