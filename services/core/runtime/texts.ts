/** Times, counts and lists as people read them, in every message alike. Pure. */

/** `2020-03-16`, or with the time of day where it is not midnight; UTC. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T00:00", "").replace("T", " ");
}

/** `2020-03-16`; UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** `1 order`, `2 orders`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** `A, B and 3 more`. @param most Names that are told. */
export function abridged(names: readonly string[], most: number): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The first lines, and one that says how many more there are. */
export function abridgedLines(lines: readonly string[], most: number): string[] {
  const more = lines.length - most;
  return [...lines.slice(0, most), ...(more > 0 ? [`and ${more} more`] : [])];
}
