// Which key means what.

const LETTERS = { k: "keep", r: "reject", n: "unsure", a: "accept", p: "person", s: "stranger", z: "undo", y: "redo", f: "faces", t: "tags", d: "duplicates" };
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export function listen({ commands, grid, look, dialogs }) {
  const [reasons, tags, help] = dialogs;

  function moved(event) {
    const range = event.shiftKey && !look.open;
    // What Space selected stays; in the closer look a key decides about what is looked at.
    const keep = !look.open;
    const page = Math.max(1, Math.floor(grid.element.clientHeight / grid.pitch)) * grid.columns;
    const steps = { ...STEPS, ArrowUp: look.open ? -1 : -grid.columns, ArrowDown: look.open ? 1 : grid.columns, PageUp: -page, PageDown: page };
    if (event.key in steps) {
      const next = grid.current + steps[event.key];
      // Up from the first row and down from the last one lead nowhere.
      if (next < 0 || next >= grid.numbers.length) {
        if (Math.abs(steps[event.key]) === grid.columns && grid.columns > 1) return true;
      }
      grid.go(next, { range, keep });
    } else if (event.key === "Home") grid.go(0, { range, keep });
    else if (event.key === "End") grid.go(grid.numbers.length - 1, { range, keep });
    else return false;
    return true;
  }

  function meant(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") return event.shiftKey ? commands.redo : commands.undo;
      if (key === "y") return commands.redo;
      return null;
    }
    if (event.altKey) return null;
    if (key === "?") return commands.help;
    if (key === "+" || key === "=") return () => commands.enlarge(1);
    if (key === "-" || key === "\u2212") return () => commands.enlarge(-1);
    if (/^[0-9]$/.test(key)) return () => commands.digit(key);
    if (key === "r" && event.shiftKey) return commands.same;
    if (key === "z" && event.shiftKey) return commands.redo;
    if (key === "a" && look.open) return null;
    if (key in LETTERS) return commands[LETTERS[key]];
    if (key === "Enter") return look.open ? () => look.close() : commands.look;
    if (key === " " && !look.open) return () => grid.toggle();
    if (key === "Escape" && !look.open) return () => grid.drop();
    return null;
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (typing) {
      if (event.key === "Escape" && !tags.open) typing.blur();
      return;
    }
    if (reasons.open) {
      const choices = reasons.querySelectorAll("[data-reason]").length;
      if (/^[1-9]$/.test(event.key) && Number(event.key) <= choices) {
        event.preventDefault();
        commands.reason(Number(event.key));
      }
      return;
    }
    if (help.open && event.key === "?") {
      help.close();
      return;
    }
    if (dialogs.some((dialog) => dialog.open)) return;
    if (event.target.closest("button, a") && (event.key === "Enter" || event.key === " ")) return;
    if (!event.ctrlKey && !event.metaKey && !event.altKey && moved(event)) {
      event.preventDefault();
      return;
    }
    const command = meant(event);
    if (command === null || command === undefined) return;
    event.preventDefault();
    // A key that is held down moves on and on, but it does not go on deciding.
    const repeats = event.key === "+" || event.key === "-";
    if (!event.repeat || repeats) command();
  });
}
