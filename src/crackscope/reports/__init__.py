"""What people and programs receive: one file per format, all written in one pass over a survey's inspections.

- `report` — what a report is, and the pass that fills all those asked for
- `table_csv`, `coco`, `geojson`, `html` — a report per format; `html_parts`, `html_reading` and
  `html_rows` serve `html`
- `overlays` — the pictures with the cracks drawn in; `overlay_labels` and `picture_names` serve it
- `figures` — measurements as people read them
- `tally` — the summary figures; `scales` — those of the photos' scales
- `atomic_file` — a file that is there whole or not at all

JSON lines are written by the survey itself, see `crackscope.inspection.survey`.
"""
