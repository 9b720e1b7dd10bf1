import { expect, it } from 'vitest';
import { Slabs } from '../slabs.js';
import {
  audioHeader,
  finalizeHeader,
  finishHeader,
  parseAudioEntry,
  silenceHeader,
} from './audio-entries.js';

const slabs = new Slabs(64 * 1_024);

function parse(header: string, payload: string): ReturnType<typeof parseAudioEntry> {
  const fields = [Buffer.from('h'), Buffer.from(header), Buffer.from('d'), Buffer.from(payload)];
  return parseAudioEntry(fields, slabs);
}

it('what a gateway writes is read as it was meant', () => {
  expect(parse(audioHeader('a', '1.x', 2, 3), 'audio')).toEqual({
    kind: 'audio',
    sessionId: 'a',
    epoch: '1.x',
    n: 2,
    chunkIndex: 3,
    audio: Buffer.from('audio'),
    trace: '',
  });
  expect(parse(silenceHeader('a', '1.x', 0, 3), '200')).toMatchObject({ kind: 'silence', ms: 200 });
  expect(parse(finalizeHeader('a', '1.x', 0, 4), '')).toMatchObject({ kind: 'finalize', after: 4 });
  expect(parse(finalizeHeader('a', '1.x', 0, null), '')).toMatchObject({ kind: 'finalize', after: null });
  expect(parse(finishHeader('a', '1.x', 9), 'abandoned')).toMatchObject({ n: 9, reason: 'abandoned' });
  const body = { incarnation: '1.x', gatewayId: 'g', options: {} };
  expect(parse('1|S|a|1.x', JSON.stringify(body))).toEqual({
    kind: 'control',
    sessionId: 'a',
    epoch: '1.x',
    body,
  });
});

it.each([
  ['another version', '2|A|a|1.x|0|0', ''],
  ['an unknown kind', '1|?|a|1.x|0', ''],
  ['no epoch', '1|A|a', ''],
  ['an epoch of nothing', '1|A|a||0|0', ''],
  ['a control body that breaks off', '1|S|a|1.x', '{"incarnation":"1.x","gatewayId":'],
  ['a control body that is no object', '1|S|a|1.x', 'null'],
  ['a control body without an incarnation', '1|S|a|1.x', '{"gatewayId":"g","options":{}}'],
  ['a place that is no number', '1|A|a|1.x|x|0', ''],
  ['a place below zero', '1|F|a|1.x|-1', ''],
  ['no chunk index', '1|A|a|1.x|0', ''],
  ['half a chunk', '1|A|a|1.x|0|0.5', ''],
  ['silence of no length', '1|Q|a|1.x|0|0', ''],
  ['a finalize behind something else', '1|Z|a|1.x|0|x', ''],
])('%s is passed over, not thrown at', (_, header, payload) => {
  expect(parse(header, payload)).toBeNull();
});

it('an entry with other fields is none', () => {
  expect(parseAudioEntry([], slabs)).toBeNull();
  expect(parseAudioEntry([Buffer.from('h'), Buffer.from('1|F|a|1.x|0')], slabs)).toBeNull();
});
