// How things are called on the page.

export const PERSON = document.querySelector('meta[name="review-person"]').content;

export const number = (value) => value.toLocaleString("en");
export const photos = (count) => `${number(count)} ${count === 1 ? "photo" : "photos"}`;

export const NAMES = {
  role: { person: PERSON, stranger: "Strangers", curveball: "Curveballs", none: "Without a role" },
  standing: { undecided: "undecided", keep: "kept", aside: "rejected", unsure: "not sure" },
  band: { sure: "the model is sure", doubtful: "the model doubts" },
  part: { train: "train", tune: "tune", calibrate: "calibrate", test: "test", curveball: "curveball" },
};
export const SAID = { keep: "kept", aside: "rejected", unsure: "not sure", role: "given a role", tag: "tagged", untag: "untagged" };

export const flag = (name) => name.replaceAll("-", " ");

export const standing = (card) =>
  card.standing === null ? "undecided" : NAMES.standing[card.standing] + (card.reason ? `: ${card.reason}` : "");

export function described(card) {
  const words = [card.name, card.label, standing(card), ...card.flags.map(flag), ...card.tags];
  return words.filter(Boolean).join(", ");
}

// What stands under a picture, below its name.
export function under(card, sort) {
  if (card.standing === "aside") return card.reason;
  if (card.standing === "keep" && card.automatic) return "kept by the model";
  if (sort === "doubt" && card.doubt !== null) return `doubt ${signed(card.doubt)}`;
  if (sort === "gate" && card.gate !== null) return `like a face ${card.gate.toFixed(2)}`;
  if (sort === "sharpness" && card.sharpness !== null) return `sharpness ${number(Math.round(card.sharpness))}`;
  if (sort === "size" && card.size !== null) return `face of ${Math.round(card.size)} pixels`;
  return card.label ?? card.source;
}

// A long name without its middle: what tells files apart is more often at the end.
export function shortened(name, most) {
  const signs = [...name];
  if (signs.length <= most) return name;
  const end = Math.ceil((most - 1) * 0.6);
  return `${signs.slice(0, most - 1 - end).join("")}…${signs.slice(-end).join("")}`;
}

export const signed = (value) => {
  const text = Math.abs(value).toFixed(1);
  return text === "0.0" ? text : (value < 0 ? "\u2212" : "+") + text;
};

export function told(done) {
  if (done === null) return "";
  const what = `${photos(done.count)} ${SAID[done.what]}${done.word ? `: ${done.word}` : ""}`;
  const left = done.left ? `; ${photos(done.left)} decided elsewhere since stay as they are` : "";
  return (done.way === "undone" ? `Undone: ${what}` : what) + left;
}

export function duration(minutes) {
  if (minutes < 1) return "less than a minute";
  if (minutes < 90) return `about ${Math.round(minutes)} min`;
  return `about ${Math.round(minutes / 60)} h`;
}

export const KEYS = [
  ["← ↑ → ↓", "go from photo to photo"],
  ["K", "keep: the photo is what it is said to be"],
  ["R", "reject; then 1 to 6, why"],
  ["Shift R", "reject for the same reason again"],
  ["N", "not sure: it stays, and can be found again"],
  ["A", "keep all undecided photos in view, go on"],
  ["P", `this is ${PERSON}, whatever it was filed under`],
  ["S", "this is a stranger"],
  ["Z", "undo, as often as you like (also Ctrl Z)"],
  ["Y", "do again (also Shift Z)"],
  ["Space", "select one more; or hold the mouse, or the finger"],
  ["Shift ←", "select a range (also Shift and click)"],
  ["Esc", "select nothing"],
  ["Enter", "look closely; + and \u2212 enlarge"],
  ["F", "face or whole photo"],
  ["+ \u2212", "larger or smaller pictures"],
  ["1 to 0", "give a tag, or take it back"],
  ["T", "which tags the digits give"],
  ["Home End", "first photo, last photo"],
  ["D", "copies of one picture, side by side"],
  ["?", "these keys"],
];
