/** What a model's bytes say of themselves, read without the engine: the header of a safetensors file. Pure. */

/** The longest header that a file of ours has by far. */
const LONGEST_HEADER = 1_000_000;

/** The file's metadata: what its exporter wrote beside the tensors.
 * @throws {RangeError} If the bytes are no safetensors file. */
export function modelFileMetadata(blob: Uint8Array): Readonly<Record<string, string>> {
  const refuse = (rule: string): never => {
    throw new RangeError(`Cannot read a model file as ${rule}`);
  };
  if (blob.length < 8) refuse(`it must begin with the length of its header: it has ${blob.length} bytes`);
  const length = Number(new DataView(blob.buffer, blob.byteOffset).getBigUint64(0, true));
  if (length > Math.min(LONGEST_HEADER, blob.length - 8)) {
    refuse(`it must hold its whole header: that is ${length} bytes of ${blob.length}`);
  }
  try {
    const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(blob.subarray(8, 8 + length)));
    return { ...header.__metadata__ };
  } catch (cause) {
    return refuse(`its header must be JSON: ${(cause as Error).message}`);
  }
}
