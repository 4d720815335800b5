"""The learner's step in plain PyTorch: prints the median microseconds of one step.

Arguments: inputs, trunk widths joined by commas, batch, classes, held steps, steps a round, rounds.
"""

import statistics
import sys
import time

import torch
from torch import nn


def network(inputs: int, trunk: list[int], classes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in trunk:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, classes))


def main() -> None:
    inputs, trunk_text, batch, classes, held, steps, rounds = sys.argv[1:]
    inputs, batch, classes, held, steps, rounds = map(int, (inputs, batch, classes, held, steps, rounds))
    trunk = [int(width) for width in trunk_text.split(",")]
    torch.set_num_threads(1)
    torch.manual_seed(1)
    online, target = network(inputs, trunk, classes), network(inputs, trunk, classes)
    target.load_state_dict(online.state_dict())
    optimiser = torch.optim.Adam(online.parameters(), lr=1e-3)
    features, next_features = torch.randn(held, inputs), torch.randn(held, inputs)
    rewards = torch.randn(held, classes)
    position = torch.arange(classes, dtype=torch.float32)
    costs = 0.1 * (position[:, None] - position[None, :]).abs()

    def step() -> None:
        drawn = torch.randint(held, (batch,))
        with torch.no_grad():
            after = next_features[drawn]
            # [batch, afterstates, candidates]
            best = (online(after)[:, None, :] - costs).argmax(2, keepdim=True)
            value = (target(after)[:, None, :] - costs).gather(2, best).squeeze(2)
            goal = rewards[drawn] + 0.95 * value
        loss = nn.functional.mse_loss(online(features[drawn]), goal)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(online.parameters(), 10.0)
        optimiser.step()
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online.parameters()):
                slow.lerp_(fast, 0.005)

    times = []
    for turn in range(rounds + 1):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        if turn > 0:
            times.append((time.perf_counter() - start) * 1e6 / steps)
    print(statistics.median(times))


if __name__ == "__main__":
    main()
