import { connect } from 'node:net';

/** Sends text to a local port and collects the answer until `complete` holds; undefined when that fails. */
export async function textExchange(
  port: number,
  request: string,
  complete: (answer: string) => boolean,
  timeoutMs = 500,
): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const finish = (result: string | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => finish(undefined));
    // Nobody there yet: to whoever waits for a server to start that is an answer, not a mistake.
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('connect', () => socket.write(request));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (complete(answer)) finish(answer);
    });
  });
}
