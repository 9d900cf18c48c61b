// The order of the pages in the sidebar, the only place that has it. Names are paths in src/docs without .md; "faults/*" are all pages of
// a folder. A page that is not named here is put into the group of its folder, or into "More".
export const GROUPS = [
  { text: "Use it", pages: ["start", "concepts", "configuration", "control", "dashboard", "command-line", "toxiproxy", "comparison"] },
  { text: "Faults", pages: ["faults/index", "positions", "faults/*"] },
  { text: "Cookbook", pages: ["cookbook", "cookbook/index", "cookbook/*"] },
  { text: "In Java", pages: ["embedding", "junit", "helidon", "spring"] },
  { text: "Protocols", pages: ["protocols", "http", "tls", "forward", "intercept"] },
  { text: "Operate it", pages: ["kubernetes", "cluster", "fleet", "metrics"] },
  { text: "Reference", pages: ["reference", "api"] },
  { text: "Benchmark", pages: ["benchmark", "benchmark/*"], collapsed: true },
  { text: "Inside", pages: ["architecture", "threads", "adding-a-fault"], collapsed: true },
  { text: "Decisions", pages: ["decisions/index", "decisions/*"], collapsed: true },
];

// The bar at the top.
export const TOP = [
  { text: "Start", page: "start" },
  { text: "Faults", page: "faults/index" },
  { text: "Cookbook", page: "cookbook" },
  { text: "Reference", page: "reference" },
  { text: "API", page: "api" },
];
