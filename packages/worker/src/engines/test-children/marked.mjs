/**
 * A child of a pool for tests. The first sample of a segment says what to do with it:
 * 0 answer its length and this pid · 1 crash · 2 hang · 3 say that it failed · n > 3 answer after n ms.
 */
const tell = (message) => process.send(message, () => {});
const answer = ({ pcm }) => {
  tell({ type: 'recognised', recognition: { text: `${pcm.length} by ${process.pid}`, decodeMs: 0 } });
  tell({ type: 'ready' });
};

process.on('disconnect', () => process.exit());
process.on('message', (segment) => {
  const mark = segment.pcm[0] ?? 0;
  if (mark === 0) answer(segment);
  else if (mark === 1) process.abort();
  else if (mark === 2) for (;;);
  else if (mark === 3) {
    tell({ type: 'failed', reason: 'it was told to' });
    tell({ type: 'ready' });
  } else setTimeout(() => answer(segment), mark);
});
tell({ type: 'ready' });
