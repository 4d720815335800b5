// Runs before the first paint, so that chosen colours do not flash the default ones.
document.documentElement.dataset.theme = localStorage.getItem("theme") === "light" ? "light" : "dark";
document.documentElement.dataset.palette = localStorage.getItem("palette") ?? "blue-orange";
