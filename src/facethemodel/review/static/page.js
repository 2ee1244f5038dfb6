// Ties the page together: what a key or a button means, and what is told about it.

import { Filters } from "./filters.js";
import { Grid } from "./grid.js";
import { listen } from "./keys.js";
import { Look } from "./look.js";
import { Queue, Refused, get, newKey, post } from "./server.js";
import { say, showTrouble } from "./tell.js";
import { KEYS, PERSON, duration, number, photos, told } from "./words.js";

const $ = (id) => document.getElementById(id);
const HEARTBEAT = 3000;
const COUNT_AFTER = 300;

let digits = {};
let facets = {};
let anywhere = null;
let progress = null;
let newest = 0;
let lastReason = null;
let loading = 0;
let counting;

// ---- telling

function showProgress(value) {
  progress = value;
  newest = Math.max(newest, value.newest);
  const left = value.every - value.decided;
  $("count").textContent = value.every ? `${number(value.decided)} of ${number(value.every)} decided` : "No photos";
  const words = [];
  if (value.every) words.push(left ? `${number(left)} left` : "all done");
  if (value.minute && left) words.push(`${number(Math.round(value.minute))} a minute`, duration(left / value.minute));
  if (value.twice) words.push(`${number(value.same)} of ${number(value.twice)} decided alike when shown again`);
  $("pace").textContent = words.join(" · ");
  $("done").max = Math.max(value.every, 1);
  $("done").value = value.decided;
  $("undo").disabled = !value.undo;
  $("redo").disabled = !value.redo;
}

function showChosen() {
  const count = grid.chosen.size;
  const card = grid.card;
  if (count) $("chosen").textContent = `${number(count)} selected`;
  else if (grid.numbers.length) $("chosen").textContent = `${number(grid.current + 1)} of ${number(grid.numbers.length)}${card ? ` · ${card.name}` : ""}`;
  else $("chosen").textContent = "";
  for (const button of document.querySelectorAll(".actions [data-do]")) button.disabled = !grid.numbers.length;
}

function showEmpty() {
  const element = $("empty");
  element.hidden = grid.numbers.length > 0;
  if (grid.numbers.length) return;
  const [head, text] = [document.createElement("h2"), document.createElement("p")];
  element.replaceChildren(head, text);
  const offer = (words, values) => {
    const button = document.createElement("button");
    button.className = "do";
    button.textContent = words;
    button.addEventListener("click", () => {
      filters.set(values);
      load();
    });
    element.append(button);
  };
  const { standing, ...others } = filters.chosen;
  const narrowed = Object.values(others).some(Boolean);
  if (!progress.every && !narrowed) {
    head.textContent = "No photos yet";
    text.textContent = `Add photos of ${PERSON}, then load this page again.`;
    const code = document.createElement("code");
    code.textContent = "facethemodel add PHOTOS --as person";
    element.append(code);
  } else if (standing === "undecided" && progress.every) {
    head.textContent = "Everything here is decided";
    text.textContent = `${photos(progress.every)}, and you have looked at ${progress.every === 1 ? "it" : "each of them"}.`;
    // Only what leads to photos is offered.
    if (facets.standing?.some(([value, count]) => value === "aside" && count)) offer("Look at the rejected ones", { ...others, standing: "aside" });
    if (narrowed && anywhere && anywhere.every > anywhere.decided) offer("All undecided photos", { standing: "undecided" });
  } else {
    head.textContent = "No photo fits";
    text.textContent = "No photo has all that is asked for above.";
    offer("Show all photos", {});
  }
}

// ---- the list

const fetchCards = async (numbers) => (await get("/api/cards", { numbers: numbers.join(",") })).cards;

async function load(keep = null) {
  const turn = (loading += 1);
  try {
    const answer = await get("/api/list", { ...filters.chosen, sort: filters.sort });
    if (turn !== loading) return;
    showProgress(answer.progress);
    facets = {};
    grid.show(answer.numbers, answer.cards, { sort: filters.sort, keep });
    showEmpty();
    showChosen();
    const sure = $("sure");
    sure.hidden = !(filters.chosen.band === "sure" && filters.chosen.standing === "undecided" && answer.numbers.length);
    sure.textContent = `Keep all ${number(answer.numbers.length)}`;
    document.body.dataset.loaded = turn;
    offer().catch(() => {});
  } catch (error) {
    failed(error);
  }
}

async function offer() {
  const answer = await get("/api/facets", filters.chosen);
  digits = answer.keys;
  facets = answer.facets;
  filters.offer(facets);
  // An answer on its way must not take from somebody what is being typed.
  if (!$("tags").open) showDigits();
  if (grid.numbers.length) return;
  anywhere = (await get("/api/progress")).progress;
  showEmpty();
}

function failed(error) {
  if (error instanceof Refused && error.status !== 403 && error.status < 500) say(error.message);
  else queue.tell(error instanceof Refused && error.status === 403 ? "anew" : "gone");
}

// ---- deciding

const queue = new Queue({
  done(entry, answer) {
    showProgress(answer.progress);
    const settled = [];
    for (const card of answer.cards) {
      const known = grid.cards.get(card.number);
      const pending = (known?.pending ?? 0) - (entry.former?.has(card.number) ? 1 : 0);
      if (pending > 0) known.pending = pending;
      else settled.push(card);
    }
    grid.put(settled);
    settled.forEach((card) => look.update(card));
    document.body.dataset.acknowledged = Number(document.body.dataset.acknowledged ?? 0) + 1;
    clearTimeout(counting);
    counting = setTimeout(() => offer().catch(() => {}), COUNT_AFTER);
    if (entry.path !== "/api/act") turned(entry, answer);
    else if (entry.adopted) say("A decision that had waited is kept now.");
    else if (entry.body.shas.length > 1 || entry.body.what.endsWith("tag")) say(told(answer.done));
    if (progress.every && progress.every === progress.decided && entry.path === "/api/act") say("Everything here is decided.");
  },
  refused(entry, error) {
    const restored = [...(entry.former ?? [])].map(([cardNumber, former]) => ({ ...grid.cards.get(cardNumber), ...former, pending: 0 }));
    grid.put(restored);
    say(error.message);
  },
  trouble: (kind) => showTrouble(kind, queue.waiting),
});

function turned(entry, answer) {
  if (answer.done === null) {
    say(entry.path === "/api/undo" ? "Nothing to undo." : "Nothing to do again.");
    return;
  }
  say(told(answer.done));
  const place = answer.cards.map((card) => grid.places.get(card.number)).find((one) => one !== undefined);
  if (place !== undefined) grid.go(place);
}

async function decide(what, word = "", numbers = grid.targets()) {
  let cards;
  try {
    cards = await grid.need(numbers);
  } catch (error) {
    failed(error);
    return;
  }
  if (!cards.length) return;
  const former = new Map();
  const shown = [];
  for (const card of cards) {
    const { standing, reason, automatic, tags, role } = card;
    former.set(card.number, { standing, reason, automatic, tags, role });
    const changed = { ...card, pending: (card.pending ?? 0) + 1 };
    if (what === "tag") changed.tags = [...new Set([...tags, word])].sort();
    else if (what === "untag") changed.tags = tags.filter((tag) => tag !== word);
    else Object.assign(changed, { standing: what === "role" ? "keep" : what, reason: what === "aside" ? word : "", automatic: false });
    if (what === "role") changed.role = word;
    shown.push(changed);
  }
  const last = Math.max(...numbers.map((one) => grid.places.get(one) ?? 0));
  grid.put(shown);
  queue.send("/api/act", { what, word, shas: cards.map((card) => card.sha256), within: filters.chosen }, { former });
  if (queue.kind) showTrouble(queue.kind, queue.waiting);
  if (!what.endsWith("tag")) grid.onward(last);
}

async function tagWith(digit) {
  const word = digits[digit];
  if (!word) {
    say(`No tag on ${digit} yet.`);
    openTags(digit);
    return;
  }
  const cards = await grid.need(grid.targets()).catch(() => []);
  await decide(cards.length && cards.every((card) => card.tags.includes(word)) ? "untag" : "tag", word);
}

async function acceptPage() {
  const places = grid.inView();
  const open = places.map((place) => grid.at(place)).filter((card) => card && card.standing === null);
  if (open.length) await decide("keep", "", open.map((card) => card.number));
  const next = places.at(-1) + 1;
  if (next < grid.numbers.length) {
    grid.go(next);
    grid.element.scrollTop = Math.floor(next / grid.columns) * grid.pitch + grid.sizer.offsetTop - 8;
  }
}

async function keepSure() {
  try {
    const answer = await post("/api/sure", { key: newKey(), within: filters.chosen });
    say(`${photos(answer.count)} kept, as the model says. Z undoes it.`);
    await load();
  } catch (error) {
    failed(error);
  }
}

// ---- dialogs

function openReasons() {
  if (!grid.numbers.length) return;
  $("reasons-title").textContent = grid.targets().length > 1 ? `Reject ${photos(grid.targets().length)}: why?` : "Reject: why?";
  $("reasons").showModal();
}

function showDigits() {
  for (const input of document.querySelectorAll("[data-digit]")) input.value = digits[input.dataset.digit] ?? "";
}

function openTags(digit = "1") {
  showDigits();
  $("tags").showModal();
  document.querySelector(`[data-digit="${digit}"]`).focus();
}

function rejectFor(reason) {
  $("reasons").close();
  lastReason = reason;
  decide("aside", reason);
}

function ask(title, text, yes, action) {
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  $("confirm-yes").onclick = () => {
    $("confirm").close();
    action();
  };
  $("confirm").showModal();
}

for (const [keys, meaning] of KEYS) {
  const [line, dt, dd] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  for (const key of keys.split(" ")) {
    const element = document.createElement(/^(to|and)$/.test(key) ? "span" : "kbd");
    element.textContent = key;
    dt.append(element);
  }
  dd.textContent = meaning;
  line.append(dt, dd);
  $("help-list").append(line);
}

for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
for (const button of document.querySelectorAll("[data-reason]")) button.addEventListener("click", () => rejectFor(button.dataset.reason));
async function nameDigit(input) {
  try {
    digits = (await post("/api/keys", { digit: input.dataset.digit, tag: input.value })).keys;
    input.value = digits[input.dataset.digit] ?? "";
  } catch (error) {
    failed(error);
  }
}

for (const input of document.querySelectorAll("[data-digit]")) input.addEventListener("change", () => nameDigit(input));
for (const button of document.querySelectorAll("[data-give]")) {
  button.addEventListener("click", async () => {
    const input = document.querySelector(`[data-digit="${button.dataset.give}"]`);
    await nameDigit(input);
    if (!input.value) return;
    $("tags").close();
    await tagWith(button.dataset.give);
  });
}

// ---- putting it together

const grid = new Grid({
  element: $("grid"),
  sizer: $("sizer"),
  fetchCards,
  moved(card) {
    showChosen();
    if (look.open && card) look.show(card);
  },
  opened: (card) => look.show(card),
  picked: showChosen,
});
const look = new Look({ dialog: $("look"), go: (step) => grid.go(grid.current + step) });
const filters = new Filters($("filters"), () => load());

const commands = {
  keep: () => decide("keep"),
  reject: openReasons,
  same: () => (lastReason === null ? openReasons() : decide("aside", lastReason)),
  unsure: () => decide("unsure"),
  person: () => decide("role", "person"),
  stranger: () => decide("role", "stranger"),
  accept: acceptPage,
  undo: () => queue.send("/api/undo", { within: filters.chosen }),
  redo: () => queue.send("/api/redo", { within: filters.chosen }),
  look: () => look.show(grid.card),
  tags: () => openTags(),
  digit: tagWith,
  reason: (place) => rejectFor(document.querySelectorAll("[data-reason]")[place - 1].dataset.reason),
  help: () => $("help").showModal(),
  duplicates: () => location.assign("/duplicates"),
  next: () => grid.go(grid.current + 1),
  before: () => grid.go(grid.current - 1),
  faces() {
    if (look.open) look.turn();
    else grid.showWhole(!grid.whole);
    $("faces").setAttribute("aria-pressed", grid.whole);
    $("faces").firstChild.textContent = grid.whole ? "Faces " : "Whole photos ";
  },
  enlarge: (step) => (look.open ? look.enlarge(step) : grid.resize(step)),
  picking() {
    grid.picking = !grid.picking;
    $("picking").setAttribute("aria-pressed", grid.picking);
    if (!grid.picking) grid.drop();
  },
};

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => {
    commands[button.dataset.do]();
    if (!document.querySelector("dialog[open]")) grid.reveal();
  });
}
$("undo").addEventListener("click", commands.undo);
$("redo").addEventListener("click", commands.redo);
$("keys").addEventListener("click", commands.help);
$("faces").addEventListener("click", commands.faces);
$("sure").addEventListener("click", () =>
  ask(
    `Keep ${photos(grid.numbers.length)}?`,
    `The model finds them at least as typical of ${PERSON} as half of all photos are. They are kept as the model's decisions, not as yours, and Z undoes all of it.`,
    "Keep them",
    keepSure,
  ),
);
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => {
    if (!document.querySelector("dialog[open]")) grid.reveal();
  });
}
listen({ commands, grid, look, dialogs: ["reasons", "tags", "help", "confirm"].map($) });

setInterval(async () => {
  if (document.hidden || queue.waiting) return;
  try {
    const { progress: value } = await get("/api/progress", filters.chosen);
    queue.tell(null);
    if (value.newest > newest) grid.stale();
    showProgress(value);
  } catch (error) {
    failed(error);
  }
}, HEARTBEAT);

try {
  // The list asks for what can be chosen once it is there.
  await load();
  document.activeElement === document.body && grid.reveal();
  queue.adopt();
} catch (error) {
  failed(error);
}
