/* What a page can do with a script: keep the reader's choices, copy code, mark the section that is
   read. The page is whole without it. */
"use strict";

/* Choices last where the browser keeps them for files; where not, as long as the page is open. */
const kept = {
  get(name) { try { return localStorage.getItem(`dkm-${name}`); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(`dkm-${name}`, value); } catch { /* then not */ } },
};

/* What each choice of the bar does. Colours at once, before anything is painted. */
const choices = {
  colours(value) { document.documentElement.dataset.colours = value; },
  code(value) {
    for (const fold of document.querySelectorAll(".fold")) {
      fold.open = value === "shown" || (value === "written" && !fold.matches(".folded"));
    }
  },
};
choices.colours(kept.get("colours") ?? "system");

addEventListener("DOMContentLoaded", () => {
  setUpChoices();
  setUpCopying();
  setUpContents();
  setUpSections();
  setUpFilms();
  setUpSearch();
});

function setUpChoices() {
  for (const select of document.querySelectorAll(".tools select")) {
    const value = kept.get(select.name);
    if (value) { select.value = value; choices[select.name](value); }
    select.addEventListener("change", () => {
      choices[select.name](select.value);
      kept.set(select.name, select.value);
    });
  }
  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
}

function setUpCopying() {
  for (const code of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = code.querySelector("pre");
      try {
        await navigator.clipboard.writeText(text.textContent.trimEnd());
        button.textContent = "Copied";
      } catch { /* not allowed here: then the reader's own keys will do it */
        getSelection().selectAllChildren(text);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    code.prepend(button);
  }
}

function setUpContents() {
  const contents = document.querySelector(".contents details");
  if (!contents) return;
  const wide = matchMedia("(min-width: 68rem)");
  const fit = () => { contents.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();

  const links = [...contents.querySelectorAll("a")];
  const headings = links.map((a) => document.getElementById(decodeURIComponent(a.hash.slice(1))));
  const mark = () => {
    const begun = headings.filter((each) => each.getBoundingClientRect().top < innerHeight / 3);
    const now = links[begun.length - 1];
    if (now?.ariaCurrent) return;
    for (const link of links) link.removeAttribute("aria-current");
    now?.setAttribute("aria-current", "location");
    if (now && wide.matches) contents.scrollTop = now.offsetTop - contents.clientHeight / 2;
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}

/* A section that is folded opens for a link that leads into it, and for the printer. */
function setUpSections() {
  const sections = [...document.querySelectorAll("details.deeper")];
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const section = target?.closest("details.deeper");
    if (section && !section.open) { section.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => { for (const each of sections) each.open = true; });
  reveal();
}

/* Figures to step through can be played, where the reader has not asked for less motion. */
function setUpFilms() {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  for (const film of document.querySelectorAll(".dkm-steps")) {
    const steps = [...film.querySelectorAll("input")];
    const button = document.createElement("button");
    let timer = null;
    const stop = () => { clearInterval(timer); timer = null; button.textContent = "Play"; };
    const turn = () => {
      const next = steps.findIndex((step) => step.checked) + 1;
      steps[next % steps.length].checked = true;
      if (next === steps.length - 1) stop();
    };
    const fit = () => { button.hidden = still.matches; stop(); };
    button.className = "play";
    button.addEventListener("click", () => {
      if (timer) { stop(); return; }
      button.textContent = "Pause";
      timer = setInterval(turn, 1200);
      turn();
    });
    film.addEventListener("change", stop); // the reader has chosen
    still.addEventListener("change", fit);
    fit();
    film.querySelector("legend").after(button);
  }
}

/* The index carries the text of all pages: a place for each section and each claim. */
function setUpSearch() {
  const form = document.querySelector("#search");
  if (!form) return;
  const places = JSON.parse(document.querySelector("#places").textContent);
  const [field, said, list] = ["input", "p", "ol"].map((what) => form.querySelector(what));
  const has = (text, word) => text.toLowerCase().includes(word);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = places.filter((p) => words.length
      && words.every((word) => has(`${p.in} ${p.heading} ${p.text}`, word)));
    const score = (p) => words.filter((word) => has(p.heading, word)).length;
    found.sort((a, b) => score(b) - score(a));
    const more = found.length > 20 ? ", the first 20 of them here" : "";
    said.textContent = words.length ? `${found.length} ${found.length === 1 ? "place" : "places"}${more}` : "";
    list.replaceChildren(...found.slice(0, 20).map((place) => asItem(place, words)));
  });
  form.hidden = false;
}

function asItem(place, words) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `${place.page}#${encodeURIComponent(place.anchor)}`;
  link.append(...marked(place.heading, words));
  const around = document.createElement("small");
  const at = place.text.toLowerCase().indexOf(words[0]);
  const text = place.text.slice(Math.max(0, at - 60), Math.max(0, at - 60) + 160);
  around.append(`${place.in}: `, ...marked(text, words));
  item.append(link, around);
  return item;
}

/* The text as nodes, with the words in it marked. */
function marked(text, words) {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`, "gi")).map((part, i) => {
    if (i % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}
