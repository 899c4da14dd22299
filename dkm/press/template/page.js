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
