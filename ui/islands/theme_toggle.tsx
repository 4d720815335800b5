/** Dark or light. `static/theme.js` applies the choice before the first paint. */
import { useEffect, useState } from "preact/hooks";

type Theme = "dark" | "light";

export default function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>("dark");
  useEffect(() => setTheme(document.documentElement.dataset.theme === "light" ? "light" : "dark"), []);
  const other = theme === "dark" ? "light" : "dark";
  const choose = () => {
    document.documentElement.dataset.theme = other;
    localStorage.setItem("theme", other);
    setTheme(other);
    dispatchEvent(new Event("themechange"));
  };
  return (
    <button type="button" class="theme-toggle" onClick={choose} aria-label={`Switch to the ${other} theme`}>
      <span aria-hidden="true">{theme === "dark" ? "☾" : "☀"}</span>
      <span class="theme-name">{theme === "dark" ? "Dark" : "Light"}</span>
    </button>
  );
}
