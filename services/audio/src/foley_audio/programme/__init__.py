"""One programme on its way through its passes: parked, levelled, delivered."""
