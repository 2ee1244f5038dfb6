// What is told in passing, and what stays until it is over.

import { number } from "./words.js";

const SHOWN = 2600;
let shown;

export function say(text) {
  if (!text) return;
  const element = document.getElementById("said");
  element.textContent = text;
  element.classList.add("shown");
  clearTimeout(shown);
  shown = setTimeout(() => element.classList.remove("shown"), SHOWN);
}

// kind is null, "gone" or "anew"; waiting are the decisions that could not be sent.
export function showTrouble(kind, waiting) {
  const element = document.getElementById("trouble");
  element.hidden = kind === null;
  if (kind === null) return;
  const [head, text] =
    kind === "gone"
      ? ["The server does not answer.", "Start it again with: facethemodel review."]
      : ["The server no longer knows this window.", "It was started again: open the address that it printed."];
  const decisions = waiting === 1 ? "1 decision waits" : `${number(waiting)} decisions wait`;
  const bold = document.createElement("b");
  bold.textContent = head;
  element.replaceChildren(bold, ` ${text} ${waiting ? `${decisions} in this browser and will be sent.` : "No decision is lost."}`);
}
