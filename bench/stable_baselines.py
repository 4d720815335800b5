"""Stable-Baselines3's DQN as a peer: `speed` times gradient steps, `learn` learns a market's ticks, `versions` names itself.

The first two read one JSON line that says what to do, and then answer a line with a line, so that the caller sets the pace.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

if hasattr(os, "RTLD_LAZY"):
    # Empty libraries may stand in for NVIDIA's: functions are looked up only when they are called.
    sys.setdlopenflags(os.RTLD_LAZY)

import gymnasium as gym
import numpy as np
import stable_baselines3
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure

# What all settings share, unless one says otherwise.
LEARNING: dict[str, Any] = {
    "gamma": 0.95,
    "learning_rate": 1e-3,
    "batch_size": 64,
    "buffer_size": 100_000,
    "learning_starts": 100,
    "train_freq": 1,
    "gradient_steps": 1,
    "target_update_interval": 100,
    "exploration_fraction": 0.05,
}


class Ticks(gym.Env):
    """A market's ticks once through: sees the features and the position held, chooses the next position."""

    def __init__(self, features: np.ndarray, earned: np.ndarray, costs: np.ndarray, flat: int) -> None:
        """`features` [ticks + 1, inputs]; `earned` [ticks, positions]; `costs` [from, to]; `flat` is held at first."""
        self.features, self.earned, self.costs, self.flat = features, earned, costs, flat
        self.codes = np.eye(len(costs), dtype=np.float32)
        width = features.shape[1] + len(costs)
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (width,), np.float32)
        self.action_space = gym.spaces.Discrete(len(costs))
        self.tick, self.held = 0, flat

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.tick, self.held = 0, self.flat
        return self.observe(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        reward = self.earned[self.tick, action] - self.costs[self.held, action]
        self.tick, self.held = self.tick + 1, int(action)
        return self.observe(), float(reward), False, False, {}

    def observe(self) -> np.ndarray:
        return np.concatenate([self.features[self.tick], self.codes[self.held]])


class Examiner(BaseCallback):
    """Says now and then which position it would take in each state of the grid, and stops when it is told to."""

    def __init__(self, grid: np.ndarray, every: int, ask: Callable[[str], str]) -> None:
        """`grid` [states * positions, inputs + positions]."""
        super().__init__()
        self.grid, self.every, self.ask = torch.from_numpy(grid), every, ask

    def _on_step(self) -> bool:
        if self.num_timesteps % self.every != 0:
            return True
        with torch.no_grad():
            decisions = self.model.q_net(self.grid).argmax(1)
        return self.ask("".join(map(str, decisions.tolist()))) != "stop"


def learn(request: dict, ask: Callable[[str], str]) -> None:
    costs = np.array(request["costs"], np.float64)
    features = np.array(request["features"], np.float32)
    env = Ticks(features, np.array(request["earned"], np.float64), costs, request["flat"])
    states = np.array(request["grid"], np.float32)
    grid = np.hstack([np.repeat(states, len(costs), 0), np.tile(env.codes, (len(states), 1))])
    model = DQN("MlpPolicy", env, seed=request["seed"], device="cpu", **LEARNING | request["setting"])
    model.learn(len(features) - 1, callback=Examiner(grid, request["every"], ask))


def speed(request: dict, ask: Callable[[str], str]) -> None:
    inputs, classes, held = request["inputs"], request["classes"], request["held"]
    draw = np.random.default_rng(1)
    env = Ticks(
        draw.standard_normal((2, inputs - classes), np.float32), np.zeros((1, classes)), np.zeros((classes, classes)), 0
    )
    model = DQN(
        "MlpPolicy", env, policy_kwargs={"net_arch": request["trunk"]}, buffer_size=held, seed=1, device="cpu"
    )
    model.set_logger(configure(None, []))
    for _ in range(held):
        before, after = draw.standard_normal((2, 1, inputs), np.float32)
        action, reward = draw.integers(classes, size=(1, 1)), draw.standard_normal(1)
        model.replay_buffer.add(before, after, action, reward, np.zeros(1), [{}])
    answer = ask("ready")
    while answer != "stop":
        start = time.perf_counter()
        model.train(gradient_steps=int(answer), batch_size=request["batch"])
        answer = ask(str((time.perf_counter() - start) * 1e6 / int(answer)))


def main() -> None:
    if sys.argv[1] == "versions":
        print(f"Stable-Baselines3 {stable_baselines3.__version__}, PyTorch {torch.__version__}")
        return
    torch.set_num_threads(1)

    def ask(line: str) -> str:
        print(line, flush=True)
        return sys.stdin.readline().strip() or "stop"

    {"learn": learn, "speed": speed}[sys.argv[1]](json.loads(sys.stdin.readline()), ask)


if __name__ == "__main__":
    main()
