"""The main job on real input: the allocations of Helios Earth."""
