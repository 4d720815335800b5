import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decisionId } from "../core/contracts/lane.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** In lockstep the trainer takes up what is there every 100 bars. */
const BARS = 105;
const LEARNED = 95;

interface Line {
  readonly msg: string;
  readonly decision?: string;
}

/** What each process said of bars, by the decision's id. */
async function traces(folder: string, process: string): Promise<Map<string, string[]>> {
  const text = await Deno.readTextFile(join(folder, "logs", `${process}.log`));
  const lines = text.split("\n").filter((line) => line.startsWith("{")).map((line) =>
    JSON.parse(line) as Line
  );
  const traced = lines.filter((line): line is Required<Line> => line.decision !== undefined);
  return new Map(
    [...Map.groupBy(traced, ({ decision }) => decision)].map((
      [id, said],
    ) => [id, said.map(({ msg }) => msg)]),
  );
}

Deno.test("one decision's id leads through the logs of all processes, once each, where they are asked for", async () => {
  await using server = await startRedisForTest();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", join(ROOT, "services/dev/main.ts")],
      ...[`--bars=${BARS}`, "--speed=max", "--no-ui", "--json"],
    ],
    env: { REDIS_URL: server.url, RLTRADER_LOG_LEVEL: "debug" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { code, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const runs = join(ROOT, ".rltrader/runs");
  const names = await Array.fromAsync(Deno.readDir(runs), ({ name }) => name);
  const folder = join(runs, names.find((name) => name.endsWith(`-${child.pid}`))!);
  const [core, inference, trainer] = await Promise.all(
    ["core", "inference-1", "trainer"].map((process) => traces(folder, process)),
  );
  assert.equal(inference!.size, BARS);
  let led = 0;
  for (const [id, said] of inference!) {
    assert.deepEqual(said, ["decided"], id);
    const [account, symbol, barMs] = id.split("/");
    assert.equal(decisionId(account!, symbol!, Number(barMs)), id);
    assert.equal(core!.get(id)?.[0], "bar published", id);
    if (core!.get(id)?.[1] === "step kept" && trainer!.get(id)?.[0] === "reward learned") led++;
  }
  assert.ok(led >= LEARNED, `${led} of ${BARS} bars lead to a reward: ${LEARNED} must`);
});
