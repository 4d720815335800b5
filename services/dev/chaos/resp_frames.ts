/** Cuts a byte stream of the Redis protocol (RESP 2 and 3) into whole commands or replies. Keeps what is not whole yet. */

const [PLUS, MINUS, COLON, UNDERSCORE, HASH, COMMA, PAREN] = bytesOf("+-:_#,(");
const [DOLLAR, BANG, EQUALS] = bytesOf("$!=");
const [STAR, TILDE, GREATER, PERCENT, BAR] = bytesOf("*~>%|");
const [CR] = bytesOf("\r");
const LINES = new Set([PLUS, MINUS, COLON, UNDERSCORE, HASH, COMMA, PAREN]);
const TEXTS = new Set([DOLLAR, BANG, EQUALS]);
const LISTS = new Set([STAR, TILDE, GREATER]);
const DECODER = new TextDecoder();

export class RespFrames {
  #held: Uint8Array<ArrayBuffer> = new Uint8Array();

  /** @returns The frames that are whole now: neighbours in one buffer, in their order.
   * @throws {RangeError} If the bytes are no RESP. */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const bytes = new Uint8Array(this.#held.length + chunk.length);
    bytes.set(this.#held);
    bytes.set(chunk, this.#held.length);
    const frames: Uint8Array<ArrayBuffer>[] = [];
    let start = 0;
    for (let end = frameEnd(bytes, start); end > 0; end = frameEnd(bytes, start)) {
      frames.push(bytes.subarray(start, end));
      start = end;
    }
    this.#held = bytes.subarray(start);
    return frames;
  }
}

/** Whether a reply answers no command: the server pushed it by itself. */
export function isPush(frame: Uint8Array): boolean {
  return frame[0] === GREATER;
}

/** The first arguments of a command as text. @param most So many at most.  @throws {RangeError} If it is no list of texts. */
export function argumentsOf(frame: Uint8Array, most: number): string[] {
  const head = lineAt(frame, 0);
  if (frame[0] !== STAR || head === null) throw new RangeError("Cannot read a command as it must be a list");
  const texts: string[] = [];
  let at = head.end;
  for (let index = 0; index < Math.min(most, head.number); index++) {
    const length = lineAt(frame, at)!;
    texts.push(DECODER.decode(frame.subarray(length.end, length.end + length.number)));
    at = length.end + length.number + 2;
  }
  return texts;
}

/** Where the frame that starts at `start` ends; 0 while it is not whole. */
function frameEnd(bytes: Uint8Array, start: number): number {
  const head = lineAt(bytes, start);
  if (head === null) return 0;
  const kind = bytes[start]!;
  if (LINES.has(kind)) return head.end;
  if (TEXTS.has(kind)) {
    const end = head.number < 0 ? head.end : head.end + head.number + 2;
    return end <= bytes.length ? end : 0;
  }
  const isMap = kind === PERCENT || kind === BAR;
  if (!LISTS.has(kind) && !isMap) {
    throw new RangeError(`Cannot read RESP as a frame must begin with its kind: it begins with ${kind}`);
  }
  let end = head.end;
  // Attributes come before the reply that they belong to.
  const items = Math.max(0, head.number) * (isMap ? 2 : 1) + (kind === BAR ? 1 : 0);
  for (let item = 0; item < items; item++) {
    end = frameEnd(bytes, end);
    if (end === 0) return 0;
  }
  return end;
}

/** The line after a frame's first byte: its number, where it is one, and where it ends; null while it is not whole. */
function lineAt(bytes: Uint8Array, start: number): { number: number; end: number } | null {
  const cr = bytes.indexOf(CR!, start);
  if (cr < 0 || cr + 1 >= bytes.length) return null;
  return { number: Number(DECODER.decode(bytes.subarray(start + 1, cr))), end: cr + 2 };
}

function bytesOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}
