/** Reads from a TypeScript or JavaScript source what it imports and which words stand in its code, by position alone:
 * comments, strings and regular expressions are blanked first, so that a word in them is not taken for code. */

export interface FoundImport {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
}

/** Static imports, re-exports, and `import("…")` of a literal, in types too. */
export function importsIn(source: string): FoundImport[] {
  const code = blankNonCode(source);
  const patterns = [
    /\b(?:import|export)\s+(?:type\s+)?(?:[\w$*{}\s,]|"\s*")*?\bfrom\s*(["'])/g,
    /\bimport\s*(["'])/g,
    /\bimport\s*\(\s*(["'`])/g,
  ];
  const found = patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => {
      const start = match.index + match[0].length;
      const end = code.indexOf(match[1]!, start);
      return { specifier: source.slice(start, end < 0 ? start : end), line: lineAt(source, match.index) };
    })
  );
  return found.sort((a, b) => a.line - b.line);
}

/** Where the pattern stands in code, as lines from 1. The pattern must have the flag `g`. */
export function linesWith(source: string, pattern: RegExp): { text: string; line: number }[] {
  return [...blankNonCode(source).matchAll(pattern)].map((match) => ({
    text: match[0],
    line: lineAt(source, match.index),
  }));
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}

/** The same text, as long as before, with blanks for what is inside comments, quotes and regular expressions. */
export function blankNonCode(source: string): string {
  const out = source.split("");
  /** The depth of braces at which each open `${` ends. */
  const templates: number[] = [];
  let depth = 0;
  let index = 0;
  const blank = (from: number, to: number) => {
    for (let at = from; at < Math.min(to, out.length); at++) if (out[at] !== "\n") out[at] = " ";
  };
  while (index < source.length) {
    if (source.startsWith("//", index)) {
      const end = endOf(source, "\n", index);
      blank(index, end);
      index = end;
    } else if (source.startsWith("/*", index)) {
      const end = endOf(source, "*/", index + 2) + 2;
      blank(index, end);
      index = end;
    } else if (source[index] === '"' || source[index] === "'") {
      const end = endOfQuoted(source, index);
      blank(index + 1, end);
      index = end + 1;
    } else if (source[index] === "`" || (source[index] === "}" && templates.at(-1) === depth)) {
      if (source[index] === "}") templates.pop();
      const end = endOfTemplatePart(source, index + 1);
      blank(index + 1, end);
      if (source.startsWith("${", end)) templates.push(depth);
      index = end + (source.startsWith("${", end) ? 2 : 1);
    } else if (source[index] === "/" && startsRegExp(source, index)) {
      const end = endOfRegExp(source, index);
      blank(index + 1, end);
      index = end + 1;
    } else {
      if (source[index] === "{") depth++;
      if (source[index] === "}") depth--;
      index++;
    }
  }
  return out.join("");
}

function endOf(source: string, text: string, from: number): number {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found;
}

/** A quote that is not closed ends with its line: in JSX text an apostrophe opens nothing. */
function endOfQuoted(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === source[start] || source[at] === "\n") return at;
  }
  return source.length;
}

function endOfTemplatePart(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`" || source.startsWith("${", at)) return at;
  }
  return source.length;
}

function endOfRegExp(source: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "[") inClass = true;
    else if (source[at] === "]") inClass = false;
    else if (source[at] === "\n" || (source[at] === "/" && !inClass)) return at;
  }
  return source.length;
}

/** A slash divides after a value and opens a regular expression elsewhere. */
function startsRegExp(source: string, index: number): boolean {
  const before = source.slice(Math.max(0, index - 40), index).trimEnd();
  if (before === "") return true;
  if (/\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield)$/.test(before)) return true;
  return /[(,=:[!&|?{};+\-*%~^]$|=>$/.test(before);
}
