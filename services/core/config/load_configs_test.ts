import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfigs } from "./load_configs.ts";
import { ConfigError } from "./load_yaml.ts";

const DOCS = fileURLToPath(new URL("../../../docs/", import.meta.url));
const GOOD = { config: `${DOCS}model_config.yaml`, misc: `${DOCS}misc.yaml` };

Deno.test("loadConfigs() reads both files", async () => {
  const { config, misc } = await loadConfigs(GOOD);
  assert.ok(config.features.length > 0);
  assert.equal(misc.account.name, "paper");
});

Deno.test("loadConfigs() lists the faults of both files at once, and of one alone as its loader does", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const bad = { config: join(folder, "bad.yaml"), misc: join(folder, "worse.yaml") };
    await Deno.writeTextFile(bad.config, "name: 7\n");
    await Deno.writeTextFile(bad.misc, "account: {name: [], cash_per_lane: -1}\n");
    const both = await fault(loadConfigs(bad));
    assert.equal(both.file, `${bad.config} and ${bad.misc}`);
    assert.match(both.message, /^Cannot use \S+bad\.yaml as it has \d+ faults?:\n {2}\S.*\n/);
    assert.match(
      both.message,
      /\nCannot use \S+worse\.yaml as it has 2 faults:\n.*account\.name .*\n.*account\.cash_per_lane /,
    );
    const first = await fault(loadConfigs({ ...GOOD, config: bad.config }));
    assert.ok(both.message.startsWith(`${first.message}\n`));
    assert.equal(
      both.message,
      `${first.message}\n${(await fault(loadConfigs({ ...GOOD, misc: bad.misc }))).message}`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function fault(loading: Promise<unknown>): Promise<ConfigError> {
  const cause = await loading.then(() => null, (reason) => reason);
  assert.ok(cause instanceof ConfigError, String(cause));
  return cause;
}
