"""Makes metrics_quantstats.json: figures of returns by the Python packages quantstats and scipy, which tests compare ours with.

Run: python3 -m pip install quantstats==0.0.86 && python3 services/core/metrics/metrics_quantstats.py
"""

import json
import pathlib

import numpy as np
import pandas as pd
import quantstats.stats as stats
from scipy import stats as scipy_stats

BARS_PER_YEAR = 252


TRIAL_SHARPES = [-0.05, 0.01, 0.03, -0.02, 0.06, 0.0, 0.04]


def probabilistic_sharpe(returns: np.ndarray, benchmark: float) -> float:
    """Bailey & Lopez de Prado 2012, equation 11. (quantstats subtracts 3 from a kurtosis that is in excess already.)"""
    sharpe = returns.mean() / returns.std(ddof=1)
    skewness, kurtosis = scipy_stats.skew(returns), scipy_stats.kurtosis(returns, fisher=False)
    spread = np.sqrt((1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2) / (len(returns) - 1))
    return float(scipy_stats.norm.cdf((sharpe - benchmark) / spread))


def deflated_sharpe(returns: np.ndarray) -> float:
    """Bailey & Lopez de Prado 2014."""
    trials = len(TRIAL_SHARPES)
    best = np.std(TRIAL_SHARPES, ddof=1) * (
        (1 - np.euler_gamma) * scipy_stats.norm.ppf(1 - 1 / trials)
        + np.euler_gamma * scipy_stats.norm.ppf(1 - 1 / (trials * np.e))
    )
    return probabilistic_sharpe(returns, float(best))


def figures(returns: np.ndarray) -> dict:
    series = pd.Series(returns, index=pd.bdate_range("2010-01-04", periods=len(returns)))
    equity = np.concatenate([[1.0], np.cumprod(1 + returns)])
    years = len(returns) / BARS_PER_YEAR
    return {
        "returns": returns.tolist(),
        "total_return": float(stats.comp(series)),
        # quantstats counts calendar days; the definition over bars is the same formula.
        "cagr": float(equity[-1] ** (1 / years) - 1),
        "volatility": float(stats.volatility(series, periods=BARS_PER_YEAR)),
        "sharpe": float(stats.sharpe(series, periods=BARS_PER_YEAR)),
        "sortino": float(stats.sortino(series, periods=BARS_PER_YEAR)),
        "max_drawdown": float(stats.max_drawdown(series)),
        "win_rate": float(stats.win_rate(series)),
        "probabilistic_sharpe": probabilistic_sharpe(returns, 0.0),
        "deflated_sharpe": deflated_sharpe(returns),
    }


def main() -> None:
    random = np.random.default_rng(7)
    cases = {
        "gains": 0.001 + 0.01 * random.standard_normal(600),
        "losses": -0.002 + 0.015 * random.standard_t(4, 400),
        "flat_spells": np.where(random.random(300) < 0.4, 0.0, 0.012 * random.standard_normal(300)),
    }
    target = pathlib.Path(__file__).with_suffix(".json")
    target.write_text(json.dumps({name: figures(returns) for name, returns in cases.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
