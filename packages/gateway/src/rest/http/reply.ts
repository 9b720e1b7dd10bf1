import type { HttpResponse } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import type { Answer } from './answer.js';

/**
 * The one way to a response. It listens for the client's leaving from the first moment, writes once and corked, and
 * writes nothing to a client that has left: anything else ends the process.
 */
export class Reply {
  readonly #response: HttpResponse;
  #open = true;

  /** To be made before anything is awaited. */
  constructor(response: HttpResponse) {
    this.#response = response;
    response.onAborted(() => {
      this.#open = false;
    });
  }

  /** Sends the answer unless one was sent before or the client has left; without its text when `bodiless`. */
  send(answer: Answer, bodiless = false): void {
    if (!this.#open) return;
    this.#open = false;
    const response = this.#response;
    response.cork(() => {
      response.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}`);
      for (const [name, value] of Object.entries(answer.headers)) response.writeHeader(name, value);
      if (answer.status === 204) response.endWithoutBody();
      else if (bodiless) response.endWithoutBody(Buffer.byteLength(answer.text));
      else response.end(answer.text);
    });
  }
}
