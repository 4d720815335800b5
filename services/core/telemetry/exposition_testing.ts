/** A strict reader of what `/metrics` says, by the text format's own words (Prometheus, version 0.0.4) and its naming conventions;
 * written against the format, not against the library that writes it. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/;
/** Units that are not base units, at the end of a name or before `_total`. */
const OTHER_UNITS = /_(ms|milliseconds|microseconds|minutes|hours|mb|kb|gb|percent)(_total)?$/;

/** Every family by its name. @throws {RangeError} At the first line that breaks a rule, naming it. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) {
    throw new RangeError("Cannot read metrics as the last line must end with a line feed");
  }
  const families = new Map<string, Family & { samples: Sample[] }>();
  let current: { name: string; help: string } | null = null;
  let family: (Family & { samples: Sample[] }) | null = null;
  for (const [index, line] of text.slice(0, -1).split("\n").entries()) {
    const refuse = (rule: string): never => {
      throw new RangeError(`Cannot read metrics as ${rule}: line ${index + 1} is ${JSON.stringify(line)}`);
    };
    if (line === "") continue;
    const [, kind, name, rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (families.has(name)) refuse("a family must be told once");
      if (rest.trim() === "") refuse("a family must say what it means");
      current = { name, help: rest };
    } else if (kind === "TYPE") {
      if (current?.name !== name) refuse("TYPE must follow HELP of the same family");
      if (rest !== "counter" && rest !== "gauge" && rest !== "histogram") refuse("a type must be known");
      family = { ...current!, type: rest as Family["type"], samples: [] };
      checkName(family, refuse);
      families.set(name, family);
    } else if (line.startsWith("#")) refuse("a comment must be HELP or TYPE");
    else {
      if (family === null) refuse("a sample must follow its TYPE");
      family!.samples.push(parseSample(line, family!, refuse));
    }
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

/** The value of one sample. @throws {RangeError} If it is not there. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const found = families.get(name)?.samples.find((sample) =>
    sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  );
  if (found === undefined) {
    throw new RangeError(`Cannot read ${name} ${JSON.stringify(labels)} as it must be told`);
  }
  return found.value;
}

/** The sum over all values of its labels; 0 where there is no sample. */
export function sumOf(families: ReadonlyMap<string, Family>, name: string): number {
  return (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
}

type Refuse = (rule: string) => never;

function checkName({ name, type }: Family, refuse: Refuse): void {
  if (!NAME.test(name)) refuse("a name must be one");
  if (!/^(rltrader|process)_/.test(name)) {
    refuse("a name must begin with rltrader_, or process_ where it is a known one");
  }
  if ((type === "counter") !== name.endsWith("_total")) {
    refuse("counters, and they alone, must end in _total");
  }
  if (OTHER_UNITS.test(name)) refuse("a unit must be a base unit");
}

function parseSample(line: string, family: Family, refuse: Refuse): Sample {
  const [, name, inner, valueText] = SAMPLE.exec(line) ?? refuse("a sample must be NAME{LABELS} VALUE");
  const isPart = family.type === "histogram" &&
    ["_bucket", "_sum", "_count"].some((end) => name === family.name + end);
  if (name !== family.name && !isPart) refuse("a sample must belong to its family");
  const labels: Record<string, string> = {};
  for (let rest = inner ?? ""; rest !== "";) {
    const [whole, label, value] = LABEL.exec(rest) ??
      refuse('labels must be NAME="VALUE", divided by commas');
    if (label in labels) refuse("a label must be given once");
    labels[label] = value.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
    rest = rest.slice(whole.length);
  }
  const value = valueText === "+Inf" ? Infinity : Number(valueText);
  if (Number.isNaN(value) && valueText !== "NaN") refuse("a value must be a number");
  return { name, labels, value };
}

function checkFamily({ name, type, samples }: Family): void {
  const seen = new Set(
    samples.map(({ name: of, labels }) => JSON.stringify([of, Object.entries(labels).sort()])),
  );
  if (seen.size !== samples.length) {
    throw new RangeError(`Cannot read ${name} as each sample must be told once`);
  }
  for (const { value } of samples) {
    if (type === "counter" && !(value >= 0)) {
      throw new RangeError(`Cannot read ${name} as a counter must not be negative`);
    }
  }
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => labels.le === "+Inf" ? Infinity : Number(labels.le));
  const counts = buckets.map(({ value }) => value);
  const rises = (values: readonly number[]) =>
    values.every((value, index) => index === 0 || value >= values[index - 1]);
  const total = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (!rises(bounds) || !rises(counts) || bounds.at(-1) !== Infinity || counts.at(-1) !== total) {
    throw new RangeError(`Cannot read ${name} as its buckets must rise to +Inf, which must be its count`);
  }
}
