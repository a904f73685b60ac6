/** Of the page of a report, in light and dark. */
export const REPORT_STYLE = `
:root { --back: #fff; --text: #1c2024; --quiet: #60646c; --line: #d9d9e0; --panel: #f6f6f8; --bad: #ce2c31; }
@media (prefers-color-scheme: dark) {
  :root { --back: #111113; --text: #edeef0; --quiet: #b0b4ba; --line: #363a3f; --panel: #1b1c1f; --bad: #ff9592; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
code, td.number, pre { font-family: ui-monospace, monospace; }
.note { color: var(--quiet); margin: 0 0 .5rem; font-size: .85rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; font-size: .85rem; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 500; }
td.number, th.number { text-align: right; }
canvas { display: block; width: 100%; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; cursor: grab; }
#legend span { display: inline-block; margin-right: 1rem; font-size: .85rem; }
#legend i, .name i { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .4em; }
.histogram { display: flex; align-items: flex-end; gap: 1px; height: 6rem; border-bottom: 1px solid var(--line); }
.histogram div { flex: 1; min-height: 0; border-radius: 2px 2px 0 0; }
.scale { display: flex; justify-content: space-between; color: var(--quiet); font-size: .75rem; margin-bottom: 1rem; }
.bar { display: inline-block; width: 8rem; height: .7em; background: var(--panel); border: 1px solid var(--line); border-radius: 3px; vertical-align: middle; }
.bar b { display: block; height: 100%; background: #5b8def; border-radius: 2px; }
.bad { color: var(--bad); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; overflow-x: auto; font-size: .8rem; margin: .25rem 0 1rem; }
`;
