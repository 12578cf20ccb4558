// FullCalendar in the look of the sheet that the server drew: every line, class, date and link is read from it.
// Its clocks are set to UTC, and so knows of no summer time: which hours a day has, the server says.

export const DAY = "2026-12-03".length;
export const MINUTE = "2026-12-03T10:00".length;
const HALF_AN_HOUR = 30 * 60_000;
const OFFICE = [8, 20]; // hours that a week shows at least

const clock = (date) => date.toISOString().slice(DAY + 1, MINUTE);
const copies = (node) => [...(node?.childNodes ?? [])].map((child) => child.cloneNode(true));
const all = (sheet, selector) => [...sheet.querySelectorAll(selector)];

// Shows `sheet` in `place`. `words` are what FullCalendar itself would say in English; `drop` hears where a line went.
export function mount(place, sheet, words, drop) {
  const isWeek = sheet.classList.contains("sheet-week");
  const [from, until] = hours(sheet);
  const calendar = new window.FullCalendar.Calendar(place, {
    views: { sheet: { ...(isWeek ? week(sheet) : month(sheet)), duration: { weeks: all(sheet, "[data-day]").length / 7 } } },
    initialView: "sheet",
    initialDate: sheet.querySelector("[data-day]").dataset.day,
    firstDay: 1,
    timeZone: "UTC",
    locale: document.documentElement.lang,
    titleFormat: () => words.title,
    weekTextLong: words.week,
    timedText: words.hours,
    headerToolbar: false,
    height: "auto",
    slotMinTime: { hours: from },
    slotMaxTime: { hours: until },
    editable: true,
    eventDurationEditable: false,
    eventOrder: "start",
    eventOrderStrict: true,
    events: isWeek ? all(sheet, ".entry").map(line) : [...all(sheet, ".entry").map(line), ...all(sheet, ".cell-more a").map(more)],
    dayHeaderClass: "planner-head",
    dayHeaderInnerClass: "planner-head-inner",
    dayHeaderDidMount: heard,
    dayHeaderDividerClass: "planner-divider",
    dayRowClass: "planner-row",
    highlightClass: "planner-over",
    eventClass: (info) => `${info.event.extendedProps.look}${info.isDragging ? " is-dragging" : ""}`,
    eventContent: (info) => ({ domNodes: text(info.event) }),
    eventDidMount: (info) => (info.el.title = info.el.textContent.replace(/\s+/g, " ").trim()),
    eventDrop: (info) => drop(info, info.event.extendedProps.drawn, isWeek),
  });
  calendar.render();
  // A heading of a row without a word in it is one to nobody who hears the page.
  place.querySelector("[role=rowheader]")?.append(unseen(words.hours));
  return calendar;
}

// Named classes of our own throughout: no theme is loaded, calendar.css and planner.css draw all kinds of sheet.
function month(sheet) {
  return {
    type: "dayGrid",
    dayHeaderContent: (info) => weekday(sheet, info.date),
    dayCellClass: (info) => cell(sheet, info.date)?.className ?? "",
    dayCellTopClass: "cell-day",
    dayCellTopContent: (info) => ({ domNodes: copies(cell(sheet, info.date)?.querySelector(".cell-day")) }),
    dayCellTopInnerClass: "planner-day-inner",
    dayCellDidMount: heard,
  };
}

function week(sheet) {
  return {
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
    dayLaneClass: (info) => cell(sheet, info.date)?.className.replace(/\bcell\b/, "lane") ?? "lane",
    dayHeaderContent: (info) => ({ domNodes: weekHead(sheet, info.date) }),
  };
}

function cell(sheet, date) {
  return sheet.querySelector(`[data-day="${date.toISOString().slice(0, DAY)}"]`);
}

function weekday(sheet, date) {
  return all(sheet, ".weekdays span")[(date.getUTCDay() + 6) % 7].textContent;
}

// The day as a month has it, its weekday above, and how many more it has than it shows.
function weekHead(sheet, date) {
  const [name, head, own] = [document.createElement("span"), document.createElement("span"), cell(sheet, date)];
  name.setAttribute("aria-hidden", "true"); // the link below says the whole date
  name.textContent = weekday(sheet, date);
  head.className = "cell-day";
  head.append(...copies(own?.querySelector(".cell-day")), ...copies(own?.querySelector(".cell-more")));
  return [name, head];
}

function line(drawn) {
  const start = new Date(`${drawn.dataset.at}Z`);
  const midnight = Date.parse(`${drawn.dataset.at.slice(0, DAY)}T24:00Z`);
  const end = new Date(Math.min(start.getTime() + HALF_AN_HOUR, midnight));
  return { start, end, url: drawn.href, extendedProps: { drawn, look: drawn.className } };
}

// How many more there are on a day, as its last line.
function more(drawn) {
  const day = drawn.closest("[data-day]").dataset.day;
  const own = { url: drawn.href, startEditable: false, extendedProps: { drawn, look: "cell-more" } };
  return { start: `${day}T23:59:59Z`, end: `${day}T24:00:00Z`, ...own };
}

// The line's own words; its hour follows it while it is carried.
function text(event) {
  const nodes = copies(event.extendedProps.drawn);
  const time = nodes.find((node) => node.className === "entry-head")?.querySelector("time");
  if (time) time.textContent = clock(event.start);
  return nodes;
}

// The office's hours, and beside them those of every line.
function hours(sheet) {
  const found = all(sheet, ".entry").map((drawn) => Number(drawn.dataset.at.split(/[T:]/)[1]));
  return [Math.min(OFFICE[0], ...found), Math.max(OFFICE[1], ...found.map((hour) => hour + 1))];
}

// What heads a day FullCalendar takes for a mere number, and hides it from those who hear the page. Ours has links.
function heard({ el }) {
  el.querySelector(".planner-head-inner, .planner-day-inner")?.removeAttribute("aria-hidden");
}

function unseen(words) {
  const span = document.createElement("span");
  span.className = "visually-hidden";
  span.textContent = words;
  return span;
}
