"""What `bench/da_scale.py` simulates with: events, a network on paper, figures, a plot."""
