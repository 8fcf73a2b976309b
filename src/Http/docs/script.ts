/**
 * The program of the documentation page: plain JavaScript of a browser, kept as text because it is served, never run here. It
 * reads the OpenAPI document and builds the page from elements and text only, so that nothing of the document is taken for markup.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category assets
 */
export const script = String.raw`"use strict";
(() => {
  const methods = ["get", "post", "patch", "put", "delete", "head", "options"];
  let spec = {};

  const h = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
    return element;
  };

  // Text with code between backticks; blank lines make paragraphs.
  const prose = (text) => (text || "").split(/\n\s*\n/).filter(Boolean).map((paragraph) =>
    h("p", {}, paragraph.split("\u0060").map((part, index) => index % 2 === 1 ? h("code", {}, part) : part)));

  const resolve = (node) => {
    let current = node;
    for (let depth = 0; depth < 16 && current && current.$ref; depth++) {
      current = current.$ref.slice(2).split("/").reduce((at, key) =>
        at === undefined ? undefined : at[key.replace(/~1/g, "/").replace(/~0/g, "~")], spec);
    }
    return current || {};
  };

  const nameOf = (node) => node && node.$ref ? node.$ref.split("/").pop() : undefined;

  // ── schemas ──

  const typeOf = (given) => {
    const schema = resolve(given);
    const types = [].concat(schema.type || []);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.anyOf || schema.oneOf) return (schema.anyOf || schema.oneOf).map(typeOf).join(" | ");
    if (types.includes("array")) return "array of " + (schema.items ? typeOf(schema.items) : "any");
    const text = types.length === 0 ? (schema.properties ? "object" : "any") : types.join(" | ");
    return nameOf(given) ? nameOf(given) : schema.format ? text + " (" + schema.format + ")" : text;
  };

  const limits = {
    minLength: "at least {} characters", maxLength: "at most {} characters", minimum: "at least {}", maximum: "at most {}",
    exclusiveMinimum: "more than {}", exclusiveMaximum: "less than {}", minItems: "{} or more",
    maxItems: "{} or fewer", multipleOf: "multiple of {}", pattern: "pattern {}", default: "default {}"
  };

  const rulesOf = (given) => {
    const schema = resolve(given);
    const items = schema.items ? resolve(schema.items) : {};
    const values = schema.enum || items.enum;
    const rules = Object.keys(limits).filter((key) => schema[key] !== undefined)
      .map((key) => limits[key].replace("{}", typeof schema[key] === "string" ? schema[key] : JSON.stringify(schema[key])));
    return values ? ["one of " + values.map((value) => JSON.stringify(value)).join(", "), ...rules] : rules;
  };

  const rules = (given) => {
    const all = rulesOf(given);
    return all.length > 0 && h("span", { class: "rule" }, all.join("; "));
  };

  const schemaTable = (given, depth = 0) => {
    const schema = resolve(given);
    const inner = schema.properties ? schema : schema.items ? resolve(schema.items) : schema;
    if (!inner.properties) return h("p", { class: "type" }, typeOf(given));
    const required = new Set(inner.required || []);
    const rows = Object.entries(inner.properties).map(([name, property]) => {
      const target = resolve(property);
      const nested = depth < 3 && (target.properties || (target.items && resolve(target.items).properties));
      return h("tr", {},
        h("th", { scope: "row" }, h("code", {}, name), required.has(name) && h("span", { class: "required" }, "required")),
        h("td", {}, h("span", { class: "type" }, typeOf(property)),
          rules(property),
          prose(target.description),
          nested && h("details", {}, h("summary", {}, "members"), schemaTable(property, depth + 1))));
    });
    return h("table", {}, h("caption", { class: "hidden" }, "Members"), h("tbody", {}, rows));
  };

  const sample = (media) => {
    if (!media) return undefined;
    if (media.example !== undefined) return media.example;
    const [first] = Object.values(media.examples || {});
    return first && first.value;
  };

  // ── sending ──

  const authorization = () => {
    const input = document.getElementById("authorization");
    return input && input.value.trim();
  };

  const basePath = () => {
    const url = spec.servers && spec.servers[0] ? spec.servers[0].url : "/";
    try { return new URL(url, location.href).pathname.replace(/\/$/, ""); } catch { return ""; }
  };

  const build = (path, fields, body) => {
    let url = path;
    const query = [];
    const headers = {};
    for (const { input, parameter } of fields) {
      const value = input.value;
      if (value === "" && parameter.in !== "path") continue;
      if (parameter.in === "path") url = url.replace("{" + parameter.name + "}", encodeURIComponent(value));
      else if (parameter.in === "query") query.push(encodeURIComponent(parameter.name) + "=" + encodeURIComponent(value));
      else headers[parameter.name] = value;
    }
    if (authorization()) headers.Authorization = authorization();
    if (body) headers["Content-Type"] = body.type.value;
    return { url: basePath() + url + (query.length ? "?" + query.join("&") : ""), headers, body: body && body.text.value };
  };

  const quote = (text) => "'" + text.replace(/'/g, "'\\''") + "'";

  const curl = (method, request) => [
    "curl" + (method === "head" ? " -I" : method === "get" ? " -i" : " -i -X " + method.toUpperCase()),
    quote(location.origin + request.url),
    ...Object.entries(request.headers).map(([name, value]) => "-H " + quote(name + ": " + value)),
    ...(request.body === undefined ? [] : ["-d " + quote(request.body)])
  ].join(" \\\n  ");

  const pretty = (text) => {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  };

  const send = async (method, path, fields, body, output, remember) => {
    const request = build(path, fields, body);
    const missing = fields.find(({ input, parameter }) => parameter.in === "path" && input.value === "");
    output.replaceChildren();
    if (missing) {
      output.append(h("p", { class: "failed" }, "Give the " + missing.parameter.name + " first."));
      missing.input.focus();
      return;
    }
    const started = performance.now();
    try {
      const response = await fetch(request.url, {
        method: method.toUpperCase(), headers: request.headers, body: request.body, cache: "no-store"
      });
      const text = await response.text();
      const took = Math.round(performance.now() - started);
      const headers = [...response.headers].map(([name, value]) => name + ": " + value).join("\n");
      output.append(
        h("p", { class: "answer" },
          h("strong", { class: response.ok || response.status === 304 ? "ok" : "failed" },
            response.status + " " + response.statusText), " in " + took + " ms"),
        text && h("pre", { tabindex: "0" }, pretty(text)),
        h("details", {}, h("summary", {}, "Headers"), h("pre", { tabindex: "0" }, headers)),
        h("details", {}, h("summary", {}, "As curl"), h("pre", { tabindex: "0" }, curl(method, request))));
      if (response.status === 201) remember(response.headers.get("location"));
    } catch (error) {
      output.append(h("p", { class: "failed" }, "No answer: " + error.message));
    }
  };

  // ── operations ──

  const fieldFor = (parameter, id) => {
    const schema = resolve(parameter.schema);
    const describedBy = parameter.description ? id + "-about" : undefined;
    const values = schema.enum || ([].concat(schema.type || []).includes("boolean") ? [true, false] : undefined);
    const attributes = { id, "aria-describedby": describedBy, required: parameter.in === "path", autocomplete: "off" };
    const input = values
      ? h("select", attributes, h("option", { value: "" }, ""), values.map((value) => h("option", { value }, String(value))))
      : h("input", { ...attributes, type: "text", spellcheck: "false",
        placeholder: schema.default === undefined ? undefined : String(schema.default) });
    return input;
  };

  const parameterRow = (parameter, input) => h("tr", {},
    h("th", { scope: "row" }, h("label", { for: input.id }, h("code", {}, parameter.name)),
      parameter.required && h("span", { class: "required" }, "required")),
    h("td", {}, input),
    h("td", { id: input.id + "-about" }, h("span", { class: "type" }, typeOf(parameter.schema)),
      rules(parameter.schema), prose(parameter.description)));

  const parameterTable = (title, fields) => fields.length > 0 && [h("h4", {}, title),
    h("table", { class: "parameters" }, h("caption", { class: "hidden" }, title),
      h("tbody", {}, fields.map(({ input, parameter }) => parameterRow(parameter, input))))];

  const bodyEditor = (operation, id) => {
    if (!operation.requestBody) return undefined;
    const content = resolve(operation.requestBody).content;
    const types = Object.keys(content);
    const example = sample(content[types[0]]);
    const text = h("textarea", { id: id + "-body", rows: "8", spellcheck: "false", autocomplete: "off" });
    text.value = example === undefined ? "{}" : JSON.stringify(example, null, 2);
    const type = h("select", { id: id + "-type" }, types.map((name) => h("option", { value: name }, name)));
    return { text, type, schema: content[types[0]].schema };
  };

  const responseList = (operation) => h("dl", { class: "responses" },
    Object.entries(operation.responses).map(([status, given]) => {
      const response = resolve(given);
      const headers = Object.entries(response.headers || {});
      const [media] = Object.values(response.content || {});
      const schema = media && resolve(media.schema);
      return [
        h("dt", { class: status < "400" ? "ok" : "failed" }, status),
        h("dd", {}, prose(response.description),
          headers.length > 0 && h("p", { class: "rule" }, "Headers: " + headers.map(([name]) => name).join(", ")),
          schema && status < "400" && h("details", {}, h("summary", {}, "Body"), schemaTable(media.schema)))
      ];
    }));

  const operationView = (path, method, item, operation, siblings) => {
    const id = operation.operationId;
    const parameters = [...(item.parameters || []), ...(operation.parameters || [])].map(resolve);
    const fields = parameters.map((parameter) =>
      ({ parameter, input: fieldFor(parameter, id + "-" + parameter.in + "-" + parameter.name) }));
    const where = (place) => fields.filter(({ parameter }) => parameter.in === place);
    const body = bodyEditor(operation, id);
    const output = h("div", { class: "output", "aria-live": "polite" });
    // The row just made is the one most likely wanted next.
    const remember = (target) => {
      const key = target && target.split("?")[0].split("/").pop();
      for (const input of siblings) if (key) input.value = decodeURIComponent(key);
    };
    for (const { input } of where("path")) siblings.push(input);
    return h("details", { id, class: "operation " + method },
      h("summary", {}, h("span", { class: "method" }, method.toUpperCase()), h("code", { class: "path" }, path),
        h("span", { class: "about" }, operation.summary || "")),
      prose(operation.description),
      h("form", {
        onsubmit: (event) => { event.preventDefault(); send(method, path, fields, body, output, remember); },
        onkeydown: (event) => { if (event.key === "Enter" && event.ctrlKey) event.currentTarget.requestSubmit(); }
      },
        parameterTable("Path", where("path")), parameterTable("Query", where("query")), parameterTable("Headers", where("header")),
        body && [h("h4", {}, h("label", { for: body.text.id }, "Body")),
          h("p", {}, h("label", { for: body.type.id, class: "hidden" }, "Content type"), body.type), body.text,
          h("details", {}, h("summary", {}, "Members"), schemaTable(body.schema))],
        h("p", {}, h("button", { type: "submit" }, "Send"))),
      output,
      h("h4", {}, "Answers"), responseList(operation));
  };

  const groups = () => {
    const byTag = new Map((spec.tags || []).map((tag) => [tag.name, []]));
    for (const [path, item] of Object.entries(spec.paths || {})) {
      for (const method of methods) {
        if (!item[method]) continue;
        const tag = (item[method].tags || ["other"])[0];
        if (!byTag.has(tag)) byTag.set(tag, []);
        byTag.get(tag).push({ path, method, item, operation: item[method] });
      }
    }
    return [...byTag].filter(([, operations]) => operations.length > 0);
  };

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  };

  const authorizationField = () => {
    const schemes = Object.values((spec.components || {}).securitySchemes || {});
    return schemes.length > 0 && h("p", { class: "authorization" },
      h("label", { for: "authorization" }, "Authorization"),
      h("input", { id: "authorization", type: "password", autocomplete: "off", placeholder: "Bearer ..." }));
  };

  const render = () => {
    const about = spec.info || {};
    const all = groups();
    document.title = about.title || document.title;
    document.getElementById("navigation").replaceChildren(...all.map(([tag, operations]) => h("section", {},
      h("h2", {}, tag), h("ul", {}, operations.filter(({ method }) => method !== "head" && method !== "options").map((each) =>
        h("li", {}, h("a", { href: "#" + encodeURIComponent(each.operation.operationId) },
          h("span", { class: "method " + each.method }, each.method.toUpperCase()), " ", each.path)))))));
    document.getElementById("content").replaceChildren(
      h("header", {}, h("h1", {}, about.title || "API"), h("span", { class: "version" }, about.version || ""),
        prose(about.description), authorizationField()),
      ...all.map(([tag, operations]) => {
        const siblings = [];
        const known = (spec.tags || []).find(({ name }) => name === tag) || {};
        return h("section", {}, h("h2", {}, tag), prose(known.description), operations.map(({ path, method, item, operation }) =>
          operationView(path, method, item, operation, siblings)));
      }));
    reveal();
  };

  addEventListener("hashchange", reveal);
  const source = document.querySelector("meta[name=openapi]").getAttribute("content");
  fetch(source).then((response) => {
    if (!response.ok) throw new Error(source + " answered " + response.status);
    return response.json();
  }).then((document) => { spec = document; render(); }).catch((error) => {
    document.getElementById("content").replaceChildren(h("p", { class: "failed" }, "The document could not be read: " + error.message));
  });
})();
`
