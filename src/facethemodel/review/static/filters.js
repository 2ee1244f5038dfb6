// Which photos are shown and in what order; kept in the address, so that a reload shows the same.

import { NAMES, flag, number } from "./words.js";

const MOST = 300;
const asked = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

export class Filters {
  // changed() is called when the user chose something else.
  constructor(form, changed) {
    this.form = form;
    this.fields = [...form.querySelectorAll("select, input")];
    // What is chosen, also before the selects know their options.
    this.values = location.hash.length > 1 ? asked() : { standing: "undecided", role: form.dataset.first };
    form.addEventListener("submit", (event) => event.preventDefault());
    let soon;
    form.addEventListener("input", (event) => {
      clearTimeout(soon);
      soon = setTimeout(
        () => {
          this.values = Object.fromEntries(this.fields.map((field) => [field.name, field.value]));
          this.#remember();
          changed();
        },
        event.target.type === "search" ? 250 : 0,
      );
    });
    // Whoever chose with the mouse goes on with the keys of the photos; with the keyboard one goes on choosing.
    let mouse = false;
    form.addEventListener("pointerdown", () => (mouse = true));
    form.addEventListener("keydown", () => (mouse = false));
    form.addEventListener("change", (event) => mouse && event.target.type !== "search" && event.target.blur());
    addEventListener("hashchange", () => {
      this.values = asked();
      this.#restore();
      changed();
    });
    this.#restore();
  }

  // Fills the selects with what there is, unless one of them is being used.
  offer(facets) {
    if (document.activeElement?.matches("#filters select")) return;
    for (const field of this.fields) {
      if (!(field.name in facets)) continue;
      const chosen = this.values[field.name] ?? "";
      const values = facets[field.name].slice(0, MOST);
      if (chosen && !values.some(([value]) => value === chosen)) values.push([chosen, 0]);
      const options = values
        .filter(([value]) => value)
        .map(([value, count]) => new Option(`${NAMES[field.name]?.[value] ?? (field.name === "flag" ? flag(value) : value)} (${number(count)})`, value));
      field.replaceChildren(new Option(field.dataset.all, ""), ...options);
      field.value = chosen;
      field.closest("label").hidden = !options.length;
    }
    this.#restore();
  }

  // The filter as the server wants it.
  get chosen() {
    return Object.fromEntries(this.fields.filter((field) => field.name !== "sort").map((field) => [field.name, this.values[field.name] || null]));
  }

  get sort() {
    return this.form.elements.sort.value;
  }

  set(values) {
    this.values = { ...values, sort: this.sort };
    this.#restore();
    this.#remember();
  }

  #restore() {
    for (const field of this.fields) {
      const value = this.values[field.name] ?? "";
      if (field.name !== "sort") field.value = value;
      else if ([...field.options].some((option) => option.value === value)) field.value = value;
    }
    this.#colour();
  }

  #remember() {
    const words = new URLSearchParams(Object.entries(this.values).filter(([, value]) => value));
    history.replaceState(null, "", `#${words}`);
    this.#colour();
  }

  #colour() {
    for (const field of this.fields) field.classList.toggle("set", field.name !== "sort" && field.value !== "");
  }
}
