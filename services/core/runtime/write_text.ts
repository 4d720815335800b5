/** Writes text to a stream, whole: a pipe may take a part of it at a time. */

/** The part of `Deno.stdout` that is used. */
export interface TextSink {
  /** Takes some of the bytes, and says how many. */
  writeSync(bytes: Uint8Array): number;
}

export function writeText(sink: TextSink, text: string): void {
  writeBytes(sink, new TextEncoder().encode(text));
}

export function writeBytes(sink: TextSink, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += sink.writeSync(bytes.subarray(written));
}
