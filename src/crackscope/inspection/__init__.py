"""From a photo to its Inspection, and from many photos to a survey.

- `inspection` — the result: frozen dataclasses of plain numbers
- `inspection_json` — the result to JSON and back, lossless
- `inspector` — the pipeline for one photo
- `survey` — many photos, overlapped and resumable; `survey_log` keeps its folder, `survey_stages` its threads
- `records` — reads what a survey wrote
"""
