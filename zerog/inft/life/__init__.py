"""What an agent does after its mint: users, tenants, new versions, lineage and what it earns."""
