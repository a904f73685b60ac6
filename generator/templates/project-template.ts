import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { shown, UsageError } from '../output/failure.js';
import { type OwnFolder, settingsOfTemplates } from './own-templates.js';
import { templatesBelow } from './tree.js';

/** The place of a project template that is none of this package's. */
export const OWN_PLACE = 'own';

/** Whether `--template` names a folder or a package: `./folder`, `@team/templates`, `npm:templates`. */
export function isOwnTemplate(typed: string): boolean {
  return /^\.|\/|^npm:/.test(typed);
}

/** @throws UsageError where there is no such folder or package, or no template in it */
export function ownTemplate(typed: string, cwd: string, version: string): OwnFolder {
  const folder = /^[./]/.test(typed) ? folderOf(typed, cwd) : packageOf(typed.replace(/^npm:/, ''), cwd);
  const inner = join(folder, 'template');
  const place = existsSync(inner) ? inner : folder;
  settingsOfTemplates(folder, version);
  if (templatesBelow(place, '').length === 0)
    throw new UsageError(
      'ERR_TEMPLATE',
      `--template ${shown(typed)}: there is no file that ends in .hbs in ${place}`,
    );
  return { place: OWN_PLACE, folder: place };
}

function folderOf(typed: string, cwd: string): string {
  const folder = resolve(cwd, typed);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new UsageError('ERR_TEMPLATE', `--template ${shown(typed)}: ${folder} is not a folder`);
}

/** One that is installed beside, else as npm gets it. */
function packageOf(spec: string, cwd: string): string {
  try {
    return dirname(createRequire(join(cwd, 'package.json')).resolve(`${spec}/package.json`));
  } catch {
    return downloaded(spec, cwd);
  }
}

function downloaded(spec: string, cwd: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'create-mproc-worker-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder, '--', spec], {
    cwd,
    encoding: 'utf8',
  });
  const file = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (packed.status !== 0 || file === undefined)
    throw new UsageError(
      'ERR_TEMPLATE',
      `--template ${shown(spec)}: npm cannot get it (${packed.stderr?.trim().split('\n')[0] ?? packed.error?.message})`,
    );
  spawnSync('tar', ['-xzf', join(folder, file), '-C', folder]);
  return join(folder, 'package');
}
