"""Makes trajectories.json: episodes of gymnasium's CartPole-v1 that cart_pole.ts must repeat.

Run: python3 -m pip install gymnasium==1.4.0 && python3 services/trainer/yardstick/cartpole/trajectories.py
"""

import json
import random
from pathlib import Path

import gymnasium

# States of long episodes are kept every so many steps, and the last one.
EVERY = 25


def episode(seed, decide):
    """Plays one episode from its own start to its end."""
    env = gymnasium.make("CartPole-v1")
    env.reset(seed=seed)
    state = list(map(float, env.unwrapped.state))
    start, actions, states = state, "", []
    while True:
        action = decide(state, len(actions))
        _, reward, terminated, truncated, _ = env.step(action)
        assert reward == 1.0
        state = list(map(float, env.unwrapped.state))
        actions += str(action)
        is_over = terminated or truncated
        if len(actions) % EVERY == 0 or len(actions) <= EVERY or is_over:
            states.append([len(actions), *state])
        if is_over:
            break
    return {"start": start, "actions": actions, "states": states, "terminated": terminated, "truncated": truncated}


def main():
    draws = random.Random(7)
    balance = lambda state, _: int(state[2] + 0.5 * state[3] + 0.02 * state[0] + 0.05 * state[1] > 0)
    episodes = [
        episode(1, lambda *_: draws.randrange(2)),
        episode(2, lambda *_: 0),
        episode(3, lambda *_: 1),
        episode(4, balance),
        # Runs off to a side with the pole upright: the other way to end.
        episode(5, lambda state, _: int(state[2] + 0.5 * state[3] - 0.06 > 0)),
    ]
    for one in episodes:
        print(len(one["actions"]), one["terminated"], one["truncated"], one["states"][-1])
    document = {"gymnasium": gymnasium.__version__, "episodes": episodes}
    text = json.dumps(document, separators=(",", ":")).replace('{"start"', '\n{"start"')
    Path(__file__).with_name("trajectories.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
