"""Many trainings of one recipe with some of its values varied, and which of them went best."""
