// Builds the page of preview.tsx and takes a picture of each dashboard with chromium: target/preview/NAME.png.
//
//     node preview.mjs DASHBOARDS ANSWERS OUT

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';

const [folder, answersFile, out] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
mkdirSync(out, { recursive: true });

const names = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
const dashboards = Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))]));
const answers = readFileSync(answersFile, 'utf8');

await build({
  entryPoints: [join(here, 'preview.tsx')],
  bundle: true,
  outfile: join(out, 'preview.js'),
  format: 'iife',
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: { '.svg': 'text', '.woff2': 'empty', '.png': 'empty', '.ttf': 'empty' },
  logLevel: 'error',
});
writeFileSync(join(out, 'data.js'), `window.dashboards = ${JSON.stringify(dashboards)};\nwindow.answers = ${answers};\n`);
writeFileSync(
  join(out, 'preview.html'),
  '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="preview.css"><body style="margin:0"><div id="root"></div><script src="data.js"></script><script src="preview.js"></script>',
);

for (const name of names) {
  const panels = dashboards[name].panels;
  const height = Math.max(...panels.map((panel) => panel.gridPos.y + panel.gridPos.h)) * 36 + 60;
  const picture = join(out, `${name}.png`);
  rmSync(picture, { force: true });
  const page = `${pathToFileURL(join(out, 'preview.html'))}?board=${name}`;
  const taken = spawnSync('chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--allow-file-access-from-files', '--virtual-time-budget=8000',
    `--window-size=1680,${height}`, `--screenshot=${picture}`, page,
  ], { encoding: 'utf8' });
  if (taken.status !== 0 || !readdirSync(out).includes(`${name}.png`)) {
    throw new Error(`chromium took no picture of ${name}: ${taken.stderr}`);
  }
  console.log(picture);
}
