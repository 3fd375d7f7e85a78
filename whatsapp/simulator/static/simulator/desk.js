// The desk: logs the console in, then opens it beside the phone; on a narrow screen one of the two is seen at a time.

import { cookie } from "./api.js";

const frame = document.querySelector("#staff iframe");

async function open() {
  const { signIn, src } = frame.dataset;
  // Refused or out of reach, the console asks for a name and password itself.
  await fetch(signIn, { method: "POST", headers: { "X-CSRFToken": cookie("csrftoken") } }).catch(() => {});
  frame.src = src;
}

document.querySelector(".sides").addEventListener("click", ({ target }) => {
  const { side } = target.dataset;
  if (!side) return;
  document.body.dataset.side = side;
  for (const button of document.querySelectorAll(".sides button")) {
    button.setAttribute("aria-pressed", button.dataset.side === side);
  }
  dispatchEvent(new Event("sidechange"));
});

open();
