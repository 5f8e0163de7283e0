"""The parts of `bench/da.py`: the code, gas, and a blob from end to end."""
