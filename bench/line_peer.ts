/** Another program that answers every line with a line. */
export class LinePeer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #received = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Sends a line and waits for the next one of the peer. @throws {Error} If the peer has ended. */
  async ask(line: string): Promise<string> {
    // A peer that has ended is told from its output.
    await this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const answer = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 1);
        return answer;
      }
      const { done, value } = await this.#output.read();
      if (done) {
        throw new Error("Cannot compare as the peer must answer every line: it ended without an answer");
      }
      this.#received += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
    await Promise.allSettled([this.#input.abort(), this.#output.cancel(), this.#child.status]);
  }
}
