import type { Recording } from './recording.js';
import { reportFigures } from './report-figures.js';
import { REPORT_SCRIPT } from './report-script.js';
import { REPORT_STYLE } from './report-style.js';

/** A page that needs nothing else, and asks for nothing: what is in it is all there is. */
export function reportPage(recording: Recording): string {
  // What a job is called, or has said, must not end the script.
  const figures = JSON.stringify(reportFigures(recording)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>mproc-worker: trace of pool ${recording.pool}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>Trace of pool <code>${recording.pool}</code></h1>
<p id="summary"></p>
<h2>Jobs in processes</h2>
<p class="note">A row is a process, a colour is a class, a gap is time without a job. Attempts that failed have a red edge. Scroll to zoom, drag to move.</p>
<div id="legend"></div>
<canvas id="stream" tabindex="0" aria-label="Jobs in processes over time"></canvas>
<p id="at" class="note">&nbsp;</p>
<h2>Classes</h2>
<div class="wide"><table id="classes"></table></div>
<h2>How long attempts ran</h2>
<div id="histograms"></div>
<h2>Processes</h2>
<div class="wide"><table id="processes"></table></div>
<h2>Deaths</h2>
<div id="deaths"></div>
</main>
<script type="application/json" id="figures">${figures}</script>
<script>${REPORT_SCRIPT}</script>
</body>
</html>
`;
}
