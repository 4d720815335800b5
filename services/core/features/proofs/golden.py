"""Writes golden_NAME.json: every source and norm on a market, by TA-Lib and numpy.

Run after adding a source or a norm: `pip install ta-lib==0.8.2 numpy`, then `python golden.py sp500`, which is installed
with the project, and `python golden.py eurusd FILE` and `python golden.py dirty FILE` on what
`deno run -A services/dev/lookahead/proof_markets_testing.ts NAME` prints; at last `deno fmt .`.
Knows nothing of the TypeScript: formulas are written a second time here, so that a mistake is not made twice.
"""

import csv
import datetime
import json
import math
import pathlib
import sys

import numpy as np
import talib

HERE = pathlib.Path(__file__).parent
SP500 = HERE.parents[3] / "node_modules/vega-datasets/data/sp500-2000.csv"
# The first is late enough for recursive averages to have forgotten how they were seeded.
ROWS = {
    "sp500": [560, 777, 1234, 1999, 2200, 2345, 2750, 3456, 4083, 4600, 5000, 5085, 5103],
    "eurusd": [777, 1999, 3456, 4600, 5555, 6223],
    "dirty": [777, 999, 1234, 1600, 2002, 2345],
}
ABOUT = {
    "sp500": "data/sp500-2000.csv of vega-datasets 3.2.1",
    "eurusd": "FOREX_EURUSD_1H_ASK.csv of gym-anytrading 2.0.0",
    "dirty": "what the inspector leaves of a made-up market with every kind of dirt",
}


class Market:
    """Columns of a CSV file: time, open, high, low, close, volume; in between, the S&P 500 has its adjusted close."""

    def __init__(self, path):
        table = list(csv.reader(path.open()))[1:]
        self.moments = [datetime.datetime.fromisoformat(row[0]) for row in table]
        columns = [np.array([float(row[i]) for row in table]) for i in (1, 2, 3, 4, -1)]
        self.open, self.high, self.low, self.close, self.volume = columns


def lag(x, bars):
    return np.concatenate([np.full(bars, np.nan), x[:-bars]])


def rolling_std(x, period):
    return np.array([np.std(x[max(0, t - period + 1): t + 1]) for t in range(len(x))])


def percent_b(m, p):
    upper, _, lower = talib.BBANDS(m.close, p["period"], p["deviations"], p["deviations"])
    return (m.close - lower) / (upper - lower)


def band_width(m, p):
    upper, middle, lower = talib.BBANDS(m.close, p["period"], p["deviations"], p["deviations"])
    return (upper - lower) / middle


def choppiness(m, p):
    before = lag(m.close, 1)[1:]
    path = talib.SUM(talib.TRANGE(m.high, m.low, m.close)[1:], p["period"])
    top = talib.MAX(np.maximum(m.high[1:], before), p["period"])
    bottom = talib.MIN(np.minimum(m.low[1:], before), p["period"])
    return np.concatenate([[np.nan], 100 * np.log10(path / (top - bottom)) / math.log10(p["period"])])


def chaikin(m, p):
    flow = talib.AD(m.high, m.low, m.close, m.volume)
    return (flow - lag(flow, p["period"])) / talib.SUM(m.volume, p["period"])


def macd_histogram(m, p):
    histogram = talib.MACD(m.close, p["fast"], p["slow"], p["signal"])[2]
    return histogram / talib.ATR(m.high, m.low, m.close, p["atr"])


def vwma(m, p):
    return talib.SUM(m.close * m.volume, p["period"]) / talib.SUM(m.volume, p["period"])


def circle(wave, turn):
    return lambda m, p: np.array([wave(2 * math.pi * turn(moment)) for moment in m.moments])


def hour(moment):
    return (moment.hour + moment.minute / 60) / 24


def weekday(moment):
    return moment.isoweekday() % 7 / 7


def month(moment):
    return (moment.month - 1) / 12


SOURCES = {
    "log_return": lambda m, p: np.log(talib.ROCR(m.close, p["bars"])),
    "gap": lambda m, p: np.log(m.open / lag(m.close, 1)),
    "sma_distance": lambda m, p: m.close / talib.SMA(m.close, p["period"]) - 1,
    "ema_distance": lambda m, p: m.close / talib.EMA(m.close, p["period"]) - 1,
    "macd_histogram": macd_histogram,
    "trend_slope": lambda m, p: talib.LINEARREG_SLOPE(m.close, p["period"]) / m.close,
    "high_distance": lambda m, p: m.close / talib.MAX(m.high, p["period"]) - 1,
    "low_distance": lambda m, p: m.close / talib.MIN(m.low, p["period"]) - 1,
    "aroon_oscillator": lambda m, p: talib.AROONOSC(m.high, m.low, p["period"]),
    "choppiness": choppiness,
    "rsi": lambda m, p: talib.RSI(m.close, p["period"]),
    "stochastic_k": lambda m, p: talib.STOCHF(m.high, m.low, m.close, p["period"], 1, 0)[0],
    "cci": lambda m, p: talib.CCI(m.high, m.low, m.close, p["period"]),
    "balance_of_power": lambda m, p: talib.BOP(m.open, m.high, m.low, m.close),
    "bollinger_percent_b": percent_b,
    "bollinger_width": band_width,
    "atr_ratio": lambda m, p: talib.ATR(m.high, m.low, m.close, p["period"]) / m.close,
    "bar_range": lambda m, p: np.log(m.high / m.low),
    "realised_volatility": lambda m, p: rolling_std(np.log(m.close / lag(m.close, 1)), p["period"]),
    "volume": lambda m, p: m.volume,
    "volume_ratio": lambda m, p: m.volume / talib.SMA(m.volume, p["period"]) - 1,
    "vwma_distance": lambda m, p: m.close / vwma(m, p) - 1,
    "mfi": lambda m, p: talib.MFI(m.high, m.low, m.close, m.volume, p["period"]),
    "cmf": chaikin,
    "hour_sin": circle(math.sin, hour),
    "hour_cos": circle(math.cos, hour),
    "weekday_sin": circle(math.sin, weekday),
    "weekday_cos": circle(math.cos, weekday),
    "month_sin": circle(math.sin, month),
    "month_cos": circle(math.cos, month),
}


def lengths(*periods):
    return [{"period": period} for period in periods]


BANDS = [{"period": 20, "deviations": 2}]
PARAMS = {
    "log_return": [{"bars": bars} for bars in (1, 5, 20, 60)],
    "sma_distance": lengths(20, 50, 200),
    "ema_distance": lengths(10, 20, 50),
    "macd_histogram": [
        {"fast": 12, "slow": 26, "signal": 9, "atr": 14},
        {"fast": 5, "slow": 35, "signal": 5, "atr": 14},
    ],
    "trend_slope": lengths(20, 60),
    "high_distance": lengths(200, 20),
    "low_distance": lengths(200, 20),
    "aroon_oscillator": lengths(14, 25),
    "choppiness": lengths(14),
    "rsi": lengths(7, 14, 21),
    "stochastic_k": lengths(14),
    "cci": lengths(14, 20),
    "bollinger_percent_b": BANDS,
    "bollinger_width": BANDS,
    "atr_ratio": lengths(14, 7),
    "realised_volatility": lengths(20),
    "volume_ratio": lengths(20),
    "vwma_distance": lengths(20),
    "mfi": lengths(14),
    "cmf": lengths(20),
}


def clipped(value, clip):
    return max(-clip, min(clip, value))


def scaled(x, t, norm):
    kind = norm["kind"]
    window = x[t - norm["window"] + 1: t + 1] if "window" in norm else None
    if kind == "rolling_z":
        return clipped((x[t] - window.mean()) / window.std(), norm["clip"])
    if kind == "min_max":
        return 2 * (x[t] - window.min()) / (window.max() - window.min()) - 1
    if kind == "rank":
        return (int((window < x[t]).sum()) - int((window > x[t]).sum())) / (len(window) - 1)
    if kind == "running_z":
        seen = x[: t + 1][~np.isnan(x[: t + 1])]
        keep = 0.5 ** (1 / norm["half_life"])
        weights = keep ** np.arange(len(seen))[::-1] * (1 - keep)
        weights[0] /= 1 - keep  # the first value carries what the weights leave over
        mean = (weights * seen).sum()
        return clipped((x[t] - mean) / math.sqrt((weights * (seen - mean) ** 2).sum()), norm["clip"])
    if kind == "tanh":
        return math.tanh((x[t] - norm["centre"]) / norm["scale"])
    assert kind == "log_return"
    return clipped(math.log(x[t] / x[t - norm["bars"]]) / norm["scale"], norm["clip"])


Z = {"kind": "rolling_z", "window": 250, "clip": 5}
RUNNING = {"kind": "running_z", "half_life": 10, "clip": 5}
MIN_MAX = {"kind": "min_max", "window": 250}
RANK = {"kind": "rank", "window": 250}
NORMS = [
    ("log_return", {"bars": 20}, [Z, RUNNING, MIN_MAX, RANK]),
    ("volume", {}, [{"kind": "log_return", "bars": 1, "scale": 0.25, "clip": 5}, RANK]),
    ("realised_volatility", {"period": 20}, [Z, {"kind": "log_return", "bars": 5, "scale": 1, "clip": 5}]),
    ("rsi", {"period": 14}, [{"kind": "tanh", "centre": 50, "scale": 15}]),
    ("sma_distance", {"period": 50}, [Z]),
    ("bollinger_width", BANDS[0], [RANK]),
    ("choppiness", {"period": 14}, [MIN_MAX]),
    ("volume_ratio", {"period": 20}, [Z]),
]


def main(name, path):
    market, rows = Market(path), ROWS[name]
    raw = [
        {"source": source, "params": params, "values": [float(compute(market, params)[row]) for row in rows]}
        for source, compute in SOURCES.items()
        for params in PARAMS.get(source, [{}])[: None if name == "sp500" else 1]
    ]
    under_norms = [
        {"source": source, "params": params, "norm": norm,
         "values": [float(scaled(SOURCES[source](market, params), row, norm)) for row in rows]}
        for source, params, norms in NORMS
        for norm in norms
    ]
    about = f"TA-Lib 0.8.2 and numpy on {ABOUT[name]}; rows count from 0"
    document = {"about": about, "rows": rows, "raw": raw, "scaled": under_norms}
    (HERE / f"golden_{name}.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else SP500)
