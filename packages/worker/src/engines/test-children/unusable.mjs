/** A child of a pool for tests that can never recognise anything, and says why. */
process.on('disconnect', () => process.exit());
process.send({ type: 'unusable', reason: 'no model in this test' });
