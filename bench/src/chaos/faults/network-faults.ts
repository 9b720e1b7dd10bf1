import type { TcpProxy } from '../world/tcp-proxy.js';
import type { World } from '../world/world.js';

const REPLIES_DROPPED_MS = 1_000;
const RESETS = 3;
const BETWEEN_RESETS_MS = 700;

/** Everything to and from Redis takes longer. */
export async function slowNetwork(world: World, roundTripMs: number, ms: number): Promise<void> {
  world.broke(`${roundTripMs} ms latency`, 'network');
  world.network.redis.setWeather({ delayMs: roundTripMs / 2 });
  await world.pass(ms);
  world.network.redis.setWeather({});
}

/** All connections to Redis are reset, several times. */
export async function resetConnections(world: World): Promise<void> {
  for (let n = 0; n < RESETS && !world.over; n++) {
    world.broke('connections reset', 'network');
    world.network.redis.reset();
    await world.pass(BETWEEN_RESETS_MS);
  }
}

/** Nothing passes between the services and a store for a time, and nobody is told. */
export async function blackHole(world: World, where: 'redis' | 'postgres', ms: number): Promise<void> {
  const proxy: TcpProxy = world.network[where];
  world.broke(`black hole of ${Math.round(ms / 1_000)} s`, where);
  proxy.setWeather({ held: true });
  await world.pass(ms);
  proxy.setWeather({});
}

/** One process alone is cut off from Redis for a time; the others go on. */
export async function isolateOne(world: World, ms: number): Promise<void> {
  const service = world.random.pick(world.allServices);
  world.broke(`black hole of ${Math.round(ms / 1_000)} s`, service.name);
  // Services name their connections after themselves.
  world.network.redis.setWeather({ held: true }, (name) => name.includes(service.name));
  await world.pass(ms);
  world.network.redis.setWeather({});
}

/** Redis does what it is asked, and nobody hears of it; then the connections break. */
export async function dropReplies(world: World): Promise<void> {
  world.broke('replies dropped', 'network');
  world.network.redis.setWeather({ repliesDropped: true });
  await world.pass(REPLIES_DROPPED_MS);
  world.network.redis.setWeather({});
}
