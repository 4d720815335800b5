/** Reads Redis as a stranger would: raw commands and JSON, none of our contracts. What pages show is compared with this. */
import { Redis } from "ioredis";

export type RawEntry = Readonly<{ id: string; value: Record<string, unknown> }>;

export class RawRedis implements AsyncDisposable {
  readonly client: Redis;

  constructor(url: string) {
    this.client = new Redis(url, { lazyConnect: false, enableReadyCheck: false });
    this.client.on("error", () => {}); // a server that a test has killed; commands wait for it
  }

  /** Newest first. */
  async newest(key: string, count: number): Promise<RawEntry[]> {
    const entries = await this.client.xrevrange(key, "+", "-", "COUNT", count);
    return entries.map(([id, fields]) => ({ id, value: JSON.parse(fields[fields.indexOf("json") + 1]) }));
  }

  async document(key: string): Promise<Record<string, unknown> | null> {
    const text = await this.client.get(key);
    return text === null ? null : JSON.parse(text);
  }

  async documents(key: string): Promise<Record<string, Record<string, unknown>>> {
    const fields = await this.client.hgetall(key);
    return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, JSON.parse(text)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.quit();
  }
}
