const ASK_MS = 5_000;

/** What a server that is running already recognises with, or why that is not known. */
export type ServerEngine = { engine: string } | { unknown: string };

/**
 * Asks a server for its recognisers (`/api/v1/asr/queue/status`), so that its transcripts are judged by what they can be:
 * computed for `synthetic`, and by word error rate for any that hears speech. Never throws.
 *
 * @param server `host:port`
 */
export async function engineOfServer(server: string): Promise<ServerEngine> {
  let body: unknown;
  try {
    const response = await fetch(`http://${server}/api/v1/asr/queue/status`, {
      signal: AbortSignal.timeout(ASK_MS),
    });
    if (!response.ok) return { unknown: `it answered ${response.status}` };
    body = await response.json();
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
  const engines = Object.keys((body as { engines?: Record<string, number> } | null)?.engines ?? {});
  const [first] = engines;
  if (first === undefined) return { unknown: 'it names no recogniser' };
  if (engines.length > 1 && engines.includes('synthetic'))
    return { unknown: `it mixes ${engines.join(' and ')}` };
  return { engine: first };
}
