// The editor of a rule: its fields follow from the schema.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { call, path, failureText, ApiError } from "./api.js";
import { schemas, bodyOf, kindOf, isList, initial, formOf } from "./schema.js";
import { parseDuration, parseSize, durationText, sizeText } from "./units.js";
import { Curve } from "./curve.js";
import { proxies, refresh, say } from "./state.js";

const STEPS = 1000;

/** A scale from slider steps to values and back; step 0 is zero on the logarithmic ones. */
function logScale(low, high, parse, text) {
  return {
    value: (step) => (step === 0 ? text(0) : text(low * (high / low) ** ((step - 1) / (STEPS - 1)))),
    step: (value) => {
      const number = parse(value);
      if (!(number > 0)) return 0;
      return Math.min(STEPS, Math.max(1, Math.round(1 + (Math.log(number / low) / Math.log(high / low)) * (STEPS - 1))));
    },
  };
}

function linearScale(low, high, whole) {
  return {
    value: (step) => {
      const value = low + ((high - low) * step) / STEPS;
      return whole ? Math.round(value) : Number(value.toPrecision(3));
    },
    step: (value) => Math.min(STEPS, Math.max(0, Math.round(((Number(value) - low) / (high - low)) * STEPS))),
  };
}

const SCALES = {
  duration: () => logScale(1, 60_000, parseDuration, durationText),
  size: (field) => logScale(1, Math.min(field.maximum ?? 2 ** 30, 2 ** 30), parseSize, sizeText),
  rate: () => logScale(1024, 2 ** 30, parseSize, sizeText),
  number: (field) => linearScale(field.minimum ?? 0, Math.min(field.maximum ?? 10, 10), false),
  integer: (field) => (field.maximum !== undefined ? linearScale(field.minimum ?? 0, field.maximum, true) : null),
};

const UNITS = { rate: "per second", duration: "", size: "" };

/** What was typed, as the value of a field of this kind; what isn't one stays text, which the server refuses. */
function valueOf(text, kind) {
  if (text === "") return undefined;
  if (kind === "boolean") return text === "true";
  return (kind === "number" || kind === "integer") && Number.isFinite(Number(text)) ? Number(text) : text;
}

function Field({ name, field, value, required, error, onChange }) {
  const kind = kindOf(field);
  const id = `field-${name.replace(/\W/g, "-")}`;
  const [typed, setTyped] = useState(null); // as "1." or "0.50" stand for a number that is written otherwise
  const shown = typed && typed.value === value ? typed.text : textOf(value);
  const scale = SCALES[kind]?.(field);
  const put = (text) => {
    const next = isList(field) && text.includes(",") ? text.split(",").map((each) => each.trim()).filter(Boolean)
      : kind === "map" ? parseMap(text) : valueOf(text, kind);
    setTyped({ text, value: next });
    onChange(next);
  };
  const placeholder = field.default !== undefined ? String(field.default) : required ? "" : "not set";
  const described = `${id}-about`;
  let input;
  if (kind === "boolean") {
    input = html`<select id=${id} value=${String(shown)} aria-describedby=${described} onChange=${(e) => put(e.target.value)}>
      ${!required && html`<option value="">${field.default !== undefined ? `${field.default} (default)` : "not set"}</option>`}
      <option value="true">true</option><option value="false">false</option></select>`;
  } else if (kind === "words") {
    input = html`<select id=${id} value=${shown} aria-describedby=${described} onChange=${(e) => put(e.target.value)}>
      ${!required && html`<option value="">${field.default !== undefined ? `${field.default} (default)` : "not set"}</option>`}
      ${(field.items ?? field).enum.map((word) => html`<option value=${word}>${word}</option>`)}</select>`;
  } else if (kind === "map" || name === "body") {
    input = html`<textarea id=${id} aria-describedby=${described} rows=${Math.min(8, 1 + String(shown).split("\n").length)} value=${shown}
      placeholder=${kind === "map" ? "Name: value, one on each line" : placeholder} aria-invalid=${error ? "true" : undefined} onInput=${(e) => put(e.target.value)} />`;
  } else {
    input = html`<div class="sliding">
      ${scale && html`<input type="range" min="0" max=${STEPS} value=${scale.step(shown === "" ? field.default ?? 0 : shown)}
        aria-label=${`${name}, slider`} aria-valuetext=${String(shown === "" ? placeholder : shown)} onInput=${(e) => put(moved(scale, Number(e.target.value), shown === "" ? field.default ?? 0 : shown))} />`}
      <input id=${id} class=${scale ? "value" : ""} aria-describedby=${described} value=${shown} placeholder=${placeholder}
        aria-invalid=${error ? "true" : undefined} onInput=${(e) => put(e.target.value)} />
    </div>`;
  }
  return html`<div class="field"><label for=${id}>${name} <small>${UNITS[kind]}</small></label>${input}
    <p id=${described} class=${error ? "about bad" : "about"}>${error ?? field.description}</p></div>`;
}

function textOf(value) {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return Object.entries(value).map(([key, each]) => `${key}: ${each}`).join("\n");
  return value ?? "";
}

/** One field of a header on each line; text that has another form stays what it is, which the server refuses. */
function parseMap(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  const pairs = lines.map((line) => line.split(/:(.*)/s));
  return pairs.every((pair) => pair.length > 1) ? Object.fromEntries(pairs.map(([key, value]) => [key.trim(), value.trim()])) : text;
}

/** The next step of a slider that shows another value than the present one: steps may be smaller than what is shown. */
function moved(scale, to, shown) {
  const from = scale.step(shown);
  const towards = to < from ? -1 : 1;
  let step = to;
  while (step > 0 && step < STEPS && String(scale.value(step)) === String(shown)) step += towards;
  return String(scale.value(step));
}

const LIFETIMES = [["1m", "1 minute"], ["5m", "5 minutes"], ["30m", "30 minutes"], ["", "until removed"]];

/** The proxy as it is now; the one that the dialog was opened with may be out of date. */
const present = (proxy) => proxies.value.find((each) => each.name === proxy.name) ?? proxy;

const settingsOf = (rule) => JSON.stringify(Object.entries(bodyOf(rule)).filter(([key]) => key !== "ttl").sort());

/** What has become of the edited rule since the dialog was opened: nothing, changed, or removed. */
function fate(proxy, rule) {
  const now = present(proxy).rules.find((each) => each.name === rule.name);
  if (!now) return "removed";
  return settingsOf(now) === settingsOf(rule) ? "" : "changed";
}

const FATES = {
  removed: { text: "This rule has been removed meanwhile.", button: "Add it again" },
  changed: { text: "This rule has been changed elsewhere meanwhile.", button: "Overwrite that" },
};

/** Why a new rule can't have this name; nothing if it can. */
function nameProblem(proxy, name) {
  if (present(proxy).rules.some((each) => each.name === name)) return `${name} is the name of another rule on ${proxy.name}`;
  return name === "." || name === ".." ? "a rule can't be called . or .." : undefined;
}

function freeName(proxy, type) {
  const taken = new Set(present(proxy).rules.map((rule) => rule.name));
  for (let i = 1; ; i++) {
    const name = i === 1 ? type : `${type}-${i}`;
    if (!taken.has(name)) return name;
  }
}

/** The fields that have to be given come first. */
function fieldsOf(form) {
  const rank = ([key]) => (form.required.includes(key) ? form.required.indexOf(key) : form.required.length);
  return Object.entries(form.fields).filter(([key]) => key !== "distribution").sort((a, b) => rank(a) - rank(b));
}

/** A dialog that adds a rule to a proxy, or edits one. */
export function Editor({ proxy, rule, onClose }) {
  const dialog = useRef();
  const [known, setKnown] = useState(null);
  const [name, setName] = useState(rule?.name);
  const [draft, setDraft] = useState(rule ? bodyOf(rule) : null);
  const [form, setForm] = useState(null);
  const [failure, setFailure] = useState(null);

  useEffect(() => {
    dialog.current.showModal();
    schemas().then((all) => {
      const type = all.types.find((each) => each.type === (rule?.type ?? "latency")) ?? all.types[0];
      setKnown(all);
      setForm(rule ? formOf(type, rule) : type.forms[0]);
      if (!rule) setDraft({ ...initial(type.type, type.forms[0]), ttl: "5m" });
    }, (error) => setFailure(error));
  }, []);

  const choose = (type, chosen) => {
    setForm(chosen);
    setFailure(null);
    const own = type.type === draft.type ? Object.keys(known.rule) : ["probability", "ttl", "when"]; // a direction may not fit another fault
    const kept = Object.fromEntries(own.filter((key) => draft[key] !== undefined).map((key) => [key, draft[key]]));
    setDraft({ ...kept, ...initial(type.type, chosen) });
  };
  const put = (key, value) => setDraft({ ...draft, [key]: value });
  const putWhen = (key, value) => {
    const when = bodyOf({ ...draft.when, [key]: value });
    put("when", Object.keys(when).length ? when : undefined);
  };
  const save = async (event) => {
    event.preventDefault();
    setFailure(null);
    const used = name || freeName(proxy, draft.type);
    try {
      const problem = rule ? undefined : nameProblem(proxy, used); // the API replaces a rule of this name
      if (problem) throw new ApiError(409, "invalid request body", [{ path: "name", message: problem }]);
      await call("PUT", path("proxies", proxy.name, "rules", used), bodyOf(draft));
      say(rule ? `${used} changed` : `${used} added to ${proxy.name}`);
      refresh();
      dialog.current.close();
    } catch (error) {
      setFailure(error);
    }
  };
  const errorOf = (key) => (failure instanceof ApiError ? failure.errors.find((each) => each.path === key)?.message : undefined);
  const type = known?.types.find((each) => each.type === draft.type);
  const overtaken = rule && FATES[fate(proxy, rule)];
  return html`<dialog ref=${dialog} class="editor" aria-labelledby="editor-title" onClose=${onClose}>
    <form onSubmit=${save}>
      <header><h2 id="editor-title">${rule ? `Edit ${rule.name}` : "Add a fault"} <small>on ${proxy.name}</small></h2>
        <button type="button" class="quiet" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button></header>
      ${!type ? html`<p class="body">${failure ? String(failure.message) : "Loading…"}</p>` : html`<div class="body">
        <div class="pair">
          <div class="field"><label for="fault-type">Fault</label>
            <select id="fault-type" value=${draft.type} onChange=${(e) => {
              const next = known.types.find((each) => each.type === e.target.value);
              choose(next, next.forms[0]);
            }}>${known.types.map((each) => html`<option value=${each.type}>${each.type}</option>`)}</select></div>
          ${type.forms.length > 1 && html`<div class="field"><label for="fault-form">Shape</label>
            <select id="fault-form" value=${form.name} onChange=${(e) => choose(type, type.forms.find((each) => each.name === e.target.value))}>
              ${type.forms.map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select></div>`}
        </div>
        <p class="summary">${type.summary}.</p>
        ${draft.type === "latency" && html`<${Curve} fault=${draft} />`}
        ${fieldsOf(form).map(([key, field]) => html`<${Field} key=${`${form.name}.${key}`}
          name=${key} field=${field} value=${draft[key]} required=${form.required.includes(key)} error=${errorOf(key)} onChange=${(value) => put(key, value)} />`)}
        <${Field} key="rule.probability" name="probability" field=${known.rule.probability} value=${draft.probability} error=${errorOf("probability")}
          onChange=${(value) => put("probability", value === 1 ? undefined : value)} />
        <div class="field"><label for="lifetime">Removes itself after</label>
          <select id="lifetime" value=${draft.ttl ?? ""} onChange=${(e) => put("ttl", e.target.value || undefined)}>
            ${(LIFETIMES.some(([value]) => value === (draft.ttl ?? "")) ? LIFETIMES : [[draft.ttl, draft.ttl], ...LIFETIMES])
              .map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></div>
        <details open=${Boolean(draft.when)}><summary>Conditions</summary>
          ${Object.entries(known.when).map(([key, field]) => html`<${Field} key=${`when.${key}`} name=${key} field=${{ ...field, default: field.default }}
            value=${draft.when?.[key]} error=${errorOf(`when.${key}`)} onChange=${(value) => putWhen(key, value)} />`)}
        </details>
        <details><summary>Name, direction and trials</summary>
          <div class="field"><label for="rule-name">name</label><input id="rule-name" value=${name ?? ""} disabled=${Boolean(rule)}
            placeholder=${freeName(proxy, draft.type)} onInput=${(e) => setName(e.target.value)} /></div>
          ${Object.entries(known.rule).filter(([key]) => !["when", "ttl", "probability", "type"].includes(key)).map(([key, field]) => html`<${Field}
            key=${`rule.${key}`} name=${key} field=${field} value=${draft[key]} error=${errorOf(key)} onChange=${(value) => put(key, value)} />`)}
        </details>
        <details><summary>As JSON</summary><pre tabindex="0">${JSON.stringify(bodyOf(draft), null, 2)}</pre></details>
      </div>`}
      <footer><p class="bad" role="alert">${overtaken?.text} ${failure && failureText(failure)}</p>
        <button type="button" onClick=${() => dialog.current.close()}>Cancel</button>
        <button class="primary" disabled=${!type}>${overtaken?.button ?? (rule ? "Save" : "Add fault")}</button></footer>
    </form>
  </dialog>`;
}
