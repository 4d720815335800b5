/** A network for the pods of one rehearsal: a namespace for the node with a bridge, one for each pod, no way out of them. */
import { run } from "./command.ts";

/** Of the node; pods follow. Exists only inside these namespaces. */
const SUBNET = "10.77.0";

export class PodNetwork implements AsyncDisposable {
  readonly name: string;
  readonly #namespaces: string[] = [];

  private constructor(name: string) {
    this.name = name;
  }

  /** @param name Of this rehearsal, up to 8 characters. */
  static async create(name: string): Promise<PodNetwork> {
    const network = new PodNetwork(name);
    await network.#add(network.node);
    await network.#inNode("link", "add", "pods", "type", "bridge");
    await network.#inNode("addr", "add", `${SUBNET}.1/24`, "dev", "pods");
    await network.#inNode("link", "set", "pods", "up");
    return network;
  }

  /** The namespace of the node, from which pods are probed. */
  get node(): string {
    return `${this.name}-node`;
  }

  /** The network of that name, which another process made: pods added here are removed here, the node is not. */
  static of(name: string): PodNetwork {
    return new PodNetwork(name);
  }

  readonly pathOf = (namespace: string): string => `/run/netns/${namespace}`;

  /** @param index From 0. @returns The pod's namespace and address. */
  async addPod(index: number): Promise<{ namespace: string; address: string }> {
    const namespace = `${this.name}-${index}`;
    const address = `${SUBNET}.${index + 10}`;
    const cable = `veth${index}`;
    await this.#add(namespace);
    await this.#inNode("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    await this.#inNode("link", "set", cable, "master", "pods", "up");
    await run("ip", ["-netns", namespace, "addr", "add", `${address}/24`, "dev", "eth0"]);
    await run("ip", ["-netns", namespace, "link", "set", "eth0", "up"]);
    return { namespace, address };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#namespaces.reverse()) await run("ip", ["netns", "del", namespace]);
  }

  async #add(namespace: string): Promise<void> {
    await run("ip", ["netns", "add", namespace]);
    this.#namespaces.push(namespace);
    await run("ip", ["-netns", namespace, "link", "set", "lo", "up"]);
  }

  async #inNode(...args: string[]): Promise<void> {
    await run("ip", ["-netns", this.node, ...args]);
  }
}
