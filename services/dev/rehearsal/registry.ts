/** A registry of a rehearsal's own, on loopback, and how large the images are that were pushed to it. */
import { join } from "node:path";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { freePort } from "../private_redis.ts";
import { run } from "./command.ts";
import type { ImageSize } from "./report.ts";

export interface Registry extends AsyncDisposable {
  readonly host: string;
}

const IMAGES = ["core", "trainer", "inference", "ui"] as const;
const DEADLINE_MS = 10_000;

export async function registryForRehearsal(folder: string): Promise<Registry> {
  const host = `127.0.0.1:${freePort()}`;
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: join(folder, "registry") } },
    http: { addr: host },
  };
  await Deno.writeTextFile(join(folder, "registry.yml"), JSON.stringify(config));
  const child = new Deno.Command("docker-registry", {
    args: ["serve", join(folder, "registry.yml")],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const answers = async () =>
    (await fetch(`http://${host}/v2/`).catch(() => null))?.body?.cancel().then(() => true);
  await until(systemClock, "an answer of the registry", answers, { deadlineMs: DEADLINE_MS });
  return {
    host,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Takes the images back from the registry, so that what runs is what was pushed, and tells their sizes. */
export async function sizesOf({ host }: Registry, tag: string): Promise<ImageSize[]> {
  const sizes: ImageSize[] = [];
  for (const name of IMAGES) {
    const image = `${host}/rltrader-${name}:${tag}`;
    await run("buildah", ["rmi", "--force", image]);
    await run("buildah", ["pull", "--quiet", "--tls-verify=false", image]);
    const accept =
      "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
    const response = await fetch(`http://${host}/v2/rltrader-${name}/manifests/${tag}`, {
      headers: { accept },
    });
    const { layers } = await response.json() as { layers: { size: number }[] };
    sizes.push({
      name,
      sizeMb: await sizeMb(image),
      pullMb: Math.round(layers.reduce((sum, layer) => sum + layer.size, 0) / 1e6),
    });
  }
  return sizes;
}

/** Megabytes of an image on this machine. */
export async function sizeMb(image: string): Promise<number> {
  const [{ size }] = JSON.parse(await run("buildah", ["images", "--json", image])) as [{ size: string }];
  const [number, unit] = size.split(" ");
  return Number(number) * (unit === "GB" ? 1_000 : 1);
}

/** Removes from this machine what a rehearsal built; the layers stay in the builder's cache. */
export async function dropImages({ host }: Registry, tag: string): Promise<void> {
  for (const name of IMAGES) {
    await run("buildah", ["rmi", "--force", `${host}/rltrader-${name}:${tag}`]).catch(() => {}); // it was not built
  }
}
