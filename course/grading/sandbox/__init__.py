"""Where answers run: walls, limits, and the way into the kernel behind them."""
