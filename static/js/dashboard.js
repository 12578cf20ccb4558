// The dashboard keeps itself fresh, and its lines act in place. Without this file every one of them is a page.

const EVERY = 30_000;
const regions = () => document.querySelectorAll("[data-live]");
let last = Date.now();
let waiting = false;

// What somebody is at work in is left alone: the line with the focus, or with an open form.
function busy(node) {
  return node.contains(document.activeElement) || node.querySelector?.(".cover-form") !== null;
}

// Make `old` look like `fresh`, touching only what differs; the children of a keyed list are matched by their key.
function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.matches("[data-keyed]")) {
    patchList(old, fresh);
  } else if (old.matches("section[data-key]")) {
    patch(old.querySelector("[data-keyed]"), fresh.querySelector("[data-keyed]"));
    const [more, now] = [old.querySelector(".more"), fresh.querySelector(".more")];
    if (more && !now) more.remove();
    if (now && !more) old.append(now);
  } else if (!busy(old)) {
    old.replaceWith(fresh);
  }
}

function patchList(old, fresh) {
  const known = new Map([...old.children].map((child) => [child.dataset.key, child]));
  let place = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const mine = known.get(child.dataset.key);
    known.delete(child.dataset.key);
    if (!mine) {
      old.insertBefore(child, place);
    } else {
      if (mine === place) place = mine.nextElementSibling;
      else if (!busy(mine)) old.insertBefore(mine, place); // moving what has the focus would take it away
      patch(mine, child);
    }
  }
  for (const gone of known.values()) if (!busy(gone)) gone.remove();
}

// A page as fetched, with this page's tokens: those of a session are all good, and different texts look like news.
function read(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const token = document.querySelector("input[name=csrf_token]")?.value;
  for (const field of page.querySelectorAll("input[name=csrf_token]")) field.setAttribute("value", token);
  return page;
}

function show(page) {
  for (const region of regions()) {
    const fresh = page.getElementById(region.id);
    if (fresh) patch(region, fresh);
  }
  const [before, now] = [document.querySelector(".banner"), page.querySelector(".banner")];
  if (before && now) before.isEqualNode(now) || before.replaceWith(now);
  else if (now) document.querySelector("main").before(now);
  else before?.remove();
  document.querySelector(".stale").textContent = "";
  last = Date.now();
}

async function get(address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(answer.statusText);
  return read(await answer.text());
}

async function refresh() {
  if (waiting || document.hidden) return;
  waiting = true;
  try {
    const page = await get(location.href, { credentials: "same-origin" });
    if (page.getElementById("list")) show(page);
    else location.reload(); // signed out meanwhile
  } catch {
    const stale = document.querySelector(".stale");
    stale.textContent = stale.dataset.words;
  } finally {
    waiting = false;
  }
}

// Sends a form of a line and shows what came of it; whatever is not a plain success is shown as the page it is.
async function act(form) {
  const line = form.closest(".line");
  try {
    const page = await get(form.action, { method: "POST", body: new FormData(form) });
    if (!page.getElementById("list")) throw new Error("not the dashboard");
    const flashes = document.querySelector(".flashes");
    flashes.replaceChildren(...page.querySelector(".flashes").childNodes);
    document.activeElement.blur();
    line?.querySelector(".cover-form")?.remove();
    show(page);
    (flashes.querySelector("button") ?? document.getElementById("content")).focus();
  } catch {
    form.submit();
  }
}

// The form of the page that a link leads to, put into the line.
async function open(link) {
  const line = link.closest(".line");
  if (line.querySelector(".cover-form")) return close(line);
  try {
    const form = (await get(link.href)).querySelector(".cover-form");
    if (!form) throw new Error("not the form");
    line.append(form);
    form.querySelector("select").focus();
  } catch {
    location.assign(link.href);
  }
}

function close(line) {
  line.querySelector(".cover-form")?.remove();
  line.querySelector("[data-inline]")?.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.closest(".line, .flashes")) return;
  event.preventDefault();
  if (!form.dataset.sent) act(form);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(".line [data-inline], .line [data-close]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if ("inline" in link.dataset) open(link);
  else close(link.closest(".line"));
});
document.addEventListener("keydown", (event) => {
  const line = event.key === "Escape" && event.target.closest(".line");
  if (line) close(line);
});
document.addEventListener("visibilitychange", () => Date.now() - last > EVERY && refresh());
setInterval(refresh, EVERY);
