// Runs before the first paint, so that a chosen light theme does not flash dark.
document.documentElement.dataset.theme = localStorage.getItem("theme") === "light" ? "light" : "dark";
