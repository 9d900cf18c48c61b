// Colours for code: comments, texts, numbers and the words of a few languages. Shiki, which VitePress has for this, doesn't know HOCON and
// takes a second and a half of each build.
const WORDS = {
  java: /^(?:abstract|assert|boolean|break|case|catch|class|continue|default|do|double|else|enum|extends|final|finally|float|for|if|implements|import|instanceof|int|interface|long|new|null|package|permits|private|protected|public|record|return|sealed|static|super|switch|this|throw|throws|true|false|try|var|void|while|yield)$/,
  js: /^(?:async|await|class|const|export|for|from|function|if|import|let|new|of|require|return)$/,
  hocon: /^(?:true|false|include|null)$/,
  json: /^(?:true|false|null)$/,
  yaml: /^(?:true|false|null)$/,
  sh: /^(?:mvn|curl|chaos-proxy|docker|kubectl|openssl|npm|npx|cd|export|source|for|do|done|if|then|fi|while|ulimit|jfr|python3|git)$/,
};
const ALIAS = { javascript: "js", ts: "js", mjs: "js", bash: "sh", shell: "sh", conf: "hocon", yml: "yaml", python: "sh" };
const HASH = new Set(["sh", "hocon", "yaml", "properties", "dockerfile", "toml"]);

const escaped = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const span = (kind, text) => `<span class="code-${kind}">${escaped(text)}</span>`;

function xml(code) {
  return code.replace(/<!--[\s\S]*?-->|<\/?[\w:.-]+|\/?>|[^<>]+/g, (token) =>
    token.startsWith("<!--") ? span("comment", token) : /^[</>]/.test(token) ? span("word", token) : escaped(token));
}

export function highlighted(code, info) {
  const name = info.trim().split(/[\s{]/)[0];
  const language = ALIAS[name] ?? name;
  const text = code.replace(/\n$/, "");
  let body;
  if (language === "xml" || language === "html") {
    body = xml(text);
  } else if (!WORDS[language] && !HASH.has(language)) {
    body = escaped(text);
  } else {
    const comment = HASH.has(language) ? "(?<=^|\\s)#[^\\n]*" : "//[^\\n]*|/\\*[\\s\\S]*?\\*/";
    const token = new RegExp(`(${comment})|("(?:\\\\.|[^"\\\\\\n])*"|'(?:\\\\.|[^'\\\\\\n])*')|(@[A-Z]\\w*|(?<![\\w-])--?[a-z][\\w-]*)|([A-Za-z_][\\w-]*)|(\\d[\\w.%]*)|([\\s\\S])`, "gm");
    body = text.replace(token, (all, remark, quoted, mark, word, number, other) => {
      if (remark) return span("comment", remark);
      if (quoted) return span("text", quoted);
      if (mark) return language === "java" || language === "sh" ? span("mark", mark) : escaped(mark);
      if (word) return WORDS[language]?.test(word) ? span("word", word) : escaped(word);
      if (number) return span("number", number);
      return escaped(other);
    });
  }
  return `<pre v-pre tabindex="0"><code>${body}</code></pre>`;
}
