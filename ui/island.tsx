/** Islands: components that the browser brings to life. An island is the default export of `islands/<name>.tsx`, a named
 * function; the server renders it inside a marker, and `client.ts` hydrates every marker of the page. */
import { type ComponentType, createContext } from "preact";
import { useContext } from "preact/hooks";

type Props = Record<string, string | number | boolean | null>;

/** Files of the islands that a document has rendered. */
export const UsedIslands = createContext<Set<string> | null>(null);

/** Renders an island into its marker. */
export function Island<P extends Props>(
  { of: Widget, props }: { of: ComponentType<P>; props: P },
) {
  const file = islandFile(Widget.name);
  useContext(UsedIslands)?.add(file);
  return (
    <div class="island" data-island={file} data-props={JSON.stringify(props)}>
      <Widget {...props} />
    </div>
  );
}

/** `EquityChart` lives in `equity_chart`. */
function islandFile(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
