/** A child of a pool for tests that dies at its start. */
throw new Error('broken in this test');
