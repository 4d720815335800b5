import assert from "node:assert/strict";
import { clusterSecrets, SECRET_USERS, type SecretUser } from "./cluster_secrets.ts";

const passwords = Object.fromEntries(SECRET_USERS.map((user) => [user, `password-of-${user}-000`])) as Record<
  SecretUser,
  string
>;

Deno.test("clusterSecrets() gives each process the address of its own user, and the server hashes alone", () => {
  const { items } = clusterSecrets({
    namespace: "here",
    host: "redis:6379",
    passwords,
    pageToken: "token-of-the-page",
  });
  assert.deepEqual(items.map(({ metadata }) => metadata.name), [
    "redis-users",
    ...SECRET_USERS.map((user) => `redis-${user}`),
    "ui-token",
  ]);
  assert.ok(items.every(({ metadata }) => metadata.namespace === "here"));
  const urls = Object.fromEntries(
    items.slice(1).map(({ metadata, stringData }) => [metadata.name, stringData]),
  );
  assert.deepEqual(urls["redis-ui"], { REDIS_URL: "redis://ui:password-of-ui-000@redis:6379/0" });
  assert.deepEqual(urls["ui-token"], { RLTRADER_UI_TOKEN: "token-of-the-page" });
  const users = items[0]!.stringData["users.acl"]!;
  assert.match(users, /^user default reset$/m);
  assert.match(users, /^user probe reset on nopass resetchannels -@all \+ping$/m);
  for (const password of Object.values(passwords)) assert.ok(!users.includes(password));
});
