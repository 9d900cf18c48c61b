// The editor of a rule: its fields follow from the schema.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { call, path, ApiError } from "./api.js";
import { schemas, kindOf, initial, formOf } from "./schema.js";
import { parseDuration, parseSize, durationText, sizeText } from "./units.js";
import { Curve } from "./curve.js";
import { refresh, say } from "./state.js";

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
  size: () => logScale(1, 2 ** 30, parseSize, sizeText),
  rate: () => logScale(1024, 2 ** 30, parseSize, sizeText),
  number: (field) => linearScale(field.minimum ?? 0, Math.min(field.maximum ?? 10, 10), false),
  integer: (field) => (field.maximum !== undefined ? linearScale(field.minimum ?? 0, field.maximum, true) : null),
};

const UNITS = { rate: "per second", duration: "", size: "" };

function Field({ name, field, value, required, error, onChange }) {
  const kind = kindOf(field);
  const id = `field-${name.replace(/\W/g, "-")}`;
  const shown = value ?? "";
  const scale = SCALES[kind]?.(field);
  const put = (text) => onChange(text === "" ? undefined : kind === "number" || kind === "integer" ? (Number.isFinite(Number(text)) ? Number(text) : text) : text);
  const placeholder = field.default !== undefined ? String(field.default) : required ? "" : "not set";
  const described = `${id}-about`;
  let input;
  if (kind === "words") {
    input = html`<select id=${id} value=${shown} aria-describedby=${described} onChange=${(e) => put(e.target.value)}>
      ${!required && html`<option value="">${field.default !== undefined ? `${field.default} (default)` : "not set"}</option>`}
      ${(field.anyOf?.[0] ?? field).enum.map((word) => html`<option value=${word}>${word}</option>`)}</select>`;
  } else if (kind === "map") {
    input = html`<input id=${id} aria-describedby=${described} placeholder="Name: value; Name: value" value=${mapText(value)}
      onChange=${(e) => onChange(parseMap(e.target.value))} />`;
  } else {
    input = html`<div class="sliding">
      ${scale && html`<input type="range" min="0" max=${STEPS} value=${scale.step(shown === "" ? field.default ?? 0 : shown)}
        aria-label=${`${name}, slider`} aria-valuetext=${String(shown || placeholder)} onInput=${(e) => put(String(scale.value(Number(e.target.value))))} />`}
      <input id=${id} class=${scale ? "value" : ""} aria-describedby=${described} value=${shown} placeholder=${placeholder}
        aria-invalid=${error ? "true" : undefined} onInput=${(e) => put(e.target.value)} />
    </div>`;
  }
  return html`<div class="field"><label for=${id}>${name} <small>${UNITS[kind]}</small></label>${input}
    <p id=${described} class=${error ? "about bad" : "about"}>${error ?? field.description}</p></div>`;
}

const mapText = (map) => Object.entries(map ?? {}).map(([key, value]) => `${key}: ${value}`).join("; ");

function parseMap(text) {
  const pairs = text.split(";").map((each) => each.split(/:(.*)/s)).filter((pair) => pair.length > 1);
  return pairs.length ? Object.fromEntries(pairs.map(([key, value]) => [key.trim(), value.trim()])) : undefined;
}

const LIFETIMES = [["1m", "1 minute"], ["5m", "5 minutes"], ["30m", "30 minutes"], ["", "until removed"]];

/** Without name, hits and absent fields. */
function bodyOf(rule) {
  const { name, hits, ...body } = rule;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function freeName(proxy, type) {
  const taken = new Set(proxy.rules.map((rule) => rule.name));
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
    const kept = Object.fromEntries(["probability", "ttl", "when"].filter((key) => draft[key] !== undefined).map((key) => [key, draft[key]]));
    setDraft({ ...kept, ...initial(type.type, chosen) });
  };
  const put = (key, value) => setDraft({ ...draft, [key]: value });
  const putWhen = (key, value) => {
    const when = bodyOf({ ...draft.when, [key]: value });
    put("when", Object.keys(when).length ? when : undefined);
  };
  const save = async (event) => {
    event.preventDefault();
    const used = name || freeName(proxy, draft.type);
    try {
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
        <div class="field"><label for="probability">probability <small>${Math.round((draft.probability ?? 1) * 1000) / 10} %</small></label>
          <input id="probability" type="range" min="0" max="1" step="0.01" value=${draft.probability ?? 1}
            onInput=${(e) => put("probability", Number(e.target.value) === 1 ? undefined : Number(e.target.value))} /></div>
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
      <footer><p class="bad" role="alert">${failure instanceof ApiError
          ? [failure.message, ...failure.errors.map((each) => `${each.path}: ${each.message}`)].join(" · ") : failure && "the server can't be reached"}</p>
        <button type="button" onClick=${() => dialog.current.close()}>Cancel</button>
        <button class="primary" disabled=${!type}>${rule ? "Save" : "Add fault"}</button></footer>
    </form>
  </dialog>`;
}
