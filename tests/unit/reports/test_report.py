import os
import sys
from pathlib import Path

import pytest

from crackscope.errors import CrackscopeError
from crackscope.reports.coco import CocoReport
from crackscope.reports.geojson import GeoJsonReport
from crackscope.reports.html import HtmlReport
from crackscope.reports.report import write_reports
from crackscope.reports.table_csv import CsvReport


def all_reports(folder):
    return [
        CsvReport(folder / "cracks.csv"),
        CocoReport(folder / "coco.json"),
        GeoJsonReport(folder / "photos.geojson"),
        HtmlReport(folder / "report.html", title="walls"),
    ]


def test_an_error_on_the_way_leaves_the_older_reports_and_no_rest(tmp_path, inspection_of):
    (tmp_path / "cracks.csv").write_text("older")

    def inspections():
        yield inspection_of(), None
        raise CrackscopeError("inspections.jsonl, line 2: holds no JSON object")

    with pytest.raises(CrackscopeError, match="line 2"):
        write_reports(all_reports(tmp_path), inspections(), [])
    assert (tmp_path / "cracks.csv").read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["cracks.csv"]


def test_all_reports_are_there_and_nothing_else(tmp_path, inspection_of):
    write_reports(all_reports(tmp_path), [(inspection_of(), None)], [])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["coco.json", "cracks.csv", "photos.geojson", "report.html"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_told_in_one_sentence(tmp_path, inspection_of):
    report = CsvReport(tmp_path / "cracks.csv")
    report.file._temporary.symlink_to("/dev/full")
    with pytest.raises(CrackscopeError, match=r"cracks\.csv: cannot be written \(no space left on device\)"):
        write_reports([report], [(inspection_of(cracks=3), None)] * 200, [])


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told_in_one_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CrackscopeError, match="permission denied"):
        write_reports([CsvReport(tmp_path / "cracks.csv")], [], [])
