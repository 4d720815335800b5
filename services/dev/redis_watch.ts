/** Ends a private Redis when its supervisor is killed. A server does not notice that by itself, so a shell beside it waits for the end
 * of its input, which comes however the supervisor ends. */
import { spawn } from "node:child_process";
import type { PrivateRedis } from "./private_redis.ts";

/** What commits to it has ended by then. */
const GRACE_S = 3;
/** Its arguments: the server's pid file and port. A process that is not called by that port is none of ours. */
const SCRIPT = `while read -r _; do :; done
sleep ${GRACE_S}
read -r pid < "$1" || exit
title=$(tr '\\0' ' ' < "/proc/$pid/cmdline" || ps -o args= -p "$pid")
case "$title" in *"127.0.0.1:$2"*) kill -TERM "$pid" ;; esac`;

/** Watches from now on, until it is disposed of. */
export function watchRedis({ pidPath, port }: PrivateRedis): Disposable {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "sh", pidPath, String(port)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.once("error", () => {}); // without a shell the next command of this checkout ends what was forgotten
  shell.unref();
  return { [Symbol.dispose]: () => void shell.kill("SIGKILL") };
}
