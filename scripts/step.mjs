/**
 * Runs the programs that set things up: shows that something is going on while people wait, and when it fails,
 * the reason in one line and the end of what the program said. It says so on standard error: what a command prints
 * (`npm run model -- path`) may be wanted by a script.
 */
import { spawn } from 'node:child_process';

const SHOW_AFTER_MS = 5_000;
const TAIL_LINES = 25;

/** A program of the set-up failed; the message is for people. */
export class StepError extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'StepError';
    this.exitCode = exitCode;
  }
}

/** Somebody asked us to stop while a program ran; nothing more is to be done. */
export class Stopped extends StepError {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`${signal}: stopped`);
    this.name = 'Stopped';
  }
}

/** The programs that run now, so that a signal can be passed on to them. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let stoppedBy;

/** Passes a signal on to the programs that run; when they have ended, so do we. @param {NodeJS.Signals} signal */
export function stopStep(signal) {
  stoppedBy = signal;
  if (running.size === 0) process.exit(1);
  for (const child of running) child.kill(signal);
}

/**
 * Runs a program and keeps its output to itself, unless it fails.
 *
 * @param {string} title what it does, for people
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, show?: boolean }} options `show`: print its output as it comes
 */
export async function runStep(title, command, args, { cwd, env = process.env, show = false }) {
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1_000).toFixed(1);
  console.error(`- ${title}`);
  /** @type {string[]} */
  const lines = [];
  let rest = '';
  const { code, signal } = await run(
    command,
    args,
    { cwd, env, show },
    (text) => {
      const parts = (rest + text).split(/[\r\n]+/);
      rest = parts.pop() ?? '';
      lines.push(...parts.filter((line) => line.trim() !== ''));
      lines.splice(0, lines.length - TAIL_LINES);
    },
    () => console.error(`  … ${seconds()} s  ${(lines.at(-1) ?? '').trim().slice(0, 100)}`),
  );
  if (stoppedBy !== undefined) throw new Stopped(stoppedBy);
  if (rest.trim() !== '') lines.push(rest);
  if (code === 0) {
    if (Date.now() - startedAt > SHOW_AFTER_MS) console.error(`  done in ${seconds()} s`);
    return;
  }
  const tail = show ? '' : `\n${lines.map((line) => `  | ${line}`).join('\n')}`;
  throw new StepError(`${title} failed (${signal ?? `exit code ${code}`})${tail}`, code ?? 1);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, show: boolean }} options
 * @param {(text: string) => void} onOutput
 * @param {() => void} onWait
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
async function run(command, args, { cwd, env, show }, onOutput, onWait) {
  const child = spawn(command, args, { cwd, env, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  const timer = show ? undefined : setInterval(onWait, SHOW_AFTER_MS);
  running.add(child);
  try {
    return await new Promise((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', onOutput);
      child.stderr?.setEncoding('utf8').on('data', onOutput);
      child.once('error', (error) => reject(new StepError(`${command} cannot be run: ${error.message}`)));
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    clearInterval(timer);
    running.delete(child);
  }
}
