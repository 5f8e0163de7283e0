"""What storage costs and pays: epochs, releases and rewards as the contracts do them."""
