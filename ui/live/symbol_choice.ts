/** The symbol in the address: `?symbol=A-1`, or `/replay/A-1`. Choosing one changes the address, and going back changes the symbol. */

type Follower = (symbol: string) => void;
let follower: Follower | null = null;
let asked: string | null = null;

const REPLAY = /^\/replay\/([^/]+)/;

/** Calls `follow` for each choice. @param initial The symbol of an address that names none. */
export function followSymbol(follow: Follower, initial: string): void {
  follower = (symbol) => {
    asked = symbol;
    follow(symbol);
  };
  addEventListener("popstate", () => follower?.(symbolIn(new URL(location.href)) ?? initial));
}

/** The symbol that was chosen last, which the page may not show yet; null where none was. */
export function askedSymbol(): string | null {
  return asked;
}

export function chooseSymbol(symbol: string): void {
  const address = new URL(location.href);
  if (REPLAY.test(address.pathname)) address.pathname = `/replay/${encodeURIComponent(symbol)}`;
  else address.searchParams.set("symbol", symbol);
  history.pushState(null, "", address);
  follower?.(symbol);
}

function symbolIn({ pathname, searchParams }: URL): string | null {
  const [, named] = REPLAY.exec(pathname) ?? [];
  return named === undefined ? searchParams.get("symbol") : decodeURIComponent(named);
}
