// What the pages do beyond links and forms. Every page works without it.

// A list one can type in, over the real <select>; accents do not matter.
function makePickers() {
  if (!window.TomSelect) return;
  for (const select of document.querySelectorAll("select[data-picker]")) {
    const picker = new window.TomSelect(select, {
      // What must be chosen shows its empty option as a hint; elsewhere nobody is a choice like any other.
      allowEmptyOption: select.dataset.picker !== "needed",
      diacritics: true,
      maxOptions: 200,
      selectOnTab: true,
      // At once: with the library's pause, Enter right after typing would take the wrong person.
      refreshThrottle: 0,
      openOnFocus: true,
      render: { no_results: () => noResults(select.dataset.none) },
    });
    describe(select, picker.control_input);
    // Enter chooses; it never sends a half-filled form.
    picker.control_input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
}

// The box that one types in says what the select would have said; the select, still there, keeps its name.
function describe(select, box) {
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
  }
  const label = document.getElementById(`${select.id}-ts-label`);
  if (label) select.setAttribute("aria-label", label.firstChild.textContent.trim());
}

function noResults(sentence) {
  const line = document.createElement("div");
  line.className = "no-results";
  line.textContent = sentence;
  return line;
}

// After a refused form the summary is read first; its links lead to the fields, pickers included.
function leadToErrors() {
  const summary = document.querySelector("[data-focus]");
  if (!summary) return;
  summary.focus();
  for (const link of summary.querySelectorAll("a[data-field]")) {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.dataset.field);
      if (!field) return;
      event.preventDefault();
      (field.tomselect ?? field).focus();
      field.closest(".field")?.scrollIntoView({ block: "center" });
    });
  }
}

// A second press while the first is on its way changes nothing.
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  // Coming back with the browser's arrow finds the form usable again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
    }
  });
}

// The cards of the account and of what else the menu has close with Escape or a press outside.
function closeCard(card) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !card.open) return;
    card.open = false;
    card.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (card.open && !card.contains(event.target)) card.open = false;
  });
}

makePickers();
leadToErrors();
sendOnce();
document.querySelectorAll("details.account, details.menu-more").forEach(closeCard);
