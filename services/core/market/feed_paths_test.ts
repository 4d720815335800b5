import assert from "node:assert/strict";
import { feedPaths, readableRoot } from "./feed_paths.ts";
import { memoryFiles } from "./memory_files_testing.ts";

const TREE = memoryFiles(Object.fromEntries([
  "data/B.csv",
  "data/A.CSV",
  "data/A-1.parquet",
  "data/.hidden.csv",
  "data/2020/SPX.csv",
  "data/2021/SPX.csv",
  "data/2021/more/SPX.csv",
  "data/odd[1]*.csv",
  "top.csv",
].map((path) => [path, ""])));
const paths = (path: string, extension = "csv") => feedPaths(path, extension, TREE);

Deno.test("feedPaths() takes a file as it is named, whatever its name", async () => {
  assert.deepEqual(await paths("data/A-1.parquet"), ["data/A-1.parquet"]);
  assert.deepEqual(await paths("data/odd[1]*.csv"), ["data/odd[1]*.csv"]);
});

Deno.test("feedPaths() takes the files of a folder that have the extension, in the order of their names", async () => {
  assert.deepEqual(await paths("data"), ["data/.hidden.csv", "data/A.CSV", "data/B.csv", "data/odd[1]*.csv"]);
  assert.deepEqual(await paths("data", "parquet"), ["data/A-1.parquet"]);
});

Deno.test("feedPaths() follows patterns", async () => {
  const cases: [string, string[]][] = [
    ["data/*.csv", ["data/B.csv", "data/odd[1]*.csv"]],
    ["data/?.csv", ["data/B.csv"]],
    ["data/*/SPX.csv", ["data/2020/SPX.csv", "data/2021/SPX.csv"]],
    ["data/202?/*", ["data/2020/SPX.csv", "data/2021/SPX.csv"]],
    ["data/**/SPX.csv", ["data/2020/SPX.csv", "data/2021/SPX.csv", "data/2021/more/SPX.csv"]],
    ["**/more/*.csv", ["data/2021/more/SPX.csv"]],
    ["*.csv", ["top.csv"]],
    ["data/odd[1]?.csv", ["data/odd[1]*.csv"]],
  ];
  for (const [pattern, expected] of cases) assert.deepEqual(await paths(pattern), expected, pattern);
});

Deno.test("feedPaths() follows absolute patterns on a real disk", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await Deno.writeTextFile(`${folder}/a/b/x.csv`, "");
    assert.deepEqual(await feedPaths(`${folder}/**/*.csv`, "csv", Deno), [`${folder}/a/b/x.csv`]);
    assert.deepEqual(await feedPaths(`${folder}/a/b`, "csv", Deno), [`${folder}/a/b/x.csv`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("feedPaths() takes links to files, broken ones too, and follows none to a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/in/real`, { recursive: true });
    await Deno.writeTextFile(`${folder}/in/real/A.csv`, "");
    const links = { "B.csv": "real/A.csv", "gone.csv": "nowhere", "self.csv": "self.csv", "real/up": ".." };
    for (const [name, target] of Object.entries(links)) await Deno.symlink(target, `${folder}/in/${name}`);
    const direct = ["B", "gone", "self"].map((name) => `${folder}/in/${name}.csv`);
    assert.deepEqual(await feedPaths(`${folder}/in`, "csv", Deno), direct);
    assert.deepEqual(await feedPaths(`${folder}/in/*.csv`, "csv", Deno), direct);
    const deep = [...direct, `${folder}/in/real/A.csv`].sort();
    assert.deepEqual(await feedPaths(`${folder}/in/**/*.csv`, "csv", Deno), deep);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("feedPaths() takes gzipped files of a folder as well", async () => {
  const files = memoryFiles({ "in/A.csv.GZ": "", "in/B.csv": "", "in/C.gz": "", "in/D.csv.zip": "" });
  assert.deepEqual(await feedPaths("in", "csv", files), ["in/A.csv.GZ", "in/B.csv"]);
});

Deno.test("feedPaths() says what it looked for in vain", async () => {
  const cases: [string, string][] = [
    ["no.csv", "Cannot read no.csv as the file must exist: it is not there"],
    ["data/2020/more", "Cannot read data/2020/more as the file must exist: it is not there"],
    [
      "data/2021/more/*.txt",
      "Cannot read data/2021/more/*.txt as a file must fit the pattern: there is none",
    ],
    ["no/*.csv", "Cannot read no/*.csv as a file must fit the pattern: there is none"],
  ];
  for (const [path, message] of cases) await assert.rejects(paths(path), { name: "RangeError", message });
  await assert.rejects(paths("data/2020", "parquet"), {
    message: "Cannot read data/2020 as the folder must hold .parquet files: there is none",
  });
});

Deno.test("readableRoot() names what stands before the first wildcard", () => {
  const cases: [string, string][] = [
    ["/data/x.csv", "/data/x.csv"],
    ["/data/**/x-*.csv", "/data"],
    ["/data/y*/x.csv", "/data"],
    ["/*.csv", "/"],
    ["*.csv", "."],
  ];
  for (const [path, root] of cases) assert.equal(readableRoot(path), root);
});
