// One photo, as large as the window allows, with its faces marked and all that is known of it.

import { get } from "./server.js";
import { NAMES, flag, number, signed, standing } from "./words.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6];

export class Look {
  // go(step) moves to another photo.
  constructor({ dialog, go }) {
    Object.assign(this, { dialog, go });
    this.stage = dialog.querySelector("#stage");
    this.sheet = dialog.querySelector("#sheet");
    this.turner = dialog.querySelector("[data-do=faces]");
    this.card = null;
    this.face = false;
    this.zoom = 0;
    new ResizeObserver(() => this.#fit()).observe(this.stage);
    this.#swipe();
  }

  get open() {
    return this.dialog.open;
  }

  async show(card) {
    if (card === null) return;
    const other = this.card?.number !== card.number;
    this.card = card;
    this.#tell();
    if (!this.dialog.open) this.dialog.showModal();
    if (!other) return;
    this.zoom = 0;
    this.facts = null;
    this.#draw();
    const answer = await get(`/api/photo/${card.sha256}`).catch(() => null);
    if (this.card?.number !== card.number) return;
    this.facts = answer?.facts ?? null;
    this.#tell();
    this.#boxes();
  }

  // What was decided about the photo that is open.
  update(card) {
    if (this.open && card.number === this.card?.number) {
      this.card = card;
      this.#tell();
    }
  }

  close() {
    this.dialog.close();
  }

  turn() {
    if (this.card.face === null) return;
    this.face = !this.face;
    this.#tell();
    this.#draw();
    this.#boxes();
  }

  enlarge(step) {
    this.zoom = Math.min(Math.max(this.zoom + step, 0), ZOOMS.length - 1);
    const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height, scrollWidth, scrollHeight } = this.stage;
    const x = (left + width / 2) / scrollWidth;
    const y = (top + height / 2) / scrollHeight;
    this.#fit();
    this.stage.scrollTo(x * this.stage.scrollWidth - width / 2, y * this.stage.scrollHeight - height / 2);
  }

  #draw() {
    const face = this.face && this.card.face !== null;
    const image = new Image();
    image.alt = face ? "The face" : "The whole photo";
    image.addEventListener("load", () => this.#fit());
    image.addEventListener("error", async () => {
      const words = document.createElement("p");
      words.className = "gone";
      words.textContent = "This photo cannot be shown.";
      if (image.isConnected) this.sheet.replaceChildren(words);
    });
    image.src = face ? `/face/${this.card.sha256}/${this.card.face}.jpg?v=${this.card.version}` : `/photo/${this.card.sha256}/1280.jpg`;
    this.sheet.replaceChildren(image);
  }

  #fit() {
    const image = this.sheet.querySelector("img");
    if (!image?.naturalWidth) return;
    const room = Math.min(this.stage.clientWidth / image.naturalWidth, this.stage.clientHeight / image.naturalHeight);
    const scale = Math.min(room, 4) * ZOOMS[this.zoom];
    this.sheet.style.width = `${image.naturalWidth * scale}px`;
    this.sheet.style.height = `${image.naturalHeight * scale}px`;
  }

  #boxes() {
    for (const box of this.sheet.querySelectorAll(".box")) box.remove();
    if (this.face && this.card.face !== null) return;
    for (const { box, face, accepted } of this.facts?.faces ?? []) {
      const [x, y, width, height] = box;
      const element = document.createElement("span");
      element.className = accepted && face === this.card.face ? "box" : "box other";
      if (!accepted) element.hidden = true;
      Object.assign(element.style, { left: `${100 * x}%`, top: `${100 * y}%`, width: `${100 * width}%`, height: `${100 * height}%` });
      this.sheet.append(element);
    }
  }

  #tell() {
    const { card, facts } = this;
    this.dialog.querySelector("#look-name").textContent = card.name;
    const state = this.dialog.querySelector("#look-state");
    state.textContent = standing(card).replace(/^./, (first) => first.toUpperCase());
    state.dataset.standing = card.standing ?? "";
    // What it leads to, not what is shown; without a face there is nothing to turn to.
    this.turner.hidden = card.face === null;
    this.turner.firstChild.textContent = this.face ? "Whole photo " : "Face ";
    const lines = [
      ["is", NAMES.role[card.role ?? "none"]],
      [card.flags.includes("label-conflict") ? "conflict" : "shows", card.label],
      ["from", card.source],
      ["photo", facts && `${number(facts.width)} × ${number(facts.height)}, ${facts.format}`],
      ["face", card.size && `${Math.round(card.size)} pixels`],
      ["faces", facts && facts.faces.filter((face) => face.accepted).length],
      ["like a face", card.gate === null ? null : card.gate.toFixed(2)],
      ["sharpness", card.sharpness === null ? null : number(Math.round(card.sharpness))],
      ["doubt", card.doubt === null ? null : signed(card.doubt)],
      ["part", card.part],
      ["flags", card.flags.map(flag).join(", ")],
      ["tags", card.tags.join(", ")],
      ["sha256", card.sha256.slice(0, 12)],
    ];
    const list = this.dialog.querySelector("#look-facts");
    list.replaceChildren();
    for (const [term, value] of lines) {
      if (value === null || value === undefined || value === "") continue;
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      dt.textContent = term;
      dd.textContent = value;
      list.append(dt, dd);
    }
  }

  #swipe() {
    let start = null;
    this.stage.addEventListener("touchstart", (event) => (start = event.touches.length === 1 ? event.touches[0] : null), { passive: true });
    this.stage.addEventListener(
      "touchend",
      (event) => {
        if (start === null || this.zoom) return;
        const [end] = event.changedTouches;
        const [x, y] = [end.clientX - start.clientX, end.clientY - start.clientY];
        if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) this.go(x < 0 ? 1 : -1);
      },
      { passive: true },
    );
    this.stage.addEventListener("dblclick", () => this.enlarge(this.zoom ? -this.zoom : 2));
  }
}
