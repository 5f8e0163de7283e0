"""Fair exchange: an escrow in which a wrong key, wrong data or missing data undoes the sale."""
