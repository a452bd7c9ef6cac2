"""From a photo to its Inspection, and from many photos to a survey.

- `inspection` — the result: frozen dataclasses of plain numbers
- `inspection_json`, `crack_json` — the result to JSON and back, lossless
- `inspector` — the pipeline for one photo
- `eye` — what one model sees, whatever its task; `segmenting_eye`, `detecting_eye` and `classifying_eye` are
  for one task each, `eyes` chooses; `screen` is the classifier that may look first
- `measured_cracks`, `coverage` — from what was seen to what is reported
- `survey` — many photos, overlapped and resumable; `survey_log` keeps its folder, `survey_stages` its threads
- `records` — reads what a survey wrote
"""
