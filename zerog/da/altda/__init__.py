"""An alt-DA server for OP Stack rollups, over our data availability."""
