// An import's page keeps itself fresh while a worker has it in hand. Without this file there is a link to look again.

const EVERY = 2000;
const shown = document.getElementById("import");

async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next time may go better; until then the page says what it knew.
    }
  }
  if ("moving" in shown.dataset) setTimeout(refresh, EVERY);
}

function show(page) {
  const fresh = page.getElementById("import");
  if (!fresh) return location.reload(); // signed out meanwhile
  const [before, now] = [heading(shown), heading(fresh)];
  const focused = shown.contains(document.activeElement);
  shown.replaceChildren(...fresh.childNodes);
  if (!("moving" in fresh.dataset)) delete shown.dataset.moving;
  document.title = page.title;
  if (before === now) return;
  // Who listens hears of each new state once, not of every number; who was inside is led to it.
  document.getElementById("import-said").textContent = now;
  if (focused) document.getElementById("state-head").focus();
}

function heading(part) {
  return part.querySelector("h2").textContent;
}

setTimeout(refresh, EVERY);
