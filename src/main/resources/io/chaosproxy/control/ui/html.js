// Markup as tagged templates. What is put into them is text: Preact escapes it.
import { h } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export const html = htm.bind(h);
