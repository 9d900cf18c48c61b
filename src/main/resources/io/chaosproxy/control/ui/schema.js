// Faults and their fields as the OpenAPI document describes them: the source of the configuration file and of ctl, too.
import { call, path } from "./api.js";

let reading;

/** Types of faults: { type, summary, forms: [{ name, fields, required }] }, and the fields of rules and conditions. */
export function schemas() {
  reading ??= read().catch((error) => {
    reading = undefined;
    throw error;
  });
  return reading;
}

async function read() {
  const { components } = await call("GET", path("openapi.json"));
  const all = components.schemas;
  Object.values(all).forEach(withDefaults);
  const types = Object.entries(all.Fault.discriminator.mapping).map(([type, reference]) => {
    const own = all[reference.split("/").at(-1)].allOf.at(-1);
    const forms = own.anyOf.map((form) => ({ name: form.title ?? "", fields: form.properties, required: form.required }));
    return { type, summary: own.description, forms };
  });
  return { types, rule: all.RuleFields.properties, when: all.When.properties };
}

/** The document has defaults under a name of their own, see ConfigReference.java. */
function withDefaults(schema) {
  if (schema === null || typeof schema !== "object") return;
  if ("x-default" in schema) schema.default = schema["x-default"];
  Object.values(schema).forEach(withDefaults);
}

/** What a field holds: duration, size, rate, number, integer, boolean, words, map, or text. */
export function kindOf(field) {
  const value = isList(field) ? field.items : field;
  if (value.enum) return "words";
  if (["duration", "size", "rate"].includes(value.format)) return value.format;
  if (value.type === "object") return "map";
  return ["number", "integer", "boolean"].includes(value.type) ? value.type : "text";
}

/** Whether a field takes a list; one value need not be one. */
export const isList = (field) => field.type === "array";

/** The fields of a new fault of this form, with defaults and, where one has to be given, an example. */
export function initial(type, form) {
  const fault = { type };
  for (const key of form.required) {
    if (key !== "type") fault[key] = form.fields[key].examples?.[0] ?? form.fields[key].default;
  }
  if (form.fields.distribution) fault.distribution = form.fields.distribution.examples[0];
  return fault;
}

/** The form that a rule is written in: the one with all its fields. */
export function formOf(type, rule) {
  const own = type.forms.filter((form) => form.required.every((key) => key in rule)
    && (!form.fields.distribution || form.fields.distribution.examples[0] === rule.distribution));
  return own.find((form) => Object.keys(form.fields).every((key) => key === "distribution" || true)
    && Boolean(form.fields.distribution) === Boolean(rule.distribution)) ?? own[0] ?? type.forms[0];
}

/** The fields of a rule that say what it does: without its name, its hits and absent ones. */
export function bodyOf(rule) {
  const { name, hits, ...body } = rule;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
