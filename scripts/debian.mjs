/**
 * What Debian has to bring: Redis, the bundled recogniser, pip, Prometheus for tests and measurements, and a browser for tests. Installed when
 * we may, else named in one line.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runStep, StepError } from './step.mjs';

const MODEL_FOLDER = '/usr/share/pocketsphinx/model/en-us';
const LIBRARY = 'libpocketsphinx.so.3';

/**
 * @param {string} root
 * @param {{ redis: boolean, recogniser: boolean, pip?: boolean, prometheus?: boolean, browser?: boolean }} needs `pip`: to fetch and to make
 *   wheels of models
 */
export async function installDebianPackages(root, needs) {
  const missing = [
    ...(needs.redis && !hasProgram('redis-server') ? ['redis-server'] : []),
    ...(needs.pip && !hasProgram('pip3') && !hasProgram('pip') ? ['python3-pip'] : []),
    ...(needs.recogniser && !hasLibrary() ? ['libpocketsphinx3'] : []),
    ...(needs.recogniser && !existsSync(MODEL_FOLDER) ? ['pocketsphinx-en-us'] : []),
    ...(needs.prometheus && !(hasProgram('prometheus') && hasProgram('promtool')) ? ['prometheus'] : []),
    ...(needs.browser && !hasProgram('chromium') ? ['chromium'] : []),
  ];
  if (missing.length === 0) return;
  const advice = `apt-get install ${missing.join(' ')}`;
  const prefix = aptPrefix();
  if (prefix === undefined) {
    throw new StepError(`missing: ${missing.join(', ')}. Please install them: sudo ${advice}`);
  }
  const [command, ...args] = [...prefix, 'sh', '-c', APT_SCRIPT, 'sh', ...missing];
  await runStep(`installing Debian packages: ${missing.join(' ')}`, command, args, { cwd: root });
}

/**
 * Debian starts a service as soon as it is installed, here a Redis on port 6379 and a Prometheus that nobody asked for.
 * While we install, a policy forbids that, unless the machine has a policy of its own; it is taken away however this ends.
 */
const APT_SCRIPT = `
set -e
policy=/usr/sbin/policy-rc.d
mark='# Made by Tributary while it installs packages.'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM HUP
  printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get -o DPkg::Lock::Timeout=120 update
apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
`;

/** How to run apt-get as root; undefined where there is no apt, or no way to be root without a question. */
function aptPrefix() {
  if (!hasProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return hasProgram('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined;
}

/** @param {string} name */
function hasProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, name)));
}

function hasLibrary() {
  const folders = ['/usr/lib', '/usr/local/lib'];
  // Debian keeps libraries in a folder for each kind of machine, such as x86_64-linux-gnu.
  const inside = existsSync('/usr/lib')
    ? readdirSync('/usr/lib').filter((name) => name.includes('linux-gnu'))
    : [];
  return [...folders, ...inside.map((name) => join('/usr/lib', name))].some((folder) =>
    existsSync(join(folder, LIBRARY)),
  );
}
