// A month or a week in which lines are dragged to another day or hour. The sheet that the server drew stays the only
// truth: what is dragged is read from it, and read again after each move, whatever came of it. On a phone, on paper and
// without this file that sheet itself is the calendar.
import { DAY, MINUTE, mount } from "./planner.js";

const wide = window.matchMedia("(min-width: 48rem)");
const days = document.getElementById("days");
const hint = document.getElementById("drag-hint");
let planner = null;
let library = null;

// A large file, which a phone is spared.
function loaded() {
  library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    [script.src, script.onload, script.onerror] = [days.dataset.library, done, failed];
    document.head.append(script);
  });
  return library;
}

async function draw() {
  const sheet = () => days.querySelector(".sheet");
  const usable = () => wide.matches && sheet().querySelector(".entry") !== null;
  if (usable()) await loaded();
  planner?.calendar.destroy();
  planner?.place.remove();
  planner = null;
  sheet().classList.toggle("is-beneath", usable());
  hint.hidden = !usable();
  if (usable()) planner = place(sheet());
}

// The library is given an element of its own within ours: its classes force what that displays, on paper too.
function place(sheet) {
  const ours = document.createElement("div");
  ours.className = `planner ${sheet.classList.contains("sheet-week") ? "planner-week" : "planner-month"}`;
  sheet.before(ours);
  const words = { title: document.querySelector(".sheet-title").textContent, ...hint.dataset };
  const calendar = mount(ours.appendChild(document.createElement("div")), sheet, words, drop);
  return { calendar, place: ours };
}

// To a day a line takes its hour along: that is for the server to say, which knows which hours the day has.
async function drop(info, line, hasHours) {
  const body = new FormData(document.getElementById("move"));
  body.set("version", line.dataset.version);
  body.set("to", info.event.start.toISOString().slice(0, hasHours ? MINUTE : DAY));
  if (!(await send(line.dataset.move, body))) info.revert();
}

// Sends a move, or an undo, and shows the page that comes back. False where none came.
async function send(action, body) {
  const flashes = document.querySelector(".flashes");
  try {
    const answer = await fetch(action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("days");
    if (!fresh) throw new Error("not the calendar");
    flashes.replaceChildren(...page.querySelector(".flashes").childNodes);
    days.replaceChildren(...fresh.childNodes);
    await draw();
    flashes.querySelector("button")?.focus({ preventScroll: true });
    return true;
  } catch {
    flashes.replaceChildren(document.getElementById("unmoved").content.cloneNode(true));
    return false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest(".flashes")) return;
  event.preventDefault();
  if (!form.dataset.sent) send(form.action, new FormData(form));
});
wide.addEventListener("change", draw);
draw();
