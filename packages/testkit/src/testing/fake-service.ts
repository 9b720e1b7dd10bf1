import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * Stands in for a gateway, router or worker in the tests of what starts and stops them. It keeps their contract
 * (ready message, SIGTERM, end of the channel), or breaks it as FAKE_BEHAVIOUR says.
 */
const behaviour = process.env.FAKE_BEHAVIOUR ?? 'good';

if (behaviour === 'misconfigured') {
  process.stderr.write('SHARDS: must be a whole number\n');
  process.exit(2);
}

const server = createServer((_, response) => response.writeHead(404).end());
server.listen(Number(process.env.PORT ?? process.env.ADMIN_PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ msg: 'serving', instance: process.env.INSTANCE_ID })}\n`);
  if (behaviour !== 'never-ready')
    process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port });
});

process.on('SIGTERM', () => {
  if (behaviour !== 'deaf') process.exit(0);
});
process.on('disconnect', () => {
  if (behaviour !== 'deaf') process.exit(0);
});
