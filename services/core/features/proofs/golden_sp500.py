"""Writes golden_sp500.json: every source and norm on the S&P 500 that the project installs, by TA-Lib and numpy.

Run after adding a source or a norm: `pip install ta-lib==0.8.2 numpy && python golden_sp500.py && deno fmt .`
Knows nothing of the TypeScript: formulas are written a second time here, so that a mistake is not made twice.
"""

import csv
import datetime
import json
import math
import pathlib

import numpy as np
import talib

HERE = pathlib.Path(__file__).parent
CSV = HERE.parents[3] / "node_modules/vega-datasets/data/sp500-2000.csv"
TABLE = list(csv.reader(CSV.open()))[1:]
DATES = [datetime.date.fromisoformat(row[0]) for row in TABLE]
O, H, L, C, _, V = (np.array([float(row[i]) for row in TABLE]) for i in range(1, 7))
# The first is late enough for recursive averages to have forgotten how they were seeded.
ROWS = [560, 777, 1234, 1999, 2200, 2345, 2750, 3456, 4083, 4600, 5000, 5085, 5103]


def lag(x, bars):
    return np.concatenate([np.full(bars, np.nan), x[:-bars]])


def rolling_std(x, period):
    return np.array([np.std(x[max(0, t - period + 1): t + 1]) for t in range(len(x))])


def percent_b(p):
    upper, _, lower = talib.BBANDS(C, p["period"], p["deviations"], p["deviations"])
    return (C - lower) / (upper - lower)


def band_width(p):
    upper, middle, lower = talib.BBANDS(C, p["period"], p["deviations"], p["deviations"])
    return (upper - lower) / middle


def choppiness(p):
    before = lag(C, 1)[1:]
    path = talib.SUM(talib.TRANGE(H, L, C)[1:], p["period"])
    top = talib.MAX(np.maximum(H[1:], before), p["period"])
    bottom = talib.MIN(np.minimum(L[1:], before), p["period"])
    return np.concatenate([[np.nan], 100 * np.log10(path / (top - bottom)) / math.log10(p["period"])])


def chaikin(p):
    flow = talib.AD(H, L, C, V)
    return (flow - lag(flow, p["period"])) / talib.SUM(V, p["period"])


def circle(wave, turn):
    return lambda p: np.array([wave(2 * math.pi * turn(date)) for date in DATES])


def weekday(date):
    return date.isoweekday() % 7 / 7


def month(date):
    return (date.month - 1) / 12


SOURCES = {
    "log_return": lambda p: np.log(talib.ROCR(C, p["bars"])),
    "gap": lambda p: np.log(O / lag(C, 1)),
    "sma_distance": lambda p: C / talib.SMA(C, p["period"]) - 1,
    "ema_distance": lambda p: C / talib.EMA(C, p["period"]) - 1,
    "macd_histogram": lambda p: talib.MACD(C, p["fast"], p["slow"], p["signal"])[2] / talib.ATR(H, L, C, p["atr"]),
    "trend_slope": lambda p: talib.LINEARREG_SLOPE(C, p["period"]) / C,
    "high_distance": lambda p: C / talib.MAX(H, p["period"]) - 1,
    "low_distance": lambda p: C / talib.MIN(L, p["period"]) - 1,
    "aroon_oscillator": lambda p: talib.AROONOSC(H, L, p["period"]),
    "choppiness": choppiness,
    "rsi": lambda p: talib.RSI(C, p["period"]),
    "stochastic_k": lambda p: talib.STOCHF(H, L, C, p["period"], 1, 0)[0],
    "cci": lambda p: talib.CCI(H, L, C, p["period"]),
    "balance_of_power": lambda p: talib.BOP(O, H, L, C),
    "bollinger_percent_b": percent_b,
    "bollinger_width": band_width,
    "atr_ratio": lambda p: talib.ATR(H, L, C, p["period"]) / C,
    "bar_range": lambda p: np.log(H / L),
    "realised_volatility": lambda p: rolling_std(np.log(C / lag(C, 1)), p["period"]),
    "volume": lambda p: V,
    "volume_ratio": lambda p: V / talib.SMA(V, p["period"]) - 1,
    "vwma_distance": lambda p: C / (talib.SUM(C * V, p["period"]) / talib.SUM(V, p["period"])) - 1,
    "mfi": lambda p: talib.MFI(H, L, C, V, p["period"]),
    "cmf": chaikin,
    "hour_sin": lambda p: np.zeros(len(C)),
    "hour_cos": lambda p: np.ones(len(C)),
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


def main():
    raw = [
        {"source": name, "params": params, "values": [float(source(params)[row]) for row in ROWS]}
        for name, source in SOURCES.items()
        for params in PARAMS.get(name, [{}])
    ]
    under_norms = [
        {"source": name, "params": params, "norm": norm,
         "values": [float(scaled(SOURCES[name](params), row, norm)) for row in ROWS]}
        for name, params, norms in NORMS
        for norm in norms
    ]
    about = "TA-Lib 0.8.2 and numpy on data/sp500-2000.csv of vega-datasets 3.2.1; rows count from 0"
    document = {"about": about, "rows": ROWS, "raw": raw, "scaled": under_norms}
    (HERE / "golden_sp500.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main()
