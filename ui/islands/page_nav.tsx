/** The pages; the chosen symbol goes along. */
import { useKeys } from "../live/keys.ts";
import { useLane, usePage, useShared } from "../live/page_signals.ts";

export default function PageNav() {
  const { page, pages } = usePage();
  const symbol = useLane("symbol");
  const several = (useShared("feed")?.symbols.length ?? 0) > 1;
  const query = several ? `?symbol=${encodeURIComponent(symbol)}` : "";
  useKeys(pages.map(({ path, name, key }) => ({
    keys: [`g ${key}`],
    what: `Go to ${name}`,
    act: () => location.assign(path + query),
  })));
  return (
    <nav class="page-nav" aria-label="Pages">
      <ul>
        {pages.map(({ path, name }) => (
          <li key={path}>
            <a href={path + query} aria-current={path === page ? "page" : undefined}>{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
