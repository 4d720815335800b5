/** Runs a program to its end and gives what it printed. */

/** @param show Takes what it prints while it runs, `showErrors` only what goes to stderr; without them nothing is shown.
 * @throws {Error} If it ends badly; the message names the program and holds the end of what it said. */
export async function run(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly show?: (text: string) => void;
    readonly showErrors?: (text: string) => void;
  } = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const follow = async (
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    show: ((text: string) => void) | undefined,
  ) => {
    let text = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      show?.(part);
    }
    return text;
  };
  const [out, said, { code }] = await Promise.all([
    follow(child.stdout, options.show),
    follow(child.stderr, options.show ?? options.showErrors),
    child.status,
  ]);
  if (code === 0) return out;
  const end = `${out}${said}`.trim().split("\n").slice(-12).join("\n  ");
  throw new Error(
    `Cannot go on as ${program} ${
      args[0] ?? ""
    } must end well: it ended with status ${code} and said\n  ${end}`,
  );
}
