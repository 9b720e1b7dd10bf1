/** The npm packages: installed by pnpm when they are missing or what they depend on has changed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './step.mjs';

/** Folders of the workspace, as in pnpm-workspace.yaml. */
const WORKSPACE_FOLDERS = ['packages/*', 'bench', 'test'];

/** @param {string} root */
export async function installPackages(root) {
  const stampFile = join(root, 'node_modules', '.cache', 'tributary', 'installed');
  const wanted = fingerprint(root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted && isComplete(root)) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await runStep(
    `installing packages with ${packageManager} (needs the network the first time)`,
    'npx',
    ['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'],
    // CI: pnpm asks no questions.
    { cwd: root, env: { ...process.env, CI: 'true' } },
  );
  mkdirSync(join(stampFile, '..'), { recursive: true });
  writeFileSync(stampFile, wanted);
}

/** All that decides what has to be installed, in one value. @param {string} root */
function fingerprint(root) {
  const hash = createHash('sha256').update(
    `${process.platform} ${process.arch} ${process.versions.modules}\n`,
  );
  const files = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    ...members(root).map((m) => `${m}/package.json`),
  ];
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Somebody may have deleted a node_modules folder and not the stamp. @param {string} root */
function isComplete(root) {
  return members(root).every((member) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, member, 'package.json'), 'utf8'));
    return Object.keys(dependencies).every((name) => existsSync(join(root, member, 'node_modules', name)));
  });
}

/** @param {string} root */
function members(root) {
  return WORKSPACE_FOLDERS.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(root, parent))
      .sort()
      .map((name) => `${parent}/${name}`);
  }).filter((folder) => existsSync(join(root, folder, 'package.json')));
}
