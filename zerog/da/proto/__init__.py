"""The gRPC messages of data availability: .proto files with the published names and numbers, and
what `scripts/make_da_protos.py` generates from them.
"""
