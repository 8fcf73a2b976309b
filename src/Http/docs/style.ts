/**
 * The looks of the documentation page.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category assets
 */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #1b2430; --soft: #5b6675; --paper: #ffffff; --panel: #f5f7fa; --line: #dde3ea; --accent: #1f5fbf;
  --get: #1f5fbf; --post: #1d7a46; --patch: #94590a; --delete: #b3261e; --other: #5b6675; --on: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e9f0; --soft: #a3afbd; --paper: #14181e; --panel: #1c222a; --line: #323b47; --accent: #86b4ff;
    --get: #86b4ff; --post: #74d19c; --patch: #e9b565; --delete: #ff9a92; --other: #a3afbd; --on: #14181e;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: minmax(14rem, 18rem) minmax(0, 1fr); min-height: 100vh;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink); background: var(--paper);
}
a { color: inherit; text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre, textarea, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.92em; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.5rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#navigation {
  position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; background: var(--panel);
  border-right: 1px solid var(--line);
}
#navigation h2 { margin: 1rem 0 0.25rem; font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.06em; color: var(--soft); }
#navigation ul { list-style: none; margin: 0; padding: 0; }
#navigation a { display: block; padding: 0.25rem 0.25rem; font-size: 0.9rem; overflow-wrap: anywhere; }
#navigation .method { display: inline-block; width: 4.2em; font-size: 0.72rem; font-weight: 700; }
#content { padding: 2rem clamp(1rem, 4vw, 3rem) 6rem; max-width: 66rem; }
header h1 { display: inline; margin: 0 0.6rem 0 0; font-size: 1.8rem; }
.version { color: var(--soft); }
#content h2 { margin: 2rem 0 0.5rem; font-size: 1.2rem; text-transform: capitalize; }
#content h4 { margin: 1.25rem 0 0.4rem; }
p { margin: 0.4rem 0; }
.method.get, .get > summary .method { color: var(--get); } .method.post, .post > summary .method { color: var(--post); }
.method.patch, .patch > summary .method { color: var(--patch); } .method.delete, .delete > summary .method { color: var(--delete); }
.head > summary .method, .options > summary .method { color: var(--other); }
.operation { margin: 0.5rem 0; border: 1px solid var(--line); border-radius: 8px; padding: 0 1rem; background: var(--panel); }
.operation[open] { padding-bottom: 1rem; background: var(--paper); }
.operation > summary { display: flex; gap: 0.8rem; align-items: baseline; padding: 0.6rem 0; cursor: pointer; list-style: none; }
.operation > summary::-webkit-details-marker { display: none; }
.operation > summary .method { flex: 0 0 4.6em; font-weight: 700; font-size: 0.8rem; }
.operation > summary .about { color: var(--soft); margin-left: auto; text-align: right; }
.head, .options { opacity: 0.85; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.6rem 0.45rem 0; border-top: 1px solid var(--line); font-weight: 400; }
th { width: 12rem; overflow-wrap: anywhere; }
.parameters td:nth-of-type(1) { width: 15rem; }
.type { color: var(--soft); }
.rule { display: block; color: var(--soft); font-size: 0.88rem; overflow-wrap: anywhere; }
.required { display: block; color: var(--delete); font-size: 0.78rem; }
input, select, textarea, button {
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 0.3rem 0.5rem;
}
input, select, textarea { width: 100%; }
textarea { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; resize: vertical; }
.parameters select, form p select { max-width: 22rem; }
button { background: var(--accent); color: var(--on); border-color: transparent; font-weight: 600; padding: 0.4rem 1.4rem; cursor: pointer; }
.authorization { display: flex; gap: 0.6rem; align-items: center; max-width: 32rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem; overflow: auto; max-height: 28rem; margin: 0.4rem 0; }
.ok { color: var(--post); } .failed { color: var(--delete); }
.output:not(:empty) { border-top: 1px solid var(--line); padding-top: 0.5rem; }
.responses { display: grid; grid-template-columns: 4rem 1fr; gap: 0.25rem 0.5rem; margin: 0; }
.responses dt { font-weight: 700; }
.responses dd { margin: 0; min-width: 0; }
summary { cursor: pointer; }
@media (max-width: 46rem) {
  body { display: block; }
  #navigation { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); }
  .operation > summary { flex-wrap: wrap; }
  .parameters tr, .parameters th, .parameters td { display: block; width: 100% !important; }
  .parameters td { border-top: 0; }
}
`
