"""Two peers of the backtest: PyPI's `backtesting` and `gym-anytrading`. `versions` names them; `serve PATH` takes bars and the
target of each (1 in, 0 out) from a JSON file, and answers each line, a peer's name, with the seconds of one run over all of them.

Both are given what was decided before, so that their account loops alone are timed: no statistics, no progress bar.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

import backtesting.backtesting as peer
import gym_anytrading.envs as envs
import numpy as np
import pandas as pd

CASH = 1_000_000_000
"""So large that whole units round nothing away."""


class Follow(peer.Strategy):
    """Orders at a bar's close what was decided on it; it fills at the next open."""

    targets: list[int] = []

    def init(self) -> None:
        self.bar, self.held = 0, 0

    def next(self) -> None:
        self.bar += 1  # the loop begins with the second bar
        target = self.targets[self.bar]
        if target == self.held:
            return
        self.held = target
        if target:
            self.buy()
        else:
            self.position.close()


def backtesting_run(frame: pd.DataFrame, targets: list[int], fee: float) -> dict[str, float]:
    found: dict[str, Any] = {}

    def keep(**given: Any) -> dict[str, Any]:
        found["equity"] = float(given["equity"][-1])
        return found

    peer.compute_stats = keep
    peer._tqdm = lambda sequence, **_: sequence
    Follow.targets = targets
    run = peer.Backtest(frame, Follow, cash=CASH, commission=fee)
    started = time.perf_counter()
    run.run()
    return {"seconds": time.perf_counter() - started, "growth": found["equity"] / CASH}


def gym_run(frame: pd.DataFrame, targets: list[int]) -> dict[str, float]:
    env = envs.StocksEnv(df=frame, window_size=1, frame_bound=(1, len(frame)))
    env.reset(seed=1)
    started = time.perf_counter()
    for target in targets[1:]:
        if env.step(target)[3]:
            break
    return {"seconds": time.perf_counter() - started}


def serve(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        given = json.load(file)
    columns = {name: np.asarray(given[name.lower()], float) for name in ("Open", "High", "Low", "Close")}
    frame = pd.DataFrame(columns, index=pd.date_range("2000-01-01", periods=len(given["targets"]), freq="h"))
    for line in sys.stdin:
        targets = given["targets"]
        answer = backtesting_run(frame, targets, given["fee"]) if line.strip() == "backtesting" else gym_run(frame, targets)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "versions":
        print(f"backtesting {version('backtesting')} and gym-anytrading {version('gym-anytrading')}")
    else:
        serve(sys.argv[2])
