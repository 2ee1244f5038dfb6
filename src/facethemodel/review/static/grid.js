// The photos, of which only those near the window exist in the document: a list of 50,000 scrolls like one of 50.

import { described, flag, shortened, under } from "./words.js";

const CAPTION = 41;
const BEYOND = 1.2;
const SOON = 90;
const SIZES = [84, 104, 128, 152, 190, 240, 320];
const BATCH = 240;

export class Grid {
  // fetchCards(numbers) gives cards; moved(card), opened(card) and picked(count) tell what the user does.
  constructor({ element, sizer, fetchCards, moved, opened, picked }) {
    Object.assign(this, { element, sizer, fetchCards, moved, opened, picked });
    this.numbers = [];
    this.places = new Map();
    this.cards = new Map();
    this.rows = new Map();
    this.chosen = new Set();
    // Of these, those that were chosen one by one: they stay beside a range.
    this.apart = new Set();
    this.asked = new Set();
    this.current = 0;
    this.anchor = null;
    this.whole = false;
    this.picking = false;
    this.sort = "gate";
    this.size = SIZES.indexOf(Number(localStorage.getItem("facethemodel-review-size")));
    if (this.size < 0) this.size = matchMedia("(max-width: 760px)").matches ? 1 : 3;
    element.addEventListener("scroll", () => this.#later(), { passive: true });
    new ResizeObserver(() => this.layout()).observe(element);
    this.#listen();
  }

  show(numbers, cards, { sort, keep = null }) {
    this.numbers = numbers;
    this.places = new Map(numbers.map((number, place) => [number, place]));
    for (const card of cards) this.cards.set(card.number, card);
    this.sort = sort;
    this.chosen.clear();
    this.apart.clear();
    this.anchor = null;
    this.current = keep !== null && this.places.has(keep) ? this.places.get(keep) : 0;
    this.element.scrollTop = 0;
    this.#clear();
    this.layout();
    if (this.current) this.reveal();
    this.#announce();
  }

  // ---- what there is

  get card() {
    return this.cards.get(this.numbers[this.current]) ?? null;
  }

  at(place) {
    return this.cards.get(this.numbers[place]) ?? null;
  }

  // The photos that the next act is about.
  targets() {
    if (this.chosen.size) return [...this.chosen].sort((one, other) => one - other).map((place) => this.numbers[place]);
    return this.numbers.length ? [this.numbers[this.current]] : [];
  }

  // Places of the photos that are wholly in view.
  inView() {
    const top = this.element.scrollTop - this.sizer.offsetTop;
    const first = Math.ceil(Math.max(0, top) / this.pitch - 0.35) * this.columns;
    const rows = Math.max(1, Math.floor((top + this.element.clientHeight + 0.35 * this.pitch) / this.pitch) - first / this.columns);
    const places = [];
    for (let place = first; place < Math.min(first + rows * this.columns, this.numbers.length); place += 1) places.push(place);
    return places;
  }

  async need(numbers) {
    const missing = numbers.filter((number) => !this.cards.has(number));
    for (let from = 0; from < missing.length; from += BATCH) this.put(await this.fetchCards(missing.slice(from, from + BATCH)));
    return numbers.map((number) => this.cards.get(number)).filter(Boolean);
  }

  put(cards) {
    for (const card of cards) {
      this.cards.set(card.number, card);
      this.asked.delete(card.number);
      this.#refill(card.number);
    }
  }

  // Asks anew for everything in view; what is out of view is asked for when it comes.
  stale() {
    this.cards = new Map([...this.cards].filter(([number, card]) => card.pending || this.#element(number)));
    const shown = [...this.rows.keys()].flatMap((row) => this.#rowNumbers(row)).filter((number) => !this.cards.get(number)?.pending);
    if (shown.length) this.fetchCards(shown.slice(0, 2 * BATCH)).then((cards) => this.put(cards), () => {});
  }

  // ---- moving and selecting

  go(place, { range = false, keep = false } = {}) {
    if (!this.numbers.length) return;
    const next = Math.min(Math.max(place, 0), this.numbers.length - 1);
    if (range) {
      this.anchor ??= this.current;
      this.select(this.anchor, next);
    } else {
      this.anchor = null;
      if (this.picking || (keep && this.apart.size)) this.apart = new Set(this.chosen);
      else this.#unselect();
    }
    const before = this.current;
    this.current = next;
    this.#refill(this.numbers[before]);
    this.#refill(this.numbers[next]);
    this.reveal();
    this.#announce();
  }

  select(from, to) {
    this.chosen = new Set(this.apart);
    for (let place = Math.min(from, to); place <= Math.max(from, to); place += 1) this.chosen.add(place);
    this.#refillAll();
    this.picked(this.chosen.size);
  }

  toggle(place = this.current) {
    const change = this.chosen.has(place) ? "delete" : "add";
    for (const places of [this.chosen, this.apart]) places[change](place);
    this.anchor = place;
    this.#refill(this.numbers[place]);
    this.picked(this.chosen.size);
  }

  drop() {
    this.anchor = null;
    this.#unselect();
    this.#announce();
  }

  // To the next undecided photo behind a place; behind the last of them to the next photo.
  onward(place) {
    this.drop();
    let next = place + 1;
    while (next < this.numbers.length && (this.at(next)?.standing ?? null) !== null) next += 1;
    this.go(next < this.numbers.length ? next : Math.min(place + 1, this.numbers.length - 1));
  }

  reveal() {
    const top = Math.floor(this.current / this.columns) * this.pitch + this.sizer.offsetTop;
    const view = this.element;
    if (top - 8 < view.scrollTop) view.scrollTop = top - 8;
    else if (top + this.pitch > view.scrollTop + view.clientHeight) view.scrollTop = top + this.pitch - view.clientHeight + 4;
    this.#draw();
    if (document.activeElement === document.body || this.element.contains(document.activeElement)) {
      this.#element(this.numbers[this.current])?.focus({ preventScroll: true });
    }
  }

  resize(step) {
    this.size = Math.min(Math.max(this.size + step, 0), SIZES.length - 1);
    localStorage.setItem("facethemodel-review-size", String(SIZES[this.size]));
    this.layout();
    this.reveal();
  }

  showWhole(whole) {
    this.whole = whole;
    this.element.classList.toggle("whole", whole);
    this.#clear();
    this.#draw();
  }

  // ---- drawing

  layout() {
    const width = this.sizer.clientWidth;
    if (!width) return;
    const gap = width < 500 ? 8 : 12;
    const kept = this.columns ? Math.floor(this.element.scrollTop / this.pitch) * this.columns : 0;
    const columns = Math.max(2, Math.floor((width + gap) / (SIZES[this.size] + gap)));
    const pitch = (width - gap * (columns - 1)) / columns + CAPTION + gap + 2;
    if (columns !== this.columns || pitch !== this.pitch) {
      Object.assign(this, { columns, pitch });
      this.#clear();
      if (kept) this.element.scrollTop = Math.floor(kept / columns) * pitch;
    }
    const rows = Math.ceil(this.numbers.length / columns);
    this.sizer.style.height = `${rows * pitch}px`;
    this.element.setAttribute("aria-rowcount", rows);
    this.element.setAttribute("aria-colcount", columns);
    this.#draw();
  }

  #later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.#draw();
    });
  }

  // What is in view comes first; what lies beyond is drawn once scrolling pauses for a moment.
  #draw() {
    this.#drawRows(0);
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#drawRows(BEYOND), SOON);
  }

  #drawRows(beyond) {
    if (!this.columns) return;
    const view = this.element.clientHeight;
    const top = this.element.scrollTop - this.sizer.offsetTop;
    const rows = Math.ceil(this.numbers.length / this.columns);
    const reach = (share) => [Math.max(0, Math.floor((top - view * share) / this.pitch)), Math.min(rows - 1, Math.ceil((top + view * (1 + share)) / this.pitch))];
    const [first, last] = reach(beyond);
    const [above, below] = reach(BEYOND);
    for (const [row, element] of this.rows) {
      if (row < above || row > below) {
        element.remove();
        this.rows.delete(row);
      }
    }
    const missing = [];
    for (let row = first; row <= last; row += 1) {
      if (!this.rows.has(row)) this.#row(row);
      for (const number of this.#rowNumbers(row)) if (!this.cards.has(number) && !this.asked.has(number)) missing.push(number);
    }
    if (missing.length) this.#ask(missing);
  }

  #ask(missing) {
    for (let from = 0; from < missing.length; from += BATCH) {
      const batch = missing.slice(from, from + BATCH);
      for (const number of batch) this.asked.add(number);
      const forget = () => batch.forEach((number) => this.asked.delete(number));
      this.fetchCards(batch).then((cards) => this.put(cards)).then(forget, forget);
    }
  }

  #rowNumbers(row) {
    return this.numbers.slice(row * this.columns, (row + 1) * this.columns);
  }

  #row(row) {
    const element = document.createElement("div");
    element.className = "row";
    element.setAttribute("role", "row");
    element.setAttribute("aria-rowindex", row + 1);
    element.style.transform = `translateY(${row * this.pitch}px)`;
    element.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    this.#rowNumbers(row).forEach((number, column) => element.append(this.#cell(number, row * this.columns + column)));
    this.rows.set(row, element);
    // In the order of the list, for those who hear the page and do not see it.
    const after = [...this.sizer.children].find((other) => Number(other.getAttribute("aria-rowindex")) > row + 1);
    this.sizer.insertBefore(element, after ?? null);
  }

  #cell(number, place) {
    const element = document.createElement("div");
    element.className = "photo";
    element.setAttribute("role", "gridcell");
    element.dataset.place = place;
    element.innerHTML =
      '<div class="frame"></div><span class="mark" aria-hidden="true"></span><span class="name"></span><span class="sub"></span>';
    this.#fill(element, number, place);
    return element;
  }

  #fill(element, number, place) {
    const card = this.cards.get(number);
    const current = place === this.current;
    element.classList.toggle("current", current);
    element.tabIndex = current ? 0 : -1;
    element.setAttribute("aria-selected", this.chosen.has(place));
    element.setAttribute("aria-colindex", (place % this.columns) + 1);
    if (!card) return;
    element.setAttribute("aria-label", described(card));
    element.toggleAttribute("data-pending", Boolean(card.pending));
    if (card.standing === null) delete element.dataset.standing;
    else element.dataset.standing = card.standing;
    const [frame, , name, sub] = element.children;
    name.textContent = shortened(card.name, Math.max(8, Math.floor((this.pitch - CAPTION) / 8.8)));
    name.title = card.name;
    sub.textContent = under(card, this.sort);
    sub.title = sub.textContent;
    this.#picture(frame, card);
    frame.querySelector(".chips")?.remove();
    if (card.flags.length || card.tags.length) {
      const chips = document.createElement("span");
      chips.className = "chips";
      const shown = [...card.flags.slice(0, 2).map((text) => ["flag", flag(text)]), ...card.tags.slice(0, 3).map((text) => ["tag", text])];
      for (const [kind, text] of shown) {
        const chip = document.createElement("span");
        chip.className = `chip ${kind}`;
        chip.textContent = text;
        chips.append(chip);
      }
      frame.append(chips);
    }
  }

  #picture(frame, card) {
    const address = pictureOf(card, this.whole);
    if (frame.dataset.address === address) return;
    frame.dataset.address = address;
    frame.replaceChildren();
    if (card.flags.includes("unreadable")) {
      frame.append(gone("cannot be read"));
      return;
    }
    const image = new Image();
    image.alt = "";
    image.decoding = "async";
    image.draggable = false;
    image.addEventListener("error", () => image.replaceWith(gone("cannot be shown")));
    image.src = address;
    frame.append(image);
  }

  #element(number) {
    const place = this.places.get(number);
    if (place === undefined) return null;
    return this.rows.get(Math.floor(place / this.columns))?.children[place % this.columns] ?? null;
  }

  #refill(number) {
    const element = this.#element(number);
    if (element) this.#fill(element, number, this.places.get(number));
  }

  #refillAll() {
    for (const row of this.rows.keys()) for (const number of this.#rowNumbers(row)) this.#refill(number);
  }

  #unselect() {
    if (!this.chosen.size) return;
    this.chosen.clear();
    this.apart.clear();
    this.#refillAll();
    this.picked(0);
  }

  #clear() {
    for (const element of this.rows.values()) element.remove();
    this.rows.clear();
  }

  #announce() {
    this.moved(this.card, this.current);
  }

  // ---- mouse and finger

  #listen() {
    let hold = null;
    let held = false;
    const placeOf = (event) => {
      const cell = event.target.closest(".photo");
      return cell === null ? null : Number(cell.dataset.place);
    };
    this.element.addEventListener("pointerdown", (event) => {
      const place = placeOf(event);
      held = false;
      if (place === null) return;
      hold = setTimeout(() => {
        held = true;
        this.toggle(place);
      }, 450);
    });
    const release = () => clearTimeout(hold);
    for (const name of ["pointerup", "pointercancel", "pointerleave", "scroll"]) this.element.addEventListener(name, release, { passive: true });
    this.element.addEventListener("contextmenu", (event) => held && event.preventDefault());
    this.element.addEventListener("click", (event) => {
      const place = placeOf(event);
      if (place === null || held) return;
      const again = place === this.current && !event.shiftKey;
      if (event.shiftKey) this.go(place, { range: true });
      else if (this.picking || event.ctrlKey || event.metaKey) this.toggle(place);
      else this.go(place);
      // A finger has no double click: the second touch of a photo opens it.
      if (again && event.pointerType === "touch" && !this.picking) this.opened(this.card);
    });
    this.element.addEventListener("dblclick", (event) => placeOf(event) !== null && !this.picking && this.opened(this.card));
  }
}

export function pictureOf(card, whole) {
  const face = !whole && card.face !== null;
  return face ? `/face/${card.sha256}/${card.face}.jpg?v=${card.version}` : `/photo/${card.sha256}/256.jpg`;
}

function gone(text) {
  const element = document.createElement("span");
  element.className = "gone";
  element.textContent = text;
  return element;
}
