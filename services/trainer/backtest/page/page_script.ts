/** Reads the curves at the pointer: all that the report's page does by itself. */
export const PAGE_SCRIPT = `
const readings = JSON.parse(document.getElementById("readings").textContent);
const svg = document.getElementById("curves"), cursor = document.getElementById("cursor");
const values = document.querySelectorAll("[data-line]"), when = document.getElementById("when");
const last = readings.times.length - 1;
function show(row) {
  when.textContent = new Date(readings.times[row]).toISOString().slice(0, 16).replace("T00:00", "").replace("T", " ");
  values.forEach((value, line) => value.textContent = readings.lines[line].values[row].toLocaleString("en-US"));
}
function at(event) {
  const box = svg.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width * readings.width;
  const share = Math.min(1, Math.max(0, (x - readings.left) / (readings.right - readings.left)));
  const ms = readings.times[0] + share * (readings.times[last] - readings.times[0]);
  let low = 0, high = last;
  while (low < high) { const middle = (low + high) >> 1; if (readings.times[middle] < ms) low = middle + 1; else high = middle; }
  const px = readings.left + (readings.times[low] - readings.times[0]) / (readings.times[last] - readings.times[0] || 1) *
    (readings.right - readings.left);
  cursor.setAttribute("x1", px); cursor.setAttribute("x2", px); cursor.setAttribute("visibility", "visible");
  show(low);
}
svg.addEventListener("pointermove", at);
svg.addEventListener("pointerleave", () => { cursor.setAttribute("visibility", "hidden"); show(last); });
show(last);
`;
