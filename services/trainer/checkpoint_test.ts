import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Checkpoint,
  CheckpointError,
  CheckpointFile,
  checkpointHead,
  decodeCheckpoint,
} from "./checkpoint.ts";
import { LEARNED } from "./trainer_testing.ts";

const CHECKPOINT: Checkpoint = {
  learner: Uint8Array.of(1, 2, 3),
  progress: LEARNED,
};

const BYTES = Uint8Array.of(...checkpointHead(CHECKPOINT.progress), ...CHECKPOINT.learner);

Deno.test("decodeCheckpoint() gives what stands behind a head, and what the head took", () => {
  assert.deepEqual(decodeCheckpoint("x", BYTES), CHECKPOINT);
});

Deno.test("decodeCheckpoint() refuses every cut through magic and header, naming the file", () => {
  for (let length = 0; length < BYTES.length - CHECKPOINT.learner.length; length++) {
    assert.throws(() => decodeCheckpoint("file.bin", BYTES.subarray(0, length)), (error) => {
      return error instanceof CheckpointError && error.message.startsWith("Cannot resume from file.bin as ");
    });
  }
});

Deno.test("decodeCheckpoint() refuses a header that breaks its contract, naming field and rule", () => {
  const text = new TextDecoder("latin1").decode(BYTES).replace(
    '"bars":29',
    '"bars":-9',
  );
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  assert.throws(() => decodeCheckpoint("x", bytes), /bars .*>=\s*0/);
});

Deno.test("CheckpointFile has nothing before its first write, then always the last one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = new CheckpointFile(join(folder, "trainer.checkpoint"));
    assert.equal(await file.read(), null);
    await file.write(CHECKPOINT);
    await file.write({ ...CHECKPOINT, learner: Uint8Array.of(9) });
    assert.deepEqual((await file.read())?.learner, Uint8Array.of(9));
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["trainer.checkpoint"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
