import type { Latency, Measurement } from '../bench/measurement.js';
import type { BenchResult, Table } from '../bench/scenario.js';
import type { Phase, Timing } from '../load/recorder.js';
import { bytes, ms, seconds, whole } from './format.js';

const TIMING_TITLES: Readonly<Record<Timing, string>> = {
  ack: 'acknowledgement of a chunk',
  result: 'result, after the last chunk of its segment was due',
  word: 'interim text with a word, after the chunk that carries the word',
  pause: 'result, after the end of speech and the pause that ends a segment',
  final: 'final result, after finish',
  start: 'start of a session, from asking (connecting included in the first)',
  connect: 'connecting a socket',
  send: 'lateness of the load itself',
};

/** All tables of a report, in order. Pure. */
export function reportTables(result: BenchResult): Table[] {
  const { measurement } = result;
  return [
    checksTable(result),
    ...(measurement === null
      ? []
      : [totalsTable(measurement), latencyTable(measurement), processTable(measurement)]),
    ...(measurement === null ? [] : problemTables(measurement)),
    ...(result.floor === null ? [] : [floorTable(result.floor)]),
    ...result.tables,
  ];
}

function checksTable({ checks }: BenchResult): Table {
  return {
    title: 'Checks',
    head: ['', 'what', 'wanted', 'got'],
    rows: checks.map(({ what, wanted, got, ok, binding }) => [
      ok ? 'ok' : binding ? 'FAILED' : 'missed',
      what,
      wanted,
      got,
    ]),
  };
}

function totalsTable({ counts, seconds: took, windowSeconds, windowChunks }: Measurement): Table {
  const row = (name: string, value: string): string[] => [name, value];
  return {
    title: 'Totals',
    head: ['', ''],
    rows: [
      row('time, with begin and end', seconds(took)),
      row('measured window', `${seconds(windowSeconds)}, ${whole(windowChunks)} chunks acknowledged`),
      row('sessions', `${whole(counts.sessionsStarted)} begun, ${whole(counts.sessionsCompleted)} completed`),
      row('chunks', `${whole(counts.chunksSent)} sent, ${whole(counts.chunksAcked)} acknowledged`),
      row('segments', whole(counts.segments)),
      row('bytes', `${bytes(counts.bytesSent)} sent, ${bytes(counts.bytesReceived)} received`),
      row(
        'refused and tried again (not errors)',
        `${counts.refusedUpgrades} upgrades, ${counts.refusedStarts} starts, ${counts.slowedDown} chunks`,
      ),
      row('sockets that came back', `${counts.reconnects}; rewinds ${counts.rewinds}`),
    ],
  };
}

const APART_TITLES: Readonly<Record<Exclude<Phase, 'measured'>, string>> = {
  'warming-up': 'before that, while all warmed up',
  ending: 'behind that, while all ended at once',
};

function latencyTable({ timings, apart }: Measurement): Table {
  const rowOf = (title: string, latency: Latency): string[] => {
    const { count, p50, p90, p99, p999, max } = latency;
    return [title, whole(count), ms(p50), ms(p90), ms(p99), ms(p999), ms(max)];
  };
  return {
    title: 'Latency in milliseconds, against the moment at which the chunk was due',
    head: ['', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'],
    rows: [
      ...(Object.keys(TIMING_TITLES) as Timing[])
        .filter((name) => timings[name].count > 0)
        .map((name) => rowOf(TIMING_TITLES[name], timings[name])),
      ...apart.flatMap(({ phase, ack, result }) => [
        rowOf(`${TIMING_TITLES.ack}, ${APART_TITLES[phase]}`, ack),
        rowOf(`${TIMING_TITLES.result}, ${APART_TITLES[phase]}`, result),
      ]),
    ],
  };
}

function processTable({ processes }: Measurement): Table {
  return {
    title: 'Processes',
    head: ['process', 'CPU seconds', '% of a core', 'µs per chunk', 'memory at start', 'peak', 'end'],
    rows: processes.map((p) => [
      p.name,
      p.cpuSeconds.toFixed(2),
      (p.cpu * 100).toFixed(1),
      p.microsPerChunk.toFixed(1),
      bytes(p.startBytes),
      bytes(p.peakBytes),
      bytes(p.endBytes),
    ]),
  };
}

function problemTables({ errors, complaints, examples }: Measurement): Table[] {
  const rows = (of: Readonly<Record<string, number>>): string[][] =>
    Object.entries(of).map(([name, count]) => [name, whole(count)]);
  return [
    ...(Object.keys(errors).length === 0
      ? []
      : [{ title: 'Errors by code', head: ['code', 'count'], rows: rows(errors) }]),
    ...(Object.keys(complaints).length === 0
      ? []
      : [
          { title: 'What was wrong', head: ['kind', 'count'], rows: rows(complaints) },
          { title: 'Examples', head: [''], rows: examples.map((text) => [text]) },
        ]),
  ];
}

function floorTable({ steps, sumMicrosPerChunk }: NonNullable<BenchResult['floor']>): Table {
  return {
    title: 'The floor, measured in the same run',
    head: ['step', 'process', 'µs per chunk'],
    rows: [
      ...steps.map((s) => [s.counted ? s.step : `${s.step} (apart)`, s.process, s.microsPerChunk.toFixed(2)]),
      ['sum', '', sumMicrosPerChunk.toFixed(2)],
    ],
  };
}
