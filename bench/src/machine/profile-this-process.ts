import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, dirname, join } from 'node:path';

/*
 * Loaded into a service before its own program (`--cpu-prof` is not allowed in NODE_OPTIONS): profiles it from its
 * start to its end, and writes what a browser's developer tools can open.
 */

const folder = process.env.BENCH_PROFILE_FOLDER;
if (folder !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    session.post('Profiler.stop', (error, answer) => {
      if (error !== null) return;
      const program = basename(dirname(dirname(process.argv[1] ?? 'process')));
      writeFileSync(join(folder, `${program}-${process.pid}.cpuprofile`), JSON.stringify(answer.profile));
    });
  });
}
