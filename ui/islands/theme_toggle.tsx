/** Dark or light. `static/theme.js` applies the choice before the first paint. */
import { useKeys } from "../live/keys.ts";
import { chooseTheme, theme } from "../live/preferences.ts";

export default function ThemeToggle() {
  const isDark = theme.value === "dark";
  const toggle = () => chooseTheme(theme.peek() === "dark" ? "light" : "dark");
  useKeys([{ keys: ["t"], what: "Dark or light", act: toggle }]);
  return (
    <button
      type="button"
      class="theme-toggle"
      onClick={toggle}
      aria-label={`Switch to the ${isDark ? "light" : "dark"} theme`}
    >
      <span aria-hidden="true">{isDark ? "☾" : "☀"}</span>
    </button>
  );
}
