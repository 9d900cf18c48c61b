// Where the keyboard goes when what had the focus has gone.

/** Gives the focus to the view, unless something else has it: a page without focus makes the next Tab begin at its top. */
export function keepFocus() {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) document.querySelector("main")?.focus({ preventScroll: true });
  });
}
