// Widths and places are millionths of the whole; the window shows [left, left + span).
const WIDTH = 1600, MILLION = 1000000, LETTER = 7.3;
const frames = Array.from(document.querySelectorAll("#frames .f")).map((group) => ({
  group,
  box: group.querySelector("rect"),
  text: group.querySelector("text"),
  colour: group.querySelector("rect").getAttribute("fill"),
  name: group.dataset.n,
  title: group.querySelector("title").textContent,
  x: +group.dataset.x,
  w: +group.dataset.w,
}));
const byId = (id) => document.getElementById(id);

function show(left, span) {
  for (const frame of frames) {
    const from = Math.max(frame.x, left);
    const to = Math.min(frame.x + frame.w, left + span);
    const width = ((to - from) * WIDTH) / span;
    const hidden = width < 0.3;
    frame.group.style.display = hidden ? "none" : "";
    if (hidden) continue;
    const x = ((from - left) * WIDTH) / span;
    frame.box.setAttribute("x", x);
    frame.box.setAttribute("width", Math.max(width - 0.3, 0.3));
    frame.text.setAttribute("x", x + 3);
    const letters = Math.floor((width - 6) / LETTER);
    frame.text.textContent = letters < 3 ? "" : frame.name.length <= letters ? frame.name : frame.name.slice(0, letters - 1) + "…";
  }
}

function search() {
  const words = window.prompt("A function, as a regular expression; empty for none");
  if (words === null) return;
  const wanted = words === "" ? null : new RegExp(words);
  // A frame within a frame that was found counts once: only what is right of the last counted end adds up.
  const found = frames.filter((frame) => wanted !== null && wanted.test(frame.name));
  for (const frame of frames) frame.box.setAttribute("fill", frame.colour);
  let sum = 0, end = -1;
  for (const frame of found.sort((one, other) => one.x - other.x || other.w - one.w)) {
    frame.box.setAttribute("fill", "#e040fb");
    if (frame.x + frame.w > end) {
      sum += frame.x + frame.w - Math.max(end, frame.x);
      end = frame.x + frame.w;
    }
  }
  byId("found").textContent = wanted === null ? "" : "found: " + ((sum * 100) / MILLION).toFixed(1) + " %";
}

for (const frame of frames) {
  frame.group.style.cursor = "pointer";
  frame.group.addEventListener("click", () => show(frame.x, frame.w));
  frame.group.addEventListener("mouseover", () => (byId("pointed").textContent = frame.title));
}
byId("reset").addEventListener("click", () => show(0, MILLION));
byId("search").addEventListener("click", search);
window.addEventListener("keydown", (event) => {
  if (event.key === "F3" || (event.ctrlKey && event.key === "f")) {
    event.preventDefault();
    search();
  }
});
show(0, MILLION);
