"""The agent folder that ships with the library, and the main job told as a story."""
