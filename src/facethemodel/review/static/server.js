// Talks to the server. What changes something waits in a queue, one at a time and in order, and in the browser's
// storage until the server has it on the disk: a server that stops, or a page that is closed, loses no decision.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const WORD = meta("review-word");
const SHELF = `facethemodel-review:${meta("review-folder")}:`;
const PATIENCE = 15000;
const AGAIN = 1500;

export class Refused extends Error {
  constructor(status, what, remedy) {
    super(remedy ? `${what}: ${remedy}` : what);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(PATIENCE), credentials: "same-origin" });
  if (answer.ok) return answer.json();
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // A refusal by the guard is plain text.
  }
  throw new Refused(answer.status, told.error ?? `the server answers ${answer.status}`, told.remedy);
}

export function get(path, query = {}) {
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== ""));
  return ask(words.size ? `${path}?${words}` : path);
}

export function post(path, body) {
  const headers = { "content-type": "application/json", "x-review-word": WORD };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Queue {
  // done(entry, answer), refused(entry, error) and trouble(kind) tell what happens; kind is null, "gone" or "anew".
  constructor({ done, refused, trouble }) {
    Object.assign(this, { done, refused, trouble });
    this.entries = [];
    this.busy = false;
    this.kind = null;
  }

  // Takes up what another page of this project could not send.
  adopt() {
    const found = [];
    for (let place = 0; place < localStorage.length; place += 1) {
      const name = localStorage.key(place);
      if (name.startsWith(SHELF)) found.push(JSON.parse(localStorage.getItem(name)));
    }
    found.sort((one, other) => one.at - other.at);
    this.entries.push(...found.map((entry) => ({ ...entry, adopted: true })));
    this.#run();
    return found.length;
  }

  send(path, body, more = {}) {
    const entry = { path, body: { key: newKey(), ...body }, at: performance.timeOrigin + performance.now() };
    try {
      localStorage.setItem(SHELF + entry.body.key, JSON.stringify(entry));
    } catch {
      // A browser without storage still sends.
    }
    this.entries.push(Object.assign(entry, more));
    this.#count();
    this.#run();
  }

  get waiting() {
    return this.entries.length;
  }

  tell(kind) {
    if (kind !== this.kind || kind !== null) this.trouble(kind);
    this.kind = kind;
  }

  async #run() {
    if (this.busy) return;
    this.busy = true;
    while (this.entries.length) {
      const entry = this.entries[0];
      try {
        const answer = await post(entry.path, entry.body);
        this.#drop(entry);
        this.tell(null);
        this.done(entry, answer);
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 403) {
          this.#drop(entry);
          this.refused(entry, error);
        } else {
          this.tell(error instanceof Refused && error.status === 403 ? "anew" : "gone");
          await new Promise((resume) => setTimeout(resume, AGAIN));
        }
      }
    }
    this.busy = false;
  }

  #count() {
    document.body.dataset.waiting = this.entries.length;
  }

  #drop(entry) {
    this.entries.shift();
    this.#count();
    localStorage.removeItem(SHELF + entry.body.key);
  }
}
