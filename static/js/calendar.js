// A month or a week in which lines are dragged to another day or hour. FullCalendar carries them; everything that it
// shows is read from the sheet that the server drew, and read again after each move, whatever came of it. On a phone,
// on paper and without this file that sheet itself is the calendar.

const wide = window.matchMedia("(min-width: 48rem)");
const days = document.getElementById("days");
const hint = document.getElementById("drag-hint");
const DAY = "2026-12-03".length;
const MINUTE = "2026-12-03T10:00".length;
const HALF_AN_HOUR = 30 * 60_000;
const OFFICE = [8, 20]; // hours that a week shows at least
let planner = null;
let library = null;

const sheet = () => days.querySelector(".sheet");
const cell = (date) => sheet().querySelector(`[data-day="${date.toISOString().slice(0, 10)}"]`);
const clock = (date) => date.toISOString().slice(DAY + 1, MINUTE);
const copies = (node) => [...(node?.childNodes ?? [])].map((child) => child.cloneNode(true));

// The clocks of the page as FullCalendar has them: it is told that they are UTC, and so knows of no summer time. Which
// hours there are on a day, the server says.
function carried(line) {
  const start = new Date(`${line.dataset.at}Z`);
  const midnight = Date.parse(`${line.dataset.at.slice(0, DAY)}T24:00Z`);
  return {
    start,
    end: new Date(Math.min(start.getTime() + HALF_AN_HOUR, midnight)),
    url: line.href,
    extendedProps: { line },
  };
}

// How many more there are on a day, at its end; a week says it at the head.
function more(link) {
  const day = link.closest("[data-day]").dataset.day;
  return { start: `${day}T23:59:59Z`, end: `${day}T24:00:00Z`, url: link.href, startEditable: false, extendedProps: { more: link } };
}

function lines(isWeek) {
  const found = [...sheet().querySelectorAll(".entry")].map(carried);
  return isWeek ? found : [...found, ...[...sheet().querySelectorAll(".cell-more a")].map(more)];
}

// The office's hours, and those of every line beside them.
function hours() {
  const found = [...sheet().querySelectorAll(".entry")].map((line) => Number(line.dataset.at.split(/[T:]/)[1]));
  return [Math.min(OFFICE[0], ...found), Math.max(OFFICE[1], ...found.map((hour) => hour + 1))];
}

// Named classes of our own throughout: no theme is loaded, calendar.css and planner.css draw all kinds of sheet.
const MONTH = {
  type: "dayGrid",
  dayHeaderContent: (info) => sheet().querySelectorAll(".weekdays span")[(info.date.getUTCDay() + 6) % 7].textContent,
  dayCellClass: (info) => cell(info.date)?.className ?? "",
  dayCellTopClass: "cell-day",
  dayCellTopContent: (info) => ({ domNodes: copies(cell(info.date)?.querySelector(".cell-day")) }),
  dayCellTopInnerClass: "planner-day-inner",
  dayCellDidMount: heard,
};
const WEEK = {
  type: "timeGrid",
  allDaySlot: false,
  slotDuration: "00:30",
  slotMinHeight: 34, // two lines of text
  snapDuration: "00:15",
  slotHeaderInterval: "01:00",
  slotHeaderContent: (info) => clock(new Date(info.time.milliseconds)), // in English too, as elsewhere on the page
  slotHeaderClass: "slot",
  slotHeaderInnerClass: "slot-head",
  slotLaneClass: (info) => `slot${info.isMinor ? " is-half" : ""}`,
  dayLaneClass: (info) => cell(info.date)?.className.replace(/\bcell\b/, "lane") ?? "lane",
  dayHeaderContent: (info) => ({ domNodes: weekHead(info.date) }),
};

function unseen(words) {
  const text = document.createElement("span");
  text.className = "visually-hidden";
  text.textContent = words;
  return text;
}

// What heads a day FullCalendar takes for a mere number, and hides it from those who hear the page. Ours has links.
function heard({ el }) {
  el.querySelector(".planner-head-inner, .planner-day-inner")?.removeAttribute("aria-hidden");
}

function weekHead(date) {
  const own = cell(date);
  const head = document.createElement("span");
  head.className = "cell-day";
  head.append(...copies(own?.querySelector(".cell-day")), ...copies(own?.querySelector(".cell-more")));
  const weekday = document.createElement("span");
  weekday.setAttribute("aria-hidden", "true"); // the link beside it says the whole date
  weekday.textContent = sheet().querySelectorAll(".weekdays span")[(date.getUTCDay() + 6) % 7].textContent;
  return [weekday, head];
}

function look({ line }, isDragging) {
  return line ? `${line.className}${isDragging ? " is-dragging" : ""}` : "cell-more";
}

// The line's own words; its hour follows it while it is carried.
function words(event) {
  const { line, more } = event.extendedProps;
  const nodes = copies(more ?? line);
  const time = nodes.find((node) => node.className === "entry-head")?.querySelector("time");
  if (time) time.textContent = clock(event.start);
  return nodes;
}

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
  const usable = () => wide.matches && sheet().querySelector(".entry") !== null;
  if (usable()) await loaded();
  planner?.calendar.destroy();
  planner?.place.remove();
  planner = null;
  sheet().classList.toggle("is-beneath", usable());
  hint.hidden = !usable();
  if (usable()) mount(sheet());
}

function mount(drawn) {
  const isWeek = drawn.classList.contains("sheet-week");
  const [from, until] = hours();
  const place = document.createElement("div");
  place.className = `planner ${isWeek ? "planner-week" : "planner-month"}`;
  drawn.before(place);
  // In an element of its own: the library's classes force what an element with them displays, on paper too.
  const calendar = new window.FullCalendar.Calendar(place.appendChild(document.createElement("div")), {
    views: { sheet: { ...(isWeek ? WEEK : MONTH), duration: { weeks: drawn.querySelectorAll("[data-day]").length / 7 } } },
    initialView: "sheet",
    initialDate: drawn.querySelector("[data-day]").dataset.day,
    firstDay: 1,
    timeZone: "UTC",
    locale: document.documentElement.lang,
    titleFormat: () => document.querySelector(".sheet-title").textContent,
    weekTextLong: hint.dataset.week,
    timedText: hint.dataset.hours,
    headerToolbar: false,
    height: "auto",
    slotMinTime: { hours: from },
    slotMaxTime: { hours: until },
    editable: true,
    eventDurationEditable: false,
    eventOrder: "start",
    eventOrderStrict: true,
    events: lines(isWeek),
    dayHeaderClass: "planner-head",
    dayHeaderInnerClass: "planner-head-inner",
    dayHeaderDidMount: heard,
    dayHeaderDividerClass: "planner-divider",
    dayRowClass: "planner-row",
    highlightClass: "planner-over",
    eventClass: (info) => look(info.event.extendedProps, info.isDragging),
    eventContent: (info) => ({ domNodes: words(info.event) }),
    eventDidMount: (info) => (info.el.title = info.el.textContent.replace(/\s+/g, " ").trim()),
    eventDrop: (info) => drop(info, isWeek),
  });
  calendar.render();
  place.querySelector("[role=rowheader]")?.append(unseen(hint.dataset.hours));
  planner = { calendar, place };
}

async function drop(info, isWeek) {
  const line = info.event.extendedProps.line;
  const body = new FormData(document.getElementById("move"));
  body.set("version", line.dataset.version);
  body.set("to", info.event.start.toISOString().slice(0, isWeek ? MINUTE : DAY));
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
