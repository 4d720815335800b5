import { deepEqual, equal } from "node:assert/strict";
import { Track } from "./track.ts";

function trackOf(limit: number, count: number): Track<number> {
  const track = new Track<number>(limit);
  for (let index = 1; index <= count; index++) track.add(`${index}-0`, index);
  return track;
}

Deno.test("Track tells what came after an id, between entries too", () => {
  const track = trackOf(10, 5);
  deepEqual(track.after("0-0"), [1, 2, 3, 4, 5]);
  deepEqual(track.after("3-0"), [4, 5]);
  deepEqual(track.after("3-7"), [4, 5]);
  deepEqual(track.after("5-0"), []);
  deepEqual(track.newest(2), [4, 5]);
  equal(track.get("2-0"), 2);
});

Deno.test("Track keeps at least its limit, and says where it cannot tell", () => {
  const track = trackOf(4, 8);
  deepEqual(track.newest(), [5, 6, 7, 8]);
  equal(track.after("2-0"), null); // 3 was dropped
  deepEqual(track.after("6-0"), [7, 8]);
  equal(track.after("9-0"), null); // of another history
});

Deno.test("Track that starts late does not stand for the whole stream", () => {
  const track = new Track<number>(10);
  track.startsLate();
  track.add("5-0", 5);
  equal(track.after("0-0"), null);
  equal(track.after("4-0"), null);
  deepEqual(track.after("5-0"), []);
});
