import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, startCluster, TestSocket, WORKSPACE_FOLDER } from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeBlocks } from './pages.js';

/* What the front page shows is done against a real cluster. The recogniser is another one, so texts and times may differ. */

const PORT = '127.0.0.1:8080';
const blocks = codeBlocks('README.md');
const shell = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
}, 60_000);
afterAll(async () => await cluster?.stop());

/** The messages that the example with wscat sends. */
function spokenMessages(): Record<string, unknown>[] {
  const example = shell.find((text) => text.includes('wscat')) ?? '';
  const file = /^WAV=(\S+)$/m.exec(example)?.[1] ?? '';
  const audio = readFileSync(join(WORKSPACE_FOLDER, file)).toString('base64');
  return [...example.matchAll(/-x '(.*)'(?: \\)?$/gm)].map(
    ([, message = '']) =>
      JSON.parse(message.replace("'$(base64 -w0 $WAV)'", audio)) as Record<string, unknown>,
  );
}

test('the messages are answered as the page shows, and every address that is asked by curl answers', async () => {
  const shown = (blocks.find(({ language }) => language === 'json')?.text ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const messages = spokenMessages();
  expect(messages.map(({ action }) => action)).toEqual(['start', 'chunk', 'finish']);
  const socket = await TestSocket.open(cluster.socketUrl);
  try {
    for (const message of messages) socket.sendJson(message);
    await socket.nextOf('final_result');
    expect(socket.received).toHaveLength(shown.length);
    const varying = ['resume_token', 'text'];
    for (const [n, answer] of shown.entries()) {
      const seen = socket.received[n] as unknown as Record<string, unknown>;
      expect(Object.keys(seen)).toEqual(Object.keys(answer));
      for (const name of varying) if (name in seen) answer[name] = seen[name];
      expect(seen).toEqual(answer);
    }
  } finally {
    socket.terminate();
  }
  const commands = shell.flatMap((text) => text.match(/^curl .*$/gm) ?? []);
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) {
    const [, method = 'GET', url = ''] = /^curl (?:-X (\w+) )?'?(http:[^'\s]+)'?$/.exec(command) ?? [];
    const response = await fetch(url.replace(`http://${PORT}`, cluster.url), { method });
    expect(response.status, command).toBe(200);
    await response.arrayBuffer();
  }
});
