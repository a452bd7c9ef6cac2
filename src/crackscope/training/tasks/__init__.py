"""What a training does differently for each task: one module each, behind one table."""
