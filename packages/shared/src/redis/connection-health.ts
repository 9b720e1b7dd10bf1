import type { RedisClient } from './redis-client.js';

/** How a connection to Redis fares. */
export interface ConnectionHealth {
  /** It can be used right now. */
  readonly up: boolean;
  /** How often it was lost. */
  readonly outages: number;
}

/** Follows a client; of a cluster's, an outage is one of the whole cluster. */
export function connectionHealth(client: RedisClient): ConnectionHealth {
  let up = client.status === 'ready';
  let outages = 0;
  client.on('ready', () => {
    up = true;
  });
  // Reported for every attempt to connect anew as well.
  client.on('close', () => {
    if (up) outages++;
    up = false;
  });
  return {
    get up() {
      return up;
    },
    get outages() {
      return outages;
    },
  };
}
