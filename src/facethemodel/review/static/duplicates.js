// Copies of one picture side by side: which is the best, which are none, and the others put aside with one key.

import { Queue, Refused, get, post } from "./server.js";
import { say, showTrouble } from "./tell.js";
import { number, photos, standing, told } from "./words.js";

const $ = (id) => document.getElementById(id);
const DUPLICATE = "duplicate";
const LOOK_AGAIN = 700;

let groups = [];
let cards = new Map();
let place = 0;
let member = 0;
let lastRuling = null;
let waiting = 0;

function failed(error) {
  if (error instanceof Refused && error.status !== 403 && error.status < 500) say(error.message);
  else queue.tell(error instanceof Refused && error.status === 403 ? "anew" : "gone");
  // What has failed to begin with is not under way any more.
  if (!$("done").hasAttribute("value")) $("done").value = 0;
}

const queue = new Queue({
  done(entry, answer) {
    for (const card of answer.cards) cards.set(card.sha256, card);
    if (entry.path !== "/api/act") say(answer.done ? told(answer.done) : "Nothing left.");
    draw();
  },
  refused: (entry, error) => say(error.message),
  trouble: (kind) => showTrouble(kind, queue.waiting),
});

const within = {};

function act(what, shas, word = "") {
  remember(null);
  queue.send("/api/act", { what, word, shas, within });
}

// "Take that back" is about what was said last: after anything else it would come as a surprise.
function remember(ruling) {
  lastRuling = ruling;
  document.querySelector("[data-do=same]").hidden = ruling === null;
}

// Whether photos that were not inspected are copies is not known.
const nothing = () => (waiting ? "Not compared yet" : "No duplicates");
const settled = (group) => group.members.filter(({ sha256 }) => cards.get(sha256)?.standing !== "aside").length <= 1;

// ---- drawing

function element(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawn(group, at) {
  const section = element("section", "group");
  section.dataset.place = at;
  section.setAttribute("aria-label", `${photos(group.members.length)}, ${group.words}`);
  const head = element("h2", "", `${photos(group.members.length)} `);
  head.append(element("span", "", `· ${group.words} · best: ${group.why}`));
  section.append(head);
  const conflict = group.members.find((one) => one.conflict);
  if (conflict) section.append(element("p", "conflict", `Label conflict: ${cards.get(conflict.sha256)?.name ?? ""} is ${conflict.conflict}.`));
  const row = element("div", "members");
  group.members.forEach((one, index) => row.append(picture(group, one, at, index)));
  section.append(row);
  return section;
}

function picture(group, one, at, index) {
  const card = cards.get(one.sha256);
  const cell = element("div", "photo");
  cell.tabIndex = at === place && index === member ? 0 : -1;
  cell.setAttribute("role", "button");
  cell.dataset.index = index;
  cell.classList.toggle("current", at === place && index === member);
  if (card?.standing) cell.dataset.standing = card.standing;
  const frame = element("div", "frame");
  const image = new Image();
  Object.assign(image, { alt: "", loading: "lazy", decoding: "async", draggable: false, src: `/photo/${one.sha256}/256.jpg` });
  frame.append(image);
  const name = element("span", "name", card?.name ?? one.sha256.slice(0, 8));
  name.title = name.textContent;
  const facts = [`${one.width} × ${one.height}`, one.face ? `face ${Math.round(one.face)}` : "no face", `sharpness ${number(Math.round(one.sharpness))}`, `${number(Math.ceil(one.size / 1024))} KiB`];
  cell.append(frame, element("span", "mark"), name, element("span", "sub", facts.join(" · ")));
  if (card?.label) cell.append(element("span", "sub", card.label));
  if (one.sha256 === group.best) cell.append(element("span", "best", "Best"));
  const best = one.sha256 === group.best ? ", the best" : "";
  cell.setAttribute("aria-label", `${name.textContent}${best}, ${card ? standing(card) : ""}, ${facts.join(", ")}`);
  return cell;
}

function draw() {
  const kept = $("groups").scrollTop;
  const had = $("groups").contains(document.activeElement);
  $("groups").replaceChildren(...groups.map(drawn));
  $("groups").scrollTop = kept;
  mark(had);
  const done = groups.filter(settled).length;
  $("count").textContent = groups.length ? `${number(done)} of ${number(groups.length)} groups settled` : nothing();
  $("done").max = Math.max(groups.length, 1);
  $("done").value = groups.length || waiting ? done : 1;
  for (const button of document.querySelectorAll("[data-do]")) button.disabled = !groups.length;
  if (!groups.length) $("chosen").textContent = "";
}

function mark(focus = true) {
  document.querySelector(".group.current")?.classList.remove("current");
  for (const old of document.querySelectorAll(".groups .photo.current")) {
    old.classList.remove("current");
    old.tabIndex = -1;
  }
  const section = $("groups").children[place];
  if (!section) return;
  section.classList.add("current");
  const cell = section.querySelector(`[data-index="${member}"]`);
  cell.classList.add("current");
  cell.tabIndex = 0;
  if (focus) cell.focus({ preventScroll: true });
  section.scrollIntoView({ block: "nearest" });
  $("chosen").textContent = `Group ${number(place + 1)} of ${number(groups.length)}`;
}

function go(next, index = 0) {
  if (!groups.length) return;
  place = Math.min(Math.max(next, 0), groups.length - 1);
  member = Math.min(Math.max(index, 0), groups[place].members.length - 1);
  mark();
}

// ---- deciding

const chosen = () => groups[place]?.members[member];

const commands = {
  settle() {
    const group = groups[place];
    if (!group) return;
    act("aside", group.members.map((one) => one.sha256).filter((sha) => sha !== group.best), DUPLICATE);
    go(place + 1);
  },
  reject: () => chosen() && act("aside", [chosen().sha256], DUPLICATE),
  best: () => chosen() && rule("best", chosen().sha256, []),
  different() {
    const one = chosen();
    if (one) rule("different", one.sha256, groups[place].members.map(({ sha256 }) => sha256).filter((sha) => sha !== one.sha256));
  },
  same: () => lastRuling && rule("same", lastRuling.sha256, lastRuling.others),
  undo: () => queue.send("/api/undo", { within }),
  redo: () => queue.send("/api/redo", { within }),
};

async function rule(kind, sha256, others) {
  try {
    await post("/api/ruling", { kind, sha256, others });
    remember(kind === "different" ? { sha256, others } : null);
    say({ best: "Remembered: this is the best.", different: "Remembered: no duplicate of the others.", same: "Taken back." }[kind]);
    await load();
  } catch (error) {
    failed(error);
  }
}

async function load(fresh = false) {
  const answer = await get("/api/copies", { fresh: fresh ? "1" : "" });
  if (!answer.copies) {
    setTimeout(() => load().catch(failed), LOOK_AGAIN);
    return;
  }
  groups = answer.copies.groups;
  cards = new Map(answer.cards.map((card) => [card.sha256, card]));
  waiting = answer.copies.waiting;
  $("pace").textContent = waiting && groups.length ? `${photos(waiting)} not compared: facethemodel inspect` : "";
  $("empty").hidden = groups.length > 0;
  const text = element("p", "", waiting ? `${photos(waiting)} ${waiting === 1 ? "waits" : "wait"} for ` : "No photo that is not put aside is a copy of another one.");
  if (waiting) text.append(element("code", "", "facethemodel inspect"));
  $("empty").replaceChildren(element("h2", "", nothing()), text);
  draw();
  go(place, member);
  document.body.dataset.loaded = Number(document.body.dataset.loaded ?? 0) + 1;
}

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const ways = { ArrowUp: [place - 1, 0], ArrowDown: [place + 1, 0], ArrowLeft: [place, member - 1], ArrowRight: [place, member + 1], Home: [0, 0], End: [groups.length - 1, 0] };
  const letters = { k: "settle", b: "best", m: "different", r: "reject", z: event.shiftKey ? "redo" : "undo", y: "redo" };
  if (event.altKey || ((event.ctrlKey || event.metaKey) && !["z", "y"].includes(key))) return;
  if (key in ways) go(...ways[key]);
  else if (key === "d") location.assign("/");
  else if (key in letters && !event.repeat) commands[letters[key]]();
  else return;
  event.preventDefault();
});
$("groups").addEventListener("click", (event) => {
  const cell = event.target.closest(".photo");
  const section = event.target.closest(".group");
  if (section) go(Number(section.dataset.place), cell ? Number(cell.dataset.index) : 0);
});
for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", () => commands[button.dataset.do]());
$("undo").addEventListener("click", commands.undo);
$("redo").addEventListener("click", commands.redo);

try {
  await load(true);
  queue.adopt();
} catch (error) {
  failed(error);
}
